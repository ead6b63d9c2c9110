//! What a call needs to be made again after its worker has died.
//!
//! Only a call of a function that is `#[remote(idempotent)]` has this. Nothing of such a call has moved to the worker,
//! so its request can be sent again, with other tickets where a ticket can be used once.

use crate::error::Result;

/// The types of functions whose calls may be made again: those with `#[remote(idempotent)]`.
///
/// It is a bound of [`Run::retries`](super::Run::retries) and [`Mapped::retries`](super::Mapped::retries).
#[diagnostic::on_unimplemented(
    message = "a call of this function is made once, since the function is not `idempotent`",
    label = "write `#[remote(idempotent)]` on the function, if it may run twice where once was asked for"
)]
pub trait MayRunAgain: sealed::RunKind {}

/// The calls of a function are made once.
#[derive(Debug)]
pub enum Once {}

/// A call of the function may be made again: the function is `#[remote(idempotent)]`.
#[derive(Debug)]
pub enum Idempotent {}

#[diagnostic::do_not_recommend]
impl MayRunAgain for Idempotent {}

mod sealed {
    /// The supertrait of `MayRunAgain`, which other crates cannot implement.
    pub trait RunKind {}

    impl RunKind for super::Idempotent {}
}

/// Makes an argument's bytes anew, with other tickets: the borrower of the earlier ones is dead.
pub(super) type Renewal = Box<dyn Fn() -> Result<Vec<u8>> + Send + Sync>;

/// How often a call may be made again, and what has to be made anew then.
#[derive(Default)]
pub(super) struct Again {
    /// How many more times the call may be made.
    pub(super) left: usize,
    /// How many times the worker has died.
    pub(super) deaths: usize,
    /// Whether the call is over by the death of its worker, which no retry has followed.
    pub(super) has_died: bool,
    /// The index of each argument that has tickets for one borrower, and how it is made anew.
    pub(super) renewals: Vec<(usize, Renewal)>,
}

impl Again {
    /// Makes the bytes anew of each argument that has tickets for one borrower.
    ///
    /// # Errors
    /// The errors of the store. Then the call cannot be made again.
    pub(super) fn renewed(&self) -> Result<Vec<(usize, Vec<u8>)>> {
        self.renewals.iter().map(|(index, renew)| Ok((*index, renew()?))).collect()
    }
}
