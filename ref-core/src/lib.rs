#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Rustdoc allows in examples what warns where they are pasted.
#![doc(test(attr(deny(unused_must_use))))]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod backend;
pub mod codec;
mod error;
mod event;
mod handle;
mod id;
mod ledger;
#[cfg(all(feature = "remote", target_os = "linux"))]
pub mod remote;
mod schema;
mod store;
mod stored;
mod sync;

#[cfg(doc)]
pub mod guide;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use backend::{Persistence, Stats};
pub use error::{AccessKind, Conflict, Error, ErrorKind, Held, Holder, Refused, Result};
pub use handle::{Access, BesideOwner, CanWrite, Exclusive, Many, Ownership, Redeem, Shared};
pub use handle::{Ended, EndedBy, Key, Lease, Loan, Owned, OwnedLoan, Ticket};
pub use handle::{HasFields, Ref, RefMut};
pub use id::{FencingToken, ObjectId};
#[cfg(all(feature = "remote", target_os = "linux"))]
pub use remote::workers::Workers;
pub use schema::{Schema, Shape};
pub use store::{Store, StoreOptions};
pub use stored::Stored;

#[cfg(feature = "macros")]
pub use ref_macros::global_store;
#[cfg(all(feature = "macros", feature = "remote", target_os = "linux"))]
pub use ref_macros::remote;
