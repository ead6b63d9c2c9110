//! A session: a store that one process has opened.

use super::counts::BorrowCounts;
use super::notes::CallerTexts;
use super::record::Record;
use super::shared::SharedStore;
use super::slot::Slot;
use super::unfinished::Unfinished;
use crate::backend::space::SpaceLimit;
use crate::backend::{Caller, Settings};
use crate::error::{Holder, Result};
use crate::id::ObjectId;
use crate::sync::plain::{AtomicU32, AtomicU64};
use crate::sync::{Mutex, Ordering};
use std::time::Duration;

/// One session of a store.
pub(crate) struct Shm {
    pub(super) shared: SharedStore,
    /// `None` while the session closes, and under loom.
    pub(super) slot: Option<Slot>,
    /// The number of the slot.
    pub(super) me: u16,
    /// How many shared borrows of each record this session holds.
    pub(super) counts: BorrowCounts,
    /// The lines of code whose text is on the slot's page.
    pub(super) callers: CallerTexts,
    /// Records that this session freed: a hint where to look first for a free one.
    pub(super) spare: Mutex<Vec<u32>>,
    /// How many puts this session has begun. Only some of them look for dead sessions.
    pub(super) puts: AtomicU32,
    /// When this session last looked whether other processes find the store, in milliseconds of the wall clock.
    pub(super) found: AtomicU64,
    /// How many objects this session owns, borrows exclusively or has reserved. A borrow that its lender revoked is
    /// still counted.
    pub(super) held: AtomicU64,
    /// Steps that the system refused, to be tried again.
    pub(super) unfinished: Unfinished,
    /// How long an ownership ticket of this session can be claimed.
    pub(super) transit: Duration,
    /// How many names the store may have for this session to add another.
    pub(super) max_names: u32,
    /// How many bytes the store may have for this session to write another version.
    pub(super) space: SpaceLimit,
}

impl Shm {
    pub(super) fn new(shared: SharedStore, slot: Option<Slot>, me: u16, settings: Settings) -> Self {
        let Settings { ticket_timeout: transit, max_names, max_bytes, .. } = settings;
        let space = SpaceLimit::new(max_bytes);
        let counts = BorrowCounts::new(shared.map.layout().records);
        let (puts, found, held) = (AtomicU32::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let (callers, spare, unfinished) = (CallerTexts::new(), Mutex::new(Vec::new()), Unfinished::default());
        Self { shared, slot, me, counts, callers, spare, puts, found, held, unfinished, transit, max_names, space }
    }

    /// Returns the object's record, or `None` if the record is not the object's any more.
    pub(super) fn record(&self, object: ObjectId) -> Option<Record<'_>> {
        self.shared.record(object.index).filter(|record| record.birth() == object.birth)
    }

    /// Returns the process in a slot, as an error names it.
    pub(super) fn holder(&self, slot: u16, record: Record<'_>) -> Holder {
        self.shared.holder(slot, record.index)
    }

    /// Notes in which line the caller made, lent, borrowed, claimed or adopted an object, for error messages.
    pub(super) fn note_borrow(&self, index: u32, at: Caller) {
        self.callers.note_borrow(&self.shared.map, self.me, index, at);
    }

    /// Refuses a version that does not fit into the limit of the store's bytes.
    pub(super) fn reserve_bytes(&self, length: usize) -> Result<()> {
        self.space.reserve(length, || self.shared.count_bytes())
    }

    /// Counts one more object that this session owns, borrows exclusively or has reserved.
    pub(super) fn inc_held(&self) {
        // Relaxed: only this session uses this count. When the session closes, no other thread uses the session any
        // more.
        self.held.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts one object less that this session owns, borrows exclusively or has reserved.
    pub(super) fn dec_held(&self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
    }
}
