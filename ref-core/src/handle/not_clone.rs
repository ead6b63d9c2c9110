//! What the compiler says of a `clone` of what is not copied.
//!
//! The traits hold for no type. Methods that ask for them exist, so that rustc says why they cannot be called.

/// An owner that could be cloned.
#[diagnostic::on_unimplemented(
    message = "an object has one owner, so an `Owned` cannot be cloned",
    label = "an owner can be moved and borrowed, but not cloned",
    note = "`owned.duplicate()?` makes another object, with a copy of the value and an owner of its own",
    note = "`owned.lend()?` lets others read this object"
)]
pub trait ClonedOwner: Sized {
    fn cloned(&self) -> Self;
}

/// A loan that could be cloned.
#[diagnostic::on_unimplemented(
    message = "a loan is ended once, so its handle cannot be cloned",
    label = "a loan can be moved, but not cloned",
    note = "for more readers of a shared loan, call `loan.ticket()?` again, or clone a ticket"
)]
pub trait ClonedLoan: Sized {
    fn cloned(&self) -> Self;
}

/// A lease that could be cloned.
#[diagnostic::on_unimplemented(
    message = "a borrow is given back once, so a `Lease` cannot be cloned",
    label = "a lease can be moved and borrowed, but not cloned",
    note = "for another lease, clone the ticket of a shared loan before it is redeemed, and redeem both"
)]
pub trait ClonedLease: Sized {
    fn cloned(&self) -> Self;
}
