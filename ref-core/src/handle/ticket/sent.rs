//! Whether an exclusive ticket has left this process.

use crate::sync::{self, Arc, OnceLock};

/// Whether an exclusive ticket was written as text. The loan and its ticket share one.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<OnceLock<()>>);

impl Sent {
    pub(super) fn set(&self) {
        self.0.get_or_init(|| ());
    }

    /// Whether a borrower can still come, if the loan is what asks: the text may be anywhere. A ticket that was never
    /// written is in this process, or dropped; another thread may redeem it.
    pub(in crate::handle) fn may_be_redeemed(&self) -> bool {
        self.0.get().is_some() || (Arc::strong_count(&self.0) > 1 && !sync::is_only_thread())
    }
}
