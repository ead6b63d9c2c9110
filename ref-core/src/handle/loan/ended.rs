//! What became of a loan.

use crate::error::Holder;
use crate::id::FencingToken;
use std::fmt;

/// What became of a loan: whether a borrower changed the object, and how the loan ended. The calls that end or revoke a
/// loan return a `LoanEnd`, such as [`Loan::end`](crate::Loan::end) and [`Loan::revoke`](crate::Loan::revoke).
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// let mut count = store.put(1_u64)?;
/// let loan = count.lend_mut()?;
/// let ticket = loan.ticket()?; // no process redeems it
/// let ended = loan.end_timeout(std::time::Duration::ZERO)?; // without waiting
/// assert_eq!((ended.committed, ended.cause), (None, ref_core::LoanEndCause::NeverRedeemed));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it says whether the borrower committed, died or did not redeem: look at it, or write `let _ =` where \
              that makes no difference"]
pub struct LoanEnd {
    /// The newest version that a borrower committed, by [`commit`](crate::Lease::commit) or
    /// [`checkpoint`](crate::Lease::checkpoint), or `None` if no borrower did. The owner's next borrow reads this version.
    pub committed: Option<FencingToken>,
    /// How the loan ended.
    pub cause: LoanEndCause,
}

/// How a loan ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoanEndCause {
    /// The exclusive borrower gave its borrow back, or committed. A shared loan also ends as `Returned`: when no reader
    /// is left, even if some readers died or none came.
    Returned,
    /// The exclusive borrower died before its commit: the borrower's process ended, or its session was lost. The changes
    /// since its last checkpoint are lost, or all of them if it has made none.
    Died(Holder),
    /// No borrower redeemed the exclusive ticket before the loan ended, or no ticket was made. The ticket is void from
    /// now on.
    NeverRedeemed,
    /// The object is still lent by this number of other loan handles of the same owner. Overlapping shared loans are
    /// one loan in the ledger.
    OthersRemain(usize),
    /// The lender took the object back from its borrowers. The borrowers can go on reading their version, and a later
    /// commit by one of them is refused.
    Revoked,
}

impl fmt::Display for LoanEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.committed {
            Some(token) => write!(f, "{}, with version {} committed", self.cause, token.get()),
            None => self.cause.fmt(f),
        }
    }
}

impl fmt::Display for LoanEndCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned => f.write_str("given back"),
            Self::Died(holder) => write!(f, "given back by the death of {holder}"),
            Self::NeverRedeemed => f.write_str("never redeemed"),
            Self::OthersRemain(1) => f.write_str("still lent by another loan"),
            Self::OthersRemain(others) => write!(f, "still lent by {others} other loans"),
            Self::Revoked => f.write_str("revoked"),
        }
    }
}
