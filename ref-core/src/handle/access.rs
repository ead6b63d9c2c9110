//! The kinds of access, as types: what a [`Loan`](crate::Loan), [`Ticket`](crate::Ticket) or
//! [`Lease`](crate::Lease) grants.

use crate::error::AccessKind;
use std::fmt::Debug;

/// Makes the holder the object's owner: the access of a ticket made by
/// [`Owned::into_ticket`](crate::Owned::into_ticket).
#[derive(Debug)]
pub enum Ownership {}

/// Lets the holder read the object, beside other readers.
#[derive(Debug)]
pub enum Shared {}

/// Lets the holder change the object, alone.
#[derive(Debug)]
pub enum Exclusive {}

/// Tells the kinds of access apart: [`Ownership`], [`Shared`] or [`Exclusive`], and no other.
///
/// ```
/// use ref_core::access::Access;
/// use ref_core::{Stored, Ticket};
///
/// /// Works for a ticket of any kind.
/// fn describe<T: Stored, A: Access>(ticket: &Ticket<T, A>) -> String {
///     format!("{} access to object {}", A::KIND, ticket.id())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of access",
    label = "not a kind of access",
    note = "the kinds of access are `Ownership`, `Shared` and `Exclusive`"
)]
pub trait Access: sealed::Sealed + Debug + 'static {
    /// Says the same as a value.
    const KIND: AccessKind;
}

/// Marks access that may change the object, and that one borrower has at a time: [`Exclusive`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` access is read-only, and this needs `Exclusive` access",
    label = "this handle is shared: others may be reading",
    note = "lend with `owned.lend_mut()?`; its ticket is redeemed to a lease with `borrow_mut` and `commit`"
)]
pub trait CanWrite: Access {}

/// Marks access that many may have at the same time, so that its ticket can be copied: [`Shared`].
#[diagnostic::on_unimplemented(
    message = "a ticket for `{Self}` access is redeemed once, so it cannot be cloned",
    label = "this ticket can be moved, but not cloned",
    note = "lend with `owned.lend()?`: the ticket of a shared loan is `Clone`"
)]
pub trait Many: Access {}

/// Marks access beside which the owner still reads its object: [`Shared`].
#[diagnostic::on_unimplemented(
    message = "an owner does not read beside `{Self}` access",
    label = "this loan is one borrower's alone",
    note = "end the loan first: `let (owner, ended) = lent.end()?`"
)]
pub trait BesideOwner: Access {}

/// Marks access that a ticket lends for a time, until the lease is given back: [`Shared`] and [`Exclusive`].
#[diagnostic::on_unimplemented(
    message = "a ticket for `{Self}` is claimed, not redeemed",
    label = "this ticket moves the object to a new owner",
    note = "write `store.claim(ticket)`, which makes an `Owned`"
)]
pub trait Redeem: Access {}

#[diagnostic::do_not_recommend]
impl Access for Ownership {
    const KIND: AccessKind = AccessKind::Own;
}

#[diagnostic::do_not_recommend]
impl Access for Shared {
    const KIND: AccessKind = AccessKind::Borrow;
}

#[diagnostic::do_not_recommend]
impl Access for Exclusive {
    const KIND: AccessKind = AccessKind::BorrowMut;
}

#[diagnostic::do_not_recommend]
impl CanWrite for Exclusive {}

#[diagnostic::do_not_recommend]
impl Many for Shared {}

#[diagnostic::do_not_recommend]
impl BesideOwner for Shared {}

#[diagnostic::do_not_recommend]
impl Redeem for Shared {}

#[diagnostic::do_not_recommend]
impl Redeem for Exclusive {}

mod sealed {
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be a kind of access",
        label = "there are no kinds of access but `Ownership`, `Shared` and `Exclusive`"
    )]
    pub trait Sealed {}

    #[diagnostic::do_not_recommend]
    impl Sealed for super::Ownership {}

    #[diagnostic::do_not_recommend]
    impl Sealed for super::Shared {}

    #[diagnostic::do_not_recommend]
    impl Sealed for super::Exclusive {}
}
