//! What became of a loan.

use crate::error::Holder;
use crate::id::FencingToken;
use std::fmt;

/// Says what became of a loan: the answer of [`Loan::end`](crate::Loan::end) and [`Loan::revoke`](crate::Loan::revoke).
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// let mut count = store.put(1_u64)?;
/// let loan = count.lend_mut()?;
/// let ticket = loan.ticket()?; // and nobody redeems it
/// let ended = loan.end_timeout(std::time::Duration::ZERO)?; // and is not waited for
/// assert_eq!((ended.committed, ended.by), (None, ref_core::LoanEndCause::NeverRedeemed));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it says whether the borrower committed, died or never came: look at it, or write `let _ =` where that makes \
              no difference"]
pub struct LoanEnd {
    /// The version that a borrower committed, which the owner's next borrow reads; `None` if the object is unchanged.
    pub committed: Option<FencingToken>,
    /// How it ended.
    pub by: LoanEndCause,
}

/// Says how a loan ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoanEndCause {
    /// Every borrower gave it back, or committed.
    Returned,
    /// The exclusive borrower died; nothing that it had not committed counts.
    Died(Holder),
    /// The exclusive ticket was not redeemed, in the time that `end` waits where there is one; it is void from now on.
    NeverRedeemed,
    /// It goes on by so many other handles of the same owner: overlapping shared loans are one.
    OthersRemain(usize),
    /// It was taken back, whoever held it: borrowers read on what they had, and a later commit of theirs is refused.
    Revoked,
}

impl fmt::Display for LoanEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.committed {
            Some(token) => write!(f, "{}, with version {} committed", self.by, token.get()),
            None => self.by.fmt(f),
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
