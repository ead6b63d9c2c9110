//! The kinds of errors, as one table.

/// Makes [`ErrorKind`] of a table with one row for each kind: what it means, its name, and whether the same call may
/// succeed later (`retryable`) or not (`lasting`).
macro_rules! kinds {
    ($($(#[$meaning:meta])+ $kind:ident: $repeated:ident,)+) => {
        /// The kinds of [`Error`](crate::Error), for programs to match on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$meaning])+ $kind,)+
        }

        impl ErrorKind {
            /// Every kind, in the order of the table.
            #[allow(dead_code, reason = "only remote calls send kinds")]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// Returns whether the same call may succeed later, with nothing else changed by the caller.
            #[must_use]
            pub fn is_retryable(self) -> bool {
                match self {
                    $(Self::$kind => kinds!($repeated),)+
                }
            }
        }
    };
    (retryable) => { true };
    (lasting) => { false };
}

kinds! {
    /// The object is held in a way that excludes what was asked; [`Error::conflict`](crate::Error::conflict) names the
    /// holders.
    Conflict: retryable,
    /// The holders did not give the object back in time.
    Timeout: retryable,
    /// The call would wait for its own thread: a lease of this thread holds the object.
    WouldDeadlock: lasting,
    /// A commit came too late: the lender has ended or revoked the loan, so nothing was changed.
    Fenced: lasting,
    /// The ticket's loan was ended or revoked, or its deadline has passed.
    Expired: lasting,
    /// The ticket grants one redemption, and was redeemed.
    AlreadyRedeemed: lasting,
    /// The object is not in the store any more: its owner dropped it, took it out, or died, or it was removed by its key.
    Gone: lasting,
    /// The store has a version of the object that this owner did not write and has not read.
    Diverged: lasting,
    /// This process is a fork of the one that opened the store: the handle belongs to the parent.
    Forked: lasting,
    /// The session's lease has run out, since the server of the store did not hear of the session in time. Loaded values can
    /// be read and taken out; nothing can be changed.
    SessionLost: lasting,
    /// The server of the store cannot be reached; nothing was changed.
    Unreachable: retryable,
    /// The server of the store gave no answer, and may have done what was asked. To ask again is safe (idempotent retry).
    Indeterminate: retryable,
    /// The server of the store is set up so that a ledger in it could be damaged.
    UnsafeConfiguration: lasting,
    /// The store was closed under this handle, or its session was declared dead.
    StoreClosed: lasting,
    /// The files of the store were removed while it was open.
    StoreRemoved: lasting,
    /// The store's folder is a copy of another store's, and could be taken for that store.
    StoreCopied: lasting,
    /// The place of the store is not this user's alone, or does not let this user do what a store needs.
    NotPermitted: lasting,
    /// The file system cannot hold a store: it does not keep locks or mappings coherent.
    UnsupportedFilesystem: lasting,
    /// As many processes are attached to the store as it has slots for.
    TooManySessions: lasting,
    /// The store holds as many objects as it has records for.
    TooManyObjects: lasting,
    /// The encoded value is larger than the store's `max_object`.
    TooLarge: lasting,
    /// The file system or memory behind the store is full.
    StoreFull: retryable,
    /// This process has no file descriptor left.
    NoDescriptors: lasting,
    /// This process has no address space or mapping left.
    NoAddressSpace: lasting,
    /// A file of the store would be larger than the files that this process may make.
    FileSizeLimit: lasting,
    /// The text is not a ticket or key, or not all of one.
    MalformedTicket: lasting,
    /// The ticket grants another kind of access, or is a key, or a key was asked for.
    WrongAccess: lasting,
    /// The ticket or key belongs to another store.
    WrongStore: lasting,
    /// The ticket or object is of another type.
    WrongType: lasting,
    /// The type has the same name and other fields: the two processes were built from different definitions.
    SchemaMismatch: lasting,
    /// The value was written by a codec that this process reads with another, or lacks.
    CodecMismatch: lasting,
    /// Bytes in the store are not what this crate wrote.
    Corrupt: lasting,
    /// The value could not be encoded.
    Encode: lasting,
    /// The stored bytes could not be decoded.
    Decode: lasting,
    /// An object's counter is used up.
    Exhausted: lasting,
    /// The address, or what was asked of it, is not supported here.
    Unsupported: lasting,
    /// The remote function panicked; nothing was changed by it.
    Panicked: lasting,
    /// The process that ran the remote function, or was to, is gone; nothing was changed by it.
    WorkerDied: retryable,
    /// The worker's program has no such remote function, or has it with another signature.
    UnknownFunction: lasting,
    /// Two remote functions of one program have the same path, place, package and signature: a call of one could run the
    /// other.
    DuplicateFunction: lasting,
    /// The worker is not the program that it was to be: its file was replaced or written over, or it was built with another
    /// version of this crate.
    OtherProgram: lasting,
    /// The call was cancelled; nothing was changed by it.
    Cancelled: lasting,
    /// [`remote::init`](crate::remote::init) was not called at the start of `main`.
    NotInitialized: lasting,
    /// The operating system refused; [`std::error::Error::source`] says how.
    Io: lasting,
}
