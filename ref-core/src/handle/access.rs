//! The kinds of access, as types: what a [`Loan`](crate::Loan), [`Ticket`](crate::Ticket) or
//! [`Lease`](crate::Lease) grants.

use crate::error::AccessKind;
use std::fmt::Debug;

/// To own the object: the access of a ticket made by [`Owned::into_ticket`](crate::Owned::into_ticket).
#[derive(Debug)]
pub enum Ownership {}

/// To read the object beside other readers.
#[derive(Debug)]
pub enum Shared {}

/// To change the object, alone.
#[derive(Debug)]
pub enum Exclusive {}

/// A kind of access: [`Ownership`], [`Shared`] or [`Exclusive`], and no other.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of access",
    label = "not a kind of access",
    note = "the kinds of access are `Ownership`, `Shared` and `Exclusive`"
)]
pub trait Access: sealed::Sealed + Debug + 'static {
    /// The same as a value.
    const KIND: AccessKind;
}

/// Access that may change the object, and that one borrower has at a time: [`Exclusive`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` access is read-only, and this needs `Exclusive` access",
    label = "this handle is shared: others may be reading",
    note = "lend with `owned.lend_mut()?`; its ticket is redeemed to a lease with `borrow_mut` and `commit`"
)]
pub trait CanWrite: Access {}

/// Access that many may have at the same time, so that its ticket can be copied: [`Shared`].
#[diagnostic::on_unimplemented(
    message = "a ticket for `{Self}` access is redeemed once, so it cannot be cloned",
    label = "this ticket can be moved, but not cloned",
    note = "lend with `owned.lend()?`: the ticket of a shared loan is `Clone`"
)]
pub trait Many: Access {}

/// Access that a ticket lends for a time, until the lease is given back: [`Shared`] and [`Exclusive`].
#[diagnostic::on_unimplemented(
    message = "a ticket for `{Self}` is claimed, not redeemed",
    label = "this ticket moves the object to a new owner",
    note = "write `store.claim(ticket)`, which makes an `Owned`"
)]
pub trait Redeem: Access {}

#[diagnostic::do_not_recommend]
impl Access for Ownership {
    const KIND: AccessKind = AccessKind::Ownership;
}

#[diagnostic::do_not_recommend]
impl Access for Shared {
    const KIND: AccessKind = AccessKind::Shared;
}

#[diagnostic::do_not_recommend]
impl Access for Exclusive {
    const KIND: AccessKind = AccessKind::Exclusive;
}

#[diagnostic::do_not_recommend]
impl CanWrite for Exclusive {}

#[diagnostic::do_not_recommend]
impl Many for Shared {}

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
