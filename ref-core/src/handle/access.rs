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
///
/// Rules: [R13](crate::guide::rules#r13), [R15](crate::guide::rules#r15).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of access",
    label = "write `Shared`, `Exclusive` or `Ownership` in its place"
)]
pub trait Access: sealed::Sealed + Debug + 'static {
    /// The kind as a value.
    const KIND: AccessKind;
}

/// Marks access with which a borrower may change the object: [`Exclusive`].
#[diagnostic::on_unimplemented(
    message = "this needs `Exclusive` access, and the handle is for `{Self}` access",
    label = "`Shared` is for reading: `clone` what you would change, or lend with `owned.lend_mut()?`: its ticket is \
             redeemed to a lease with `borrow_mut` and `commit`; for an access that is a type parameter, write \
             `A: CanWrite`"
)]
pub trait CanWrite: Access {}

/// Marks access for which every lease has a fencing token: [`Exclusive`].
#[diagnostic::on_unimplemented(
    message = "a lease for `Exclusive` access has a fencing token, and this lease is for `{Self}` access",
    label = "readers have no token, as they change nothing: lend with `owned.lend_mut()?` for a lease with one"
)]
pub trait HasToken: Access {}

/// Marks access that one borrower has at a time, for which a loan has one ticket: [`Exclusive`].
#[diagnostic::on_unimplemented(
    message = "the ticket of a loan for `Exclusive` access is reissued, and this loan is for `{Self}` access",
    label = "call `loan.ticket()?` again: a shared loan makes any number of tickets"
)]
pub trait OneBorrower: Access {}

/// Marks access that several borrowers can have at the same time: [`Shared`]. A ticket for such access can be copied.
#[diagnostic::on_unimplemented(
    message = "a ticket for `Shared` access can be cloned, and this ticket is for `{Self}` access, to be used once",
    label = "move this ticket, or lend with `owned.lend()?` for tickets that can be cloned"
)]
pub trait Many: Access {}

/// Marks access beside which the owner can read the object: [`Shared`].
#[diagnostic::on_unimplemented(
    message = "an owner reads beside a loan for `Shared` access, and this loan is for `{Self}` access",
    label = "end the loan first: `let (owner, ended) = lent.end()?`; or lend for readers: `owned.into_loan()?`"
)]
pub trait BesideOwner: Access {}

/// Marks access that a borrower has for a time, until it gives its lease back: [`Shared`] and [`Exclusive`].
#[diagnostic::on_unimplemented(
    message = "a ticket for `Shared` or `Exclusive` access is redeemed, and this ticket is for `{Self}`",
    label = "claim an `Ownership` ticket: `store.claim(ticket)`, or `claim_or_return`; for an access that is a type \
             parameter, write `A: Redeem`"
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
impl HasToken for Exclusive {}

#[diagnostic::do_not_recommend]
impl OneBorrower for Exclusive {}

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
