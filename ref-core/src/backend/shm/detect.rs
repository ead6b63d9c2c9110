//! Looking for dead sessions, and recovering those that are found.

use super::errors::beside_damage;
use super::record::{Mode, OwnerKind, Record};
use super::session::Shm;
use super::shared::SharedStore;
use super::slot::Probe;
use crate::error::Result;
use crate::sync::Ordering;

/// How many of those in the way a waiter looks at between two questions.
const MAX_PROBES: usize = 8;

/// Every so many puts, a few other slots are looked at.
const PUTS_PER_CHECK: u32 = 64;

/// How many others a session looks at when it begins.
const LOOKS: usize = 16;

impl SharedStore {
    /// Recovers the slot if its process is dead; answers whether it was.
    pub(super) fn recover_if_dead(&self, slot: u16) -> Result<bool> {
        match self.probe(slot)? {
            Probe::Alive => Ok(false),
            Probe::Empty => Ok(false),
            Probe::Dead(slot) => {
                self.recover(&slot)?;
                slot.release(&self.map)?;
                Ok(true)
            }
        }
    }

    /// Recovers every slot whose process is dead; returns how many, and the first error. One that cannot be looked at keeps
    /// no other from it. `me` is left out.
    pub(super) fn recover_all(&self, me: Option<u16>) -> (usize, Result<()>) {
        let others = (0..self.map.layout().slots).filter(|slot| Some(*slot) != me);
        others.map(|slot| self.recover_if_dead(slot)).fold((0, Ok(())), |(sum, all), one| match one {
            Ok(was_dead) => (sum + usize::from(was_dead), all),
            Err(error) => (sum, all.and(Err(error))),
        })
    }

    /// Looks at a few of the slots in use, and recovers those whose process is dead.
    pub(super) fn recover_some_dead(&self, me: u16) -> Result<()> {
        let in_use = |slot: &u16| *slot != me && self.is_in_use(*slot);
        let used: Vec<u16> = (0..self.map.layout().slots).filter(in_use).collect();
        // Others who open begin elsewhere.
        let first = std::process::id() as usize % used.len().max(1);
        let few = used.iter().cycle().skip(first).take(LOOKS.min(used.len()));
        few.into_iter().try_for_each(|slot| beside_damage(self.recover_if_dead(*slot).map(drop)))
    }
}

impl Shm {
    /// Recovers another session's slot if its process is dead.
    pub(super) fn recover_if_dead(&self, slot: u16) -> Result<bool> {
        if slot == self.me { Ok(false) } else { self.shared.recover_if_dead(slot) }
    }

    /// Recovers whoever is dead of those that a conflict over the record would name; whether there was anybody.
    pub(super) fn recover_dead_holders(&self, record: Record<'_>) -> Result<bool> {
        let named: Vec<u16> = self.holders_in_the_way(record).collect();
        named.into_iter().try_fold(false, |any, slot| Ok(self.recover_if_dead(slot)? || any))
    }

    /// The same of a few of them, while waiting for all.
    pub(super) fn recover_some_dead_holders(&self, record: Record<'_>) -> Result<bool> {
        let named: Vec<u16> = self.holders_in_the_way(record).take(MAX_PROBES).collect();
        named.into_iter().try_fold(false, |any, slot| Ok(self.recover_if_dead(slot)? || any))
    }

    fn holders_in_the_way(&self, record: Record<'_>) -> impl Iterator<Item = u16> {
        let (state, owner) = (record.state(), record.owner());
        let writes = matches!(state.mode(), Some(Mode::Exclusive | Mode::Publishing | Mode::Pending | Mode::Adopting));
        let writer = writes.then(|| state.slot());
        let owner = (owner.kind() == OwnerKind::Slot).then(|| owner.slot());
        writer.into_iter().chain(owner).chain(self.shared.reader_slots(record))
    }

    /// Gives back what the dead held. A slot that is damaged frees nothing, and hinders nothing.
    pub(super) fn free_by_recovery(&self) -> Result<bool> {
        let (freed, looked) = self.sweep();
        beside_damage(looked).map(|()| freed > 0)
    }

    /// Recovers every other session whose process is dead, and drops each object that was not claimed in time; returns how many
    /// there were, and whether all could be looked at.
    pub(super) fn sweep(&self) -> (usize, Result<()>) {
        let (dead, looked) = self.shared.recover_all(Some(self.me));
        (dead + self.shared.used_records().filter(|record| self.drop_expired_transit(*record)).count(), looked)
    }

    /// Now and then, looks at a few sessions, and recovers the dead among them. A `put` is never refused because of another
    /// session's slot: a slot that cannot be looked at or recovered is left to the next look.
    pub(super) fn recover_now_and_then(&self) {
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
