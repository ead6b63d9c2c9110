//! The typed handles of stored values.
//!
//! access, borrow, only, ticket, owned, transition, loan, lent, lease, key: each may use those named before it.

mod access;
mod borrow;
mod key;
mod lease;
mod lent;
mod loan;
mod only;
mod owned;
#[cfg(all(feature = "remote", target_os = "linux"))]
mod remote;
mod ticket;
mod transition;

pub use access::{Access, BesideOwner, CanWrite, Exclusive, Many, Ownership, Redeem, Shared};
pub use borrow::{HasFields, Ref, RefMut};
pub use key::Key;
pub use lease::Lease;
pub use lent::Lent;
pub use loan::{Ended, EndedBy, Loan};
pub use owned::Owned;
pub use ticket::Ticket;
