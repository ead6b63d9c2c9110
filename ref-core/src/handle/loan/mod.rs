//! The lender's record of a borrow given away.
//!
//! ended, terms, ending, raw, handle, unheld: each may use those named before it.

mod ended;
pub(super) mod ending;
mod handle;
mod raw;
mod terms;
mod unheld;

pub use ended::{LoanEnd, LoanEndCause};
pub(super) use ending::END_TIMEOUT;
pub use handle::Loan;
pub(super) use terms::Terms;
