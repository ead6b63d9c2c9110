//! The kinds of access, as types: what a [`Loan`](crate::Loan), [`Ticket`](crate::Ticket) or [`Lease`](crate::Lease)
//! grants.

use crate::error::AccessKind;
use std::fmt::Debug;

/// Ownership of the object: the access of a ticket that [`Owned::into_ticket`](crate::Owned::into_ticket) makes. The
/// process that claims the ticket becomes the owner.
#[derive(Debug)]
pub enum Ownership {}

/// Access to read the object, beside other readers.
#[derive(Debug)]
pub enum Shared {}

/// Access to read and change the object, for one borrower at a time.
#[derive(Debug)]
pub enum Exclusive {}

/// The kinds of access: [`Ownership`], [`Shared`] and [`Exclusive`]. No other type implements this trait.
///
/// ```
/// use ref_core::access::Access;
/// use ref_core::{Stored, Ticket};
///
/// /// Describes a ticket for any kind of access.
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
    /// The kind as a value.
    const KIND: AccessKind;
}

/// Marks access with which a borrower may change the object: [`Exclusive`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` access is read-only, and this needs `Exclusive` access",
    label = "this handle is shared: others may be reading",
    note = "lend with `owned.lend_mut()?`; its ticket is redeemed to a lease with `borrow_mut` and `commit`"
)]
pub trait CanWrite: Access {}

/// Marks access that several borrowers can have at the same time: [`Shared`]. A ticket for such access can be copied.
#[diagnostic::on_unimplemented(
    message = "a ticket for `{Self}` access is redeemed once, so it cannot be cloned",
    label = "this ticket can be moved, but not cloned",
    note = "lend with `owned.lend()?`: the ticket of a shared loan is `Clone`"
)]
pub trait Many: Access {}

/// Marks access beside which the owner can read the object: [`Shared`].
#[diagnostic::on_unimplemented(
    message = "an owner does not read beside `{Self}` access",
    label = "this loan is one borrower's alone",
    note = "end the loan first: `let (owner, ended) = lent.end()?`"
)]
pub trait BesideOwner: Access {}

/// Marks access that a borrower has for a time, until it gives its lease back: [`Shared`] and [`Exclusive`].
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
