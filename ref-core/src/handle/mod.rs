//! The typed handles of stored values.
//!
//! Of the modules in this list, each uses only earlier ones: access, borrow, ticket, not_offered, loaded, owned, make,
//! fill, transition, loan, raw_lease, lease, checkpoint, promised, key, adopt, timed, wait, promise, named,
//! digest, owned_loan, futures, stored, as_value, remote.

mod access;
mod adopt;
mod as_value;
mod borrow;
mod checkpoint;
mod digest;
mod fill;
#[cfg(feature = "async")]
mod futures;
mod key;
mod lease;
mod loaded;
mod loan;
mod make;
mod named;
mod not_offered;
mod owned;
mod owned_loan;
mod promise;
mod promised;
mod raw_lease;
#[cfg(all(feature = "remote", target_os = "linux"))]
mod remote;
mod stored;
mod ticket;
mod timed;
mod transition;
mod verify;
mod wait;

pub use access::{Access, BesideOwner, CanWrite, Exclusive, HasToken, Many, OneBorrower, Ownership, Redeem, Shared};
pub use borrow::{HasFields, Ref, RefMut};
pub(crate) use borrow::{ref_mut_of_field, ref_of_field};
#[cfg(feature = "async")]
pub use futures::VersionStream;
pub use key::Key;
pub use lease::Lease;
pub use loan::{Loan, LoanEnd, LoanEndCause};
pub use named::{Named, NamedEntry, NamedMut, NamedRef, Snapshot, Watcher};
pub use owned::Owned;
pub use owned_loan::OwnedLoan;
pub use promise::Promise;
pub use ticket::Ticket;
