//! What an exclusive loan knows of its ticket: whether the ticket may have left this process.

use crate::sync::{self, Arc, OnceLock};

/// Notes whether an exclusive ticket was written as text. The loan has one clone of a `Sent`, and the ticket has the
/// other.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<OnceLock<()>>);

impl Sent {
    pub(super) fn set(&self) {
        self.0.get_or_init(|| ());
    }

    /// Returns whether a borrower may still redeem the ticket, if none has redeemed it before. Only the loan calls
    /// this, on its own clone.
    pub(in crate::handle) fn may_be_redeemed(&self) -> bool {
        // After the ticket was written, its text may be in any process. A ticket that was never written is in this
        // process, or was dropped. While the ticket exists there are two clones, and another thread of this process may
        // redeem the ticket.
        self.0.get().is_some() || (Arc::strong_count(&self.0) > 1 && !sync::is_only_thread())
    }
}
