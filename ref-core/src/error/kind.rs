//! The kinds of errors, as one table.

/// Whether a call that failed may succeed when it is repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeated {
    /// The same call may succeed later, with nothing else changed by the caller.
    Retryable,
    /// The same call fails again until something else has changed.
    Lasting,
}

/// Makes the enum of a table, with one row for each kind: what it means, its name, and what becomes of a call that is
/// repeated.
macro_rules! kinds {
    ($(#[$attribute:meta])* pub enum $name:ident { $($(#[$meaning:meta])+ $kind:ident = $repeated:ident,)+ }) => {
        $(#[$attribute])*
        pub enum $name {
            $($(#[$meaning])+ $kind,)+
        }

        impl $name {
            /// Every kind, in the order of the table.
            #[allow(dead_code, reason = "only remote calls send kinds")]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$kind),+];

            fn repeated(self) -> Repeated {
                match self {
                    $(Self::$kind => Repeated::$repeated,)+
                }
            }
        }
    };
}

kinds! {
    /// The kinds of [`Error`](crate::Error), for programs to match on.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum ErrorKind {
        /// The object is held in a way that excludes what was asked; [`Error::conflict`](crate::Error::conflict) names the
        /// holders.
        Conflict = Retryable,
        /// The holders did not give the object back in time.
        Timeout = Retryable,
        /// The call would wait for its own thread: a lease of this thread holds the object.
        WouldDeadlock = Lasting,
        /// A commit came too late: the lender has ended or revoked the loan, so nothing was changed.
        Fenced = Lasting,
        /// The ticket's loan was ended or revoked, or its deadline has passed.
        Expired = Lasting,
        /// The ticket grants one redemption, and was redeemed.
        AlreadyRedeemed = Lasting,
        /// The object is not in the store any more: its owner dropped it, took it out, or died, or it was removed by its key.
        Gone = Lasting,
        /// The store has a version of the object that this owner did not write and has not read.
        Diverged = Lasting,
        /// This process is a fork of the one that opened the store: the handle belongs to the parent.
        Forked = Lasting,
        /// The session's lease has run out, since the server of the store did not hear of the session in time. Loaded values can
        /// be read and taken out; nothing can be changed.
        SessionLost = Lasting,
        /// The server of the store cannot be reached; nothing was changed.
        Unreachable = Retryable,
        /// The server of the store gave no answer, and may have done what was asked. To ask again is safe (idempotent retry).
        Indeterminate = Retryable,
        /// The server of the store is set up so that a ledger in it could be damaged.
        UnsafeConfiguration = Lasting,
        /// The store was closed under this handle, or its session was declared dead.
        StoreClosed = Lasting,
        /// The files of the store were removed while it was open.
        StoreRemoved = Lasting,
        /// The store's folder is a copy of another store's, and could be taken for that store.
        StoreCopied = Lasting,
        /// The place of the store is not this user's alone, or does not let this user do what a store needs.
        NotPermitted = Lasting,
        /// The file system cannot hold a store: it does not keep locks or mappings coherent.
        UnsupportedFilesystem = Lasting,
        /// As many processes are attached to the store as it has slots for.
        TooManySessions = Lasting,
        /// The store holds as many objects as it has records for.
        TooManyObjects = Lasting,
        /// The encoded value is larger than the store's `max_object_bytes`.
        TooLarge = Lasting,
        /// The file system or memory behind the store is full.
        StoreFull = Retryable,
        /// This process has no file descriptor left.
        NoDescriptors = Lasting,
        /// This process has no address space or mapping left.
        NoAddressSpace = Lasting,
        /// A file of the store would be larger than the files that this process may make.
        FileSizeLimit = Lasting,
        /// The text is not a ticket or key, or not all of one.
        MalformedTicket = Lasting,
        /// The ticket grants another kind of access, or is a key, or a key was asked for.
        WrongAccess = Lasting,
        /// The ticket or key belongs to another store.
        WrongStore = Lasting,
        /// The ticket or object is of another type.
        WrongType = Lasting,
        /// The type has the same name and other fields: the two processes were built from different definitions.
        SchemaMismatch = Lasting,
        /// The value was written by a codec that this process reads with another, or lacks.
        CodecMismatch = Lasting,
        /// Bytes in the store are not what this crate wrote.
        Corrupt = Lasting,
        /// The value could not be encoded.
        Encode = Lasting,
        /// The stored bytes could not be decoded.
        Decode = Lasting,
        /// An object's counter is used up.
        Exhausted = Lasting,
        /// The address, or what was asked of it, is not supported here.
        Unsupported = Lasting,
        /// The remote function panicked; nothing was changed by it.
        Panicked = Lasting,
        /// The process that ran the remote function, or was to, is gone; nothing was changed by it.
        WorkerDied = Retryable,
        /// The worker's program has no such remote function, or has it with another signature.
        UnknownFunction = Lasting,
        /// Two remote functions of one program have the same path, place, package and signature: a call of one could run the
        /// other.
        DuplicateFunction = Lasting,
        /// The worker is not the program that it was to be: its file was replaced or written over, or it was built with another
        /// version of this crate.
        OtherProgram = Lasting,
        /// The call was cancelled; nothing was changed by it.
        Cancelled = Lasting,
        /// [`remote::init`](crate::remote::init) was not called at the start of `main`.
        NotInitialized = Lasting,
        /// The operating system refused; [`std::error::Error::source`] says how.
        Io = Lasting,
    }
}

impl ErrorKind {
    /// Returns whether the same call may succeed later, with nothing else changed by the caller.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        self.repeated() == Repeated::Retryable
    }
}
