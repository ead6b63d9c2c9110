//! What a loan knows of its exclusive ticket: whether the ticket may have left this process.

use crate::sync::{self, Arc, OnceLock};

/// Notes whether an exclusive ticket was written as text. The loan has one clone of this, and the ticket has the other.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<OnceLock<()>>);

impl Sent {
    pub(super) fn set(&self) {
        self.0.get_or_init(|| ());
    }

    /// Returns whether the ticket may still be redeemed. Only the loan asks this, of its own clone.
    pub(in crate::handle) fn may_be_redeemed(&self) -> bool {
        // After the ticket was written, its text may be in any process. A ticket that was never written is in this
        // process, or was dropped. While the ticket exists there are two clones, and another thread may redeem it.
        self.0.get().is_some() || (Arc::strong_count(&self.0) > 1 && !sync::is_only_thread())
    }
}
