//! The typed handles of stored values.
//!
//! access, borrow, ticket, owned, loan, lease: each may use those named before it.

mod access;
mod borrow;
mod lease;
mod loan;
mod owned;
mod ticket;

pub use access::{Access, CanWrite, Exclusive, Many, Ownership, Redeem, Shared};
pub use borrow::{HasFields, Ref, RefMut};
pub use lease::Lease;
pub use loan::{Ended, EndedBy, Loan};
pub use owned::Owned;
pub use ticket::Ticket;
