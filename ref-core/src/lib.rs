#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
// In a reader's program, an ignored `Result` is a warning. Rustdoc does not show warnings of examples, so here an
// ignored `Result` is an error.
#![doc(test(attr(deny(unused_must_use))))]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod backend;
mod bulk;
pub mod codec;
pub mod error;
mod event;
mod handle;
mod hash;
mod id;
mod ledger;
mod random;
#[cfg(feature = "async")]
mod reactor;
#[cfg(all(feature = "remote", target_os = "linux"))]
pub mod remote;
pub mod schema;
mod store;
mod stored;
mod sync;

#[cfg(doc)]
pub mod guide;

mod private;
/// The items that generated code names. The module `private` has them.
#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

/// What each kind of access permits, as traits: the bounds of generic code over tickets, loans and leases. `AccessKind`
/// is a kind of access as a value.
pub mod access {
    pub use crate::error::conflict::AccessKind;
    pub use crate::handle::{Access, BesideOwner, CanWrite, HasFields, HasToken, Many, OneBorrower, Redeem};
}

/// Looking into a store, without changing it: for tools, and for questions about a running program.
pub mod inspect {
    pub use crate::backend::{ObjectEntry, ObjectHolder, ObjectState, SessionEntry};
    pub use crate::codec::encoded::EncodedValue;
    pub use crate::store::inspect::Inspector;
}

pub use backend::{Persistence, Stats};
pub use bulk::{Bulk, BulkElement};
pub use bytemuck;
pub use error::{Error, ErrorKind, Refused, Result};
#[cfg(feature = "async")]
pub use handle::VersionStream;
pub use handle::{Exclusive, Ownership, Shared};
pub use handle::{Key, Lease, Loan, LoanEnd, LoanEndCause, Owned, OwnedLoan, Promise, Ref, RefMut, Ticket};
pub use handle::{Named, NamedEntry, NamedMut, NamedRef, Snapshot, Watcher};
pub use id::{Digest, FencingToken, ObjectId};
#[cfg(all(feature = "remote", target_os = "linux"))]
pub use remote::caller::Workers;
pub use schema::Schema;
pub use store::Store;
pub use store::options::StoreOptions;
pub use stored::{Opaque, Stored};

#[cfg(feature = "macros")]
pub use ref_macros::global_store;
#[cfg(all(feature = "macros", feature = "remote", target_os = "linux"))]
pub use ref_macros::remote;
