//! Traits that no type implements. They give the compiler its message about a `clone` of a handle.
//!
//! A handle has a hidden method `clone` whose bound is such a trait. So rustc says why the call is refused and what to
//! write instead. Without this method, rustc would say only that there is no method `clone`.

/// The bound of `Owned::clone`.
#[diagnostic::on_unimplemented(
    message = "an object has one owner, so an `Owned` cannot be cloned",
    label = "an owner can be moved and borrowed, but not cloned",
    note = "`owned.duplicate()?` makes another object, with a copy of the value and an owner of its own",
    note = "`owned.lend()?` lets others read this object"
)]
pub trait ClonedOwner: Sized {
    fn cloned(&self) -> Self;
}

/// The bound of `Loan::clone` and `OwnedLoan::clone`.
#[diagnostic::on_unimplemented(
    message = "a loan is ended once, so its handle cannot be cloned",
    label = "a loan can be moved, but not cloned",
    note = "for more readers of a shared loan, call `loan.ticket()?` again, or clone a ticket"
)]
pub trait ClonedLoan: Sized {
    fn cloned(&self) -> Self;
}

/// The bound of `Lease::clone`.
#[diagnostic::on_unimplemented(
    message = "a borrow is given back once, so a `Lease` cannot be cloned",
    label = "a lease can be moved and borrowed, but not cloned",
    note = "for another lease, clone the ticket of a shared loan before it is redeemed, and redeem both"
)]
pub trait ClonedLease: Sized {
    fn cloned(&self) -> Self;
}
