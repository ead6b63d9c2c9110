//! Detecting dead sessions, and recovering them.
//!
//! A death sends no message. A session probes others when they are in the way of its command, when it needs room, when
//! it opens the store or reaps, and at some of its puts. A probe takes system calls, so a command probes only the
//! sessions in its way.

use super::errors::beside_damage;
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::slot::Probe;
use super::state::{Mode, OwnerKind};
use crate::error::Result;
use crate::sync::Ordering;

/// How many sessions in its way a waiting session probes at most each time.
const MAX_PROBES: usize = 8;

/// A session probes a few others once in this many puts.
const PUTS_PER_CHECK: u32 = 64;

/// How many others a session probes at most when it begins.
const SLOTS_AT_OPEN: usize = 16;

impl SharedStore {
    /// Recovers the slot if its session is dead. Returns whether it was.
    pub(super) fn recover_if_dead(&self, slot: u16) -> Result<bool> {
        match self.probe(slot)? {
            Probe::Alive => Ok(false),
            Probe::Empty => Ok(false),
            Probe::Dead(slot) => {
                // If the recovery fails, `slot` is dropped, which frees the lock. The next session that probes the slot
                // goes on.
                self.recover(&slot)?;
                slot.release(&self.map)?;
                Ok(true)
            }
        }
    }

    /// Recovers every slot but `me` whose session is dead. Returns how many there were, and the first error. An error
    /// with one slot does not stop the recovery of the others.
    pub(super) fn recover_all(&self, me: Option<u16>) -> (usize, Result<()>) {
        let others = (0..self.map.layout().slots).filter(|slot| Some(*slot) != me);
        others.map(|slot| self.recover_if_dead(slot)).fold((0, Ok(())), |(sum, all), one| match one {
            Ok(was_dead) => (sum + usize::from(was_dead), all),
            Err(error) => (sum, all.and(Err(error))),
        })
    }

    /// Probes a few of the slots in use, and recovers dead sessions.
    pub(super) fn recover_some_dead(&self, me: u16) -> Result<()> {
        let in_use = |slot: &u16| *slot != me && self.is_in_use(*slot);
        let used: Vec<u16> = (0..self.map.layout().slots).filter(in_use).collect();
        // Sessions that open at the same time begin at different slots.
        let first = std::process::id() as usize % used.len().max(1);
        let few = used.iter().cycle().skip(first).take(SLOTS_AT_OPEN.min(used.len()));
        few.into_iter().try_for_each(|slot| beside_damage(self.recover_if_dead(*slot).map(drop)))
    }
}

impl Shm {
    /// Recovers the slot of another session if that session is dead. Returns whether it was.
    pub(super) fn recover_if_dead(&self, slot: u16) -> Result<bool> {
        if slot == self.me { Ok(false) } else { self.shared.recover_if_dead(slot) }
    }

    /// Recovers the dead among the sessions that a conflict over the record would name. Returns whether there were any.
    pub(super) fn recover_dead_holders(&self, record: Record<'_>) -> Result<bool> {
        let named: Vec<u16> = self.holders_in_the_way(record).collect();
        named.into_iter().try_fold(false, |any, slot| Ok(self.recover_if_dead(slot)? || any))
    }

    /// Like [`recover_dead_holders`](Self::recover_dead_holders), but probes only a few of the sessions: for a session
    /// that waits until all of them have left.
    pub(super) fn recover_some_dead_holders(&self, record: Record<'_>) -> Result<bool> {
        let named: Vec<u16> = self.holders_in_the_way(record).take(MAX_PROBES).collect();
        named.into_iter().try_fold(false, |any, slot| Ok(self.recover_if_dead(slot)? || any))
    }

    /// The slots that a conflict over the record would name: writer, owner, readers.
    fn holders_in_the_way(&self, record: Record<'_>) -> impl Iterator<Item = u16> {
        let (state, owner) = (record.state(), record.owner());
        let writes = matches!(state.mode(), Some(Mode::Exclusive | Mode::Publishing | Mode::Pending | Mode::Adopting));
        let writer = writes.then(|| state.slot());
        let owner = (owner.kind() == OwnerKind::Slot).then(|| owner.slot());
        writer.into_iter().chain(owner).chain(self.shared.reader_slots(record))
    }

    /// Frees what dead sessions held. Returns whether anything was freed. A damaged slot frees nothing, and is not an
    /// error.
    pub(super) fn free_by_recovery(&self) -> Result<bool> {
        let (freed, looked) = self.sweep();
        beside_damage(looked).map(|()| freed > 0)
    }

    /// Recovers every other dead session, and drops each object that was not claimed in time. Returns how many sessions
    /// and objects these were, and the first error.
    pub(super) fn sweep(&self) -> (usize, Result<()>) {
        let (dead, looked) = self.shared.recover_all(Some(self.me));
        (dead + self.shared.used_records().filter(|record| self.drop_expired_transit(*record)).count(), looked)
    }

    /// Probes a few sessions at every 64th put. A `put` is never refused because of another session's slot: a slot that
    /// cannot be probed or recovered is left to the next time.
    pub(super) fn recover_now_and_then(&self) {
        // Relaxed: a counter that decides when to probe, and nothing else.
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
