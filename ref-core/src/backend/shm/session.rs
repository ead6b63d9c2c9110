//! One session: what a process has of a store that it has opened.

use super::counts::BorrowCounts;
use super::notes::CallerTexts;
use super::record::Record;
use super::shared::SharedStore;
use super::slot::Slot;
use super::unfinished::Unfinished;
use crate::backend::Place;
use crate::error::Holder;
use crate::id::ObjectId;
use crate::sync::plain::{AtomicU32, AtomicU64};
use crate::sync::{Mutex, Ordering};
use std::time::Duration;

/// One session.
pub(crate) struct Shm {
    pub(super) shared: SharedStore,
    /// `None` only while closing.
    pub(super) slot: Option<Slot>,
    pub(super) me: u16,
    pub(super) counts: BorrowCounts,
    pub(super) callers: CallerTexts,
    /// Records that this session saw become free: a hint where to look first.
    pub(super) spare: Mutex<Vec<u32>>,
    pub(super) puts: AtomicU32,
    /// What this session owns or borrows exclusively, or did until a lender took it back.
    pub(super) held: AtomicU64,
    pub(super) unfinished: Unfinished,
    /// How long a ticket waits to be claimed.
    pub(super) transit: Duration,
}

impl Shm {
    pub(super) fn new(shared: SharedStore, slot: Option<Slot>, me: u16, transit: Duration) -> Self {
        let counts = BorrowCounts::new(shared.map.layout().records);
        let (puts, held) = (AtomicU32::new(0), AtomicU64::new(0));
        let (callers, spare, unfinished) = (CallerTexts::new(), Mutex::new(Vec::new()), Unfinished::default());
        Self { shared, slot, me, counts, callers, spare, puts, held, unfinished, transit }
    }

    /// The record of an object, if it is still that object's.
    pub(super) fn record(&self, object: ObjectId) -> Option<Record<'_>> {
        self.shared.record(object.index).filter(|record| record.birth() == object.birth)
    }

    pub(super) fn holder(&self, slot: u16, record: Record<'_>) -> Holder {
        self.shared.holder(slot, record.index)
    }

    pub(super) fn note_borrow(&self, index: u32, at: Place) {
        self.callers.note_borrow(&self.shared.map, self.me, index, at);
    }

    pub(super) fn inc_held(&self) {
        self.held.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn dec_held(&self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
    }
}
