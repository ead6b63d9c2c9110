//! The kinds of errors, as one table.

/// Whether a call that failed may succeed when it is repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeated {
    /// The same call may succeed later, with nothing else changed by the caller.
    Retryable,
    /// The same call fails again until something else has changed.
    Lasting,
}

/// Makes an enum from a table with one row for each kind: what the kind means, its name, and whether a repeated call
/// may succeed.
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
        /// The object is held or lent in a way that excludes the call. [`Error::conflict`](crate::Error::conflict)
        /// names the holders that are known.
        ///
        /// Rules: [R01](crate::guide::rules#r01), [R02](crate::guide::rules#r02), [R03](crate::guide::rules#r03).
        Conflict = Retryable,
        /// The call has waited for too long: most often, the holders did not give the object back in time.
        Timeout = Retryable,
        /// The call would wait for itself: this process has one thread, and that thread has the lease. Or this thread
        /// borrows the published object that it waits for. Or the value's own code uses the handle of that value.
        WouldDeadlock = Lasting,
        /// A commit came too late: the lender has revoked the loan, or the borrower's session was lost. Nothing was
        /// changed.
        ///
        /// Rule: [I9](crate::guide::rules#while-programs-run).
        Fenced = Lasting,
        /// The loan takes no new borrower any more, since it was ended, closed or revoked. Or another ticket has
        /// replaced this one.
        ///
        /// Rule: [I8](crate::guide::rules#while-programs-run).
        Expired = Lasting,
        /// The ticket can be used only once, and was redeemed or claimed before.
        ///
        /// Rules: [R10](crate::guide::rules#r10), [I5](crate::guide::rules#while-programs-run).
        AlreadyRedeemed = Lasting,
        /// The one ticket of this exclusive loan was made before.
        TicketMade = Lasting,
        /// The promised object has no value yet: its promise is not fulfilled.
        NotYet = Retryable,
        /// The promise was dropped, or its process died, before it was fulfilled.
        Abandoned = Lasting,
        /// No object is published under the name.
        NotFound = Lasting,
        /// Another object is published under the name.
        NameTaken = Lasting,
        /// The text cannot be the name of an object.
        MalformedName = Lasting,
        /// The store has as many names as [`StoreOptions::max_names`](crate::StoreOptions::max_names) permits.
        TooManyNames = Lasting,
        /// The object is not in the store any more: its owner removed the object or died, a process removed the object
        /// by its key, or its ownership ticket was not claimed in time.
        ///
        /// Rule: [I6](crate::guide::rules#while-programs-run).
        Gone = Lasting,
        /// The store has a version of the object that this owner did not write and has not read; or its bytes are not those
        /// of the value that [`adopt_with`](crate::Store::adopt_with) was given.
        Diverged = Lasting,
        /// This process is a fork of the process that opened the store: the handle belongs to the parent.
        Forked = Lasting,
        /// The session's lease has run out, since the server of the store did not hear of the session in time; or the
        /// server has lost changes that it had acknowledged. Loaded values can be read and taken out; nothing can be
        /// changed. Of a remote call: the same with the server of the [pool](crate::Workers::on); the call has changed
        /// nothing.
        ///
        /// Rule: [I4](crate::guide::rules#while-programs-run).
        SessionLost = Lasting,
        /// The server of the store cannot be reached; nothing was changed.
        Unreachable = Retryable,
        /// The server of the store gave no answer, and may have done what was asked. To repeat the call is safe
        /// (idempotent retry).
        Indeterminate = Retryable,
        /// The new version is committed in the server of the store, and fewer replicas than
        /// [`StoreOptions::replicas`](crate::StoreOptions::replicas) have acknowledged it in time. The handle is as
        /// after a success, and no value is committed twice: the same call, made again, waits for the replicas again.
        /// A call that does more than commit has done no more than that.
        CommittedNotReplicated = Retryable,
        /// The server of the store is set up so that a ledger in it could be damaged.
        UnsafeConfiguration = Lasting,
        /// The handle's session is over: this process is exiting, or another process has declared the session dead.
        StoreClosed = Lasting,
        /// The store was removed: its files, or its keys on the server, are gone.
        StoreRemoved = Lasting,
        /// The store's folder is a copy of another store's folder, or its ledger is a hard link to another store's
        /// ledger. The two could be taken for one store.
        StoreCopied = Lasting,
        /// The store's folder belongs to another user, is open to other users, or is no folder. Or the folder or server
        /// does not let this user do what a store needs.
        NotPermitted = Lasting,
        /// The file system cannot hold a store: locks or mappings are not coherent on it, it cannot reserve space, or
        /// it takes no folders.
        UnsupportedFilesystem = Lasting,
        /// Every slot of the store is taken by a session of a live process.
        TooManySessions = Lasting,
        /// Every record of the store is taken by an object.
        TooManyObjects = Lasting,
        /// The encoded value is larger than the session's `max_object_bytes`, or than a server can keep.
        TooLarge = Lasting,
        /// The file system or memory behind the store is full, or the store has as many bytes as
        /// [`StoreOptions::max_bytes`](crate::StoreOptions::max_bytes) permits.
        StoreFull = Retryable,
        /// This process, or the whole system, has no file descriptor left.
        NoDescriptors = Lasting,
        /// This process has no memory, address space or mapping left.
        NoAddressSpace = Lasting,
        /// A file of the store would be larger than the files that this process may make.
        FileSizeLimit = Lasting,
        /// The text is not a ticket or key, or was cut off or changed.
        MalformedTicket = Lasting,
        /// The ticket is for another kind of access than was asked for. Or a key was given where a ticket was asked
        /// for, or a ticket where a key was asked for.
        ///
        /// Rule: [R14](crate::guide::rules#r14).
        WrongAccess = Lasting,
        /// The ticket or key belongs to another store.
        ///
        /// Rule: [R20](crate::guide::rules#r20).
        WrongStore = Lasting,
        /// The ticket or object is of another type.
        ///
        /// Rule: [R16](crate::guide::rules#r16).
        WrongType = Lasting,
        /// The type has the same name and other fields: the two processes were built from different definitions, and
        /// this process's definition does not name the other one by `from`.
        ///
        /// Rule: [R39](crate::guide::rules#r39).
        SchemaMismatch = Lasting,
        /// The value was written by a codec that this process does not have for this type, or in another layout
        /// version.
        CodecMismatch = Lasting,
        /// Bytes in the store are not what this crate wrote, or this crate has a bug.
        Corrupt = Lasting,
        /// The value could not be encoded.
        Encode = Lasting,
        /// The bytes of a value, or of a message between a program and its worker, could not be decoded.
        Decode = Lasting,
        /// An object's counter, of epochs or of departures, is used up.
        Exhausted = Lasting,
        /// The address, a setting or the call is not supported by this crate, or not by this build, platform or server.
        Unsupported = Lasting,
        /// The remote function panicked; the call has changed nothing.
        Panicked = Lasting,
        /// The process that ran the remote function, or was about to run it, is gone; the call has changed nothing.
        WorkerDied = Retryable,
        /// The worker's program has no such remote function, or has it with another signature.
        UnknownFunction = Lasting,
        /// Two remote functions of one program have the same path, line, column, package and signature: a call of one
        /// could run the other.
        DuplicateFunction = Lasting,
        /// The worker is not the expected program: the program's file was replaced or written over, or the worker was
        /// built with another version of this crate.
        OtherProgram = Lasting,
        /// The call was cancelled, and has changed nothing.
        Cancelled = Lasting,
        /// [`remote::init`](crate::remote::init) was not called at the start of `main`.
        NotInitialized = Lasting,
        /// The operating system or the server refused a request. [`std::error::Error::source`] has the system's error
        /// if it is known.
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
