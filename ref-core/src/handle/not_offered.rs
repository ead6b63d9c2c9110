//! Traits that are bounds which no call fulfils. They give the compiler its message about a call that a handle does not
//! have.
//!
//! A handle has hidden methods, such as `Owned::clone`, whose bounds are such traits. So rustc says why the call is
//! refused and what to write instead. Without the method, rustc would say only that there is no method of that name.

use crate::handle::access::Ownership;
use crate::handle::borrow::Ref;
use crate::handle::ticket::Ticket;

/// The bound of `Owned::clone`.
#[diagnostic::on_unimplemented(
    message = "an object has one owner, so an `Owned` cannot be cloned",
    label = "`owned.duplicate()?` makes another object with a copy of the value; `owned.lend()?` lets others read this one"
)]
pub trait ClonedOwner: Sized {
    fn refused<R>(&self) -> R;
}

/// The bound of `Loan::clone` and `OwnedLoan::clone`.
#[diagnostic::on_unimplemented(
    message = "a loan is ended once, so its handle cannot be cloned",
    label = "for more readers, lend again by `owned.lend()?`, call `loan.ticket()?` of a shared loan again, or clone its \
             ticket"
)]
pub trait ClonedLoan: Sized {
    fn refused<R>(&self) -> R;
}

/// The bound of `OwnedLoan::end_async`.
#[diagnostic::on_unimplemented(
    message = "an `OwnedLoan` is not ended by a future: if that is dropped, the owner and its object would be, too",
    label = "write `loan.wait_async().await?`, and then `loan.end()?`, which returns at once"
)]
pub trait EndedByAFuture: Sized {
    fn refused<R>(self) -> R;
}

/// The bound of `Lease::clone`.
#[diagnostic::on_unimplemented(
    message = "a borrow is given back once, so a `Lease` cannot be cloned",
    label = "for another lease, redeem another ticket of a shared loan: `store.redeem(loan.ticket()?)?`"
)]
pub trait ClonedLease: Sized {
    fn refused<R>(&self) -> R;
}

/// The bound of `Owned::len` and of other methods that a value may have.
#[diagnostic::on_unimplemented(
    message = "an `Owned` has no methods of its value: the value is borrowed first",
    label = "write `.borrow()?` before the method to read the value, `.borrow_mut()?` to change it: \
             `owned.borrow()?.len()`, `owned.borrow_mut()?.push(..)`"
)]
pub trait UsedAsItsValue {
    fn refused<R>(&self) -> R;
}

/// Stands for an `Owned` in the bounds where `Owned` implements a trait of the standard library. With `Self` in the
/// place of this type, rustc would report the standard library's trait, and not the bound.
pub enum TheOwnerItself {}

/// The bound of `Display for Owned`. The last line of rustc's message names the type that implements the trait: a
/// `Ref`, which a program can print.
#[diagnostic::on_unimplemented(
    message = "an `Owned<{T}>` is not printed as its value is: the value is borrowed first",
    label = "print `owned.borrow()?`, or the handle by `{{:?}}`"
)]
pub trait Displays<T> {
    fn refused<R>() -> R;
}

impl<T> Displays<T> for Ref<'_, T> {
    fn refused<R>() -> R {
        std::process::abort() // never called
    }
}

/// The bound of `FromStr for Owned`. The last line of rustc's message names the type that implements the trait: a
/// ticket, which a program can read from text.
#[diagnostic::on_unimplemented(
    message = "an `Owned<{T}>` is not read from text: text is a ticket or a key",
    label = "write `store.claim(line.parse()?)?` for an ownership ticket, `store.adopt(line.parse()?)?` for a key"
)]
pub trait Reads<T> {
    fn refused<R>() -> R;
}

impl<T> Reads<T> for Ticket<T, Ownership> {
    fn refused<R>() -> R {
        std::process::abort() // never called
    }
}

/// The bound of `Loan::borrow`.
#[diagnostic::on_unimplemented(
    message = "a `Loan` is the lender's side, and has no value to borrow",
    label = "borrow the lease of its ticket: `store.redeem(loan.ticket()?)?.borrow()?`; beside a shared loan the owner \
             itself can be read"
)]
pub trait BorrowedLoan {
    fn refused<R>(&self) -> R;
}

/// The bound of `Loan::borrow_mut`.
#[diagnostic::on_unimplemented(
    message = "a `Loan` is the lender's side, and has no value to change",
    label = "a borrower of `lend_mut` changes it: `let mut lease = store.redeem(loan.ticket()?)?`, then \
             `lease.borrow_mut()?` and `lease.commit()?`"
)]
pub trait ChangedLoan {
    fn refused<R>(&self) -> R;
}

/// The bound of `Named::lend` and `Named::lend_mut`.
#[diagnostic::on_unimplemented(
    message = "a published object has no owner, and is not lent",
    label = "read it by `snapshot()?` or `borrow()?` and change it by `update(..)?`, in any process; or own it first: \
             `into_owned()?.lend()?`"
)]
pub trait LentName {
    fn refused<R>(&self) -> R;
}

/// The bound of `OwnedLoan::borrow_mut`.
#[diagnostic::on_unimplemented(
    message = "an owner does not change what is lent",
    label = "end the loan first: `let (mut owner, ended) = lent.end()?`; a borrower of `into_loan_mut` changes it by \
             its lease"
)]
pub trait ChangedOwnedLoan {
    fn refused<R>(&self) -> R;
}

/// The bound of `borrow` and `borrow_mut` of a ticket that is redeemed.
#[diagnostic::on_unimplemented(
    message = "a `Ticket` is a handle in transit, and has no value to borrow",
    label = "redeem it, and borrow the lease: `store.redeem(ticket)?.borrow()?`"
)]
pub trait BorrowedTicket {
    fn refused<R>(&self) -> R;
}

/// The bound of `borrow` and `borrow_mut` of a ticket for `Ownership`.
#[diagnostic::on_unimplemented(
    message = "a `Ticket` is a handle in transit, and has no value to borrow",
    label = "claim it, and borrow the owner: `let mut owned = store.claim(ticket)?`"
)]
pub trait BorrowedOwnership {
    fn refused<R>(&self) -> R;
}

/// The bound of `Key::borrow` and `Key::borrow_mut`.
#[diagnostic::on_unimplemented(
    message = "a `Key` is the name of an object, and has no value to borrow",
    label = "read the value by `store.get(&key)?`, or own the object to change it: `let mut owned = store.adopt(key)?`"
)]
pub trait BorrowedKey {
    fn refused<R>(&self) -> R;
}

/// The bound of `Refused::borrow` and `Refused::borrow_mut`.
#[diagnostic::on_unimplemented(
    message = "a `Refused` has an error and a handle, and no value to borrow",
    label = "use its handle, such as `refused.handle.borrow()?`"
)]
pub trait BorrowedRefused {
    fn refused<R>(&self) -> R;
}
