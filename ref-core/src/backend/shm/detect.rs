//! Detecting dead sessions, and recovering them.
//!
//! A session that dies sends no message. So a session probes others: when they are in the way of its command, when it
//! needs room, when it opens or reaps the store, when it is the last to leave a named store, and at some of its puts. A
//! probe takes system calls, so a command probes only the sessions in its way.

use super::errors::beside_damage;
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::slot::Probe;
use super::state::{Mode, OwnerKind};
use crate::error::Result;
use crate::sync::Ordering;

/// How many of the sessions in its way a waiting session probes each time, at most.
const MAX_PROBES: usize = 8;

/// How many puts a session makes between two probes of a few other sessions.
const PUTS_PER_CHECK: u32 = 64;

/// How many sessions [`recover_some_dead`](SharedStore::recover_some_dead) probes at most.
const SLOTS_AT_OPEN: usize = 16;

impl SharedStore {
    /// Recovers the slot if its session is dead. Returns whether the session was dead.
    pub(super) fn recover_if_dead(&self, slot: u16) -> Result<bool> {
        match self.probe(slot)? {
            Probe::Alive => Ok(false),
            Probe::Empty => Ok(false),
            Probe::Dead(slot) => {
                // If the recovery fails, `slot` is dropped, which frees the lock. The next session that probes the slot
                // repeats the recovery.
                self.recover(&slot)?;
                slot.release(&self.map)?;
                Ok(true)
            }
        }
    }

    /// Recovers every slot but `me` whose session is dead. Returns how many slots were recovered, and the first error.
    /// An error with one slot does not stop the recovery of the others.
    pub(super) fn recover_all(&self, me: Option<u16>) -> (usize, Result<()>) {
        let others = (0..self.map.layout().slots).filter(|slot| Some(*slot) != me);
        others.map(|slot| self.recover_if_dead(slot)).fold((0, Ok(())), |(sum, all), one| match one {
            Ok(was_dead) => (sum + usize::from(was_dead), all),
            Err(error) => (sum, all.and(Err(error))),
        })
    }

    /// Probes a few of the slots in use, but not `me`, and recovers the sessions that are dead. Ends with the first
    /// error. Damage of a slot is not an error here.
    pub(super) fn recover_some_dead(&self, me: u16) -> Result<()> {
        let in_use = |slot: &u16| *slot != me && self.is_in_use(*slot);
        let used: Vec<u16> = (0..self.map.layout().slots).filter(in_use).collect();
        // Processes that open the store at the same time mostly begin at different slots.
        let first = std::process::id() as usize % used.len().max(1);
        let few = used.iter().cycle().skip(first).take(SLOTS_AT_OPEN.min(used.len()));
        few.into_iter().try_for_each(|slot| beside_damage(self.recover_if_dead(*slot).map(drop)))
    }
}

impl Shm {
    /// Recovers the slot of another session if that session is dead. Returns whether it was dead. Returns false for
    /// this session's own slot.
    pub(super) fn recover_if_dead(&self, slot: u16) -> Result<bool> {
        if slot == self.me { Ok(false) } else { self.shared.recover_if_dead(slot) }
    }

    /// Recovers those sessions that a conflict over the record may name and that are dead. Returns whether there were
    /// any. Ends with the first error.
    pub(super) fn recover_dead_holders(&self, record: Record<'_>) -> Result<bool> {
        let named: Vec<u16> = self.holders_in_the_way(record).collect();
        named.into_iter().try_fold(false, |any, slot| Ok(self.recover_if_dead(slot)? || any))
    }

    /// Does the same as [`recover_dead_holders`](Self::recover_dead_holders) with only a few of the sessions. A waiting
    /// session calls this again and again.
    pub(super) fn recover_some_dead_holders(&self, record: Record<'_>) -> Result<bool> {
        let named: Vec<u16> = self.holders_in_the_way(record).take(MAX_PROBES).collect();
        named.into_iter().try_fold(false, |any, slot| Ok(self.recover_if_dead(slot)? || any))
    }

    /// The slots that a conflict over the record may name: of the writer, the owner and the readers.
    fn holders_in_the_way(&self, record: Record<'_>) -> impl Iterator<Item = u16> {
        let (state, owner) = (record.state(), record.owner());
        let writes = matches!(
            state.mode(),
            Some(Mode::Exclusive | Mode::Publishing | Mode::Checkpointing | Mode::Pending | Mode::Adopting)
        );
        let writer = writes.then(|| state.slot());
        let owner = (owner.kind() == OwnerKind::Slot).then(|| owner.slot());
        writer.into_iter().chain(owner).chain(self.shared.reader_slots(record))
    }

    /// Makes room: recovers each dead session, and drops each object that was not claimed in time or whose time is over.
    /// Returns whether there were any. Damage of a slot is not an error here.
    pub(super) fn free_by_recovery(&self) -> Result<bool> {
        let (freed, looked) = self.sweep();
        beside_damage(looked).map(|()| freed > 0)
    }

    /// Recovers each dead session, and drops each object that was not claimed in time or whose time is over. Returns the
    /// number of these sessions and objects together, and the first error.
    pub(super) fn sweep(&self) -> (usize, Result<()>) {
        let (dead, looked) = self.shared.recover_all(Some(self.me));
        let is_over = |record: &Record<'_>| self.drop_expired_transit(*record) || self.drop_after_time(*record);
        (dead + self.shared.used_records().filter(is_over).count(), looked)
    }

    /// Counts a put. At the first and then at every 64th put, probes four slots and recovers the sessions that are
    /// dead. A `put` is never refused because of another session's slot: a slot that cannot be probed or recovered is
    /// left to the next time.
    pub(super) fn recover_now_and_then(&self) {
        // Relaxed: the counter only decides when and where to probe, and where `find_free` begins.
        let nth = self.puts.fetch_add(1, Ordering::Relaxed);
        if !nth.is_multiple_of(PUTS_PER_CHECK) {
            return;
        }
        let slots = u32::from(self.shared.map.layout().slots);
        for slot in (0..4).map(|step| ((nth / PUTS_PER_CHECK * 4 + step) % slots) as u16) {
            let _next_time = self.recover_if_dead(slot);
        }
    }
}
