//! Loans: the lender's side of a borrow by another thread or process.
//!
//! Of the modules in this list, each uses only earlier ones: ended, terms, ending, raw, handle, unheld.

mod ended;
pub(super) mod ending;
pub(super) mod handle;
mod raw;
mod terms;
mod unheld;

pub use ended::{LoanEnd, LoanEndCause};
pub(super) use ending::END_TIMEOUT;
pub use handle::Loan;
pub(super) use terms::Terms;
