//! What the dead left: recovered by whoever gets their lock, any number of times, from any point.
//!
//! | killed after | left behind | repaired to |
//! |---|---|---|
//! | setting a reader bit | the bit | cleared; a doomed object is reclaimed |
//! | clearing it | maybe a doomed, unread object | reclaimed, since every doomed record is looked at |
//! | staging, or half of it | `Exclusive`, a torn file | the stage is emptied, the old version stays |
//! | the swap to `Publishing`, or later | `Publishing` | the commit stands and is rolled forward |
//! | dooming its object | owner still named | owner cleared, reclaimed when unread |
//! | beginning to reclaim | `Reclaiming` | finished |
//! | beginning to make | `Init` | undone |
//! | re-homing | two records of one owner | both doomed |
//! | sending | `Transit` | redeemable until its deadline |
//! | recovering | any of these | both locks are free; the next one repeats |

use super::Table;
use super::layout::{GROUP, Header};
use super::record::{Mode, OwnerKind, OwnerWord, Record, State, after};
use super::slot::{Probe, Slot};
use crate::error::Result;
use crate::id::Epoch;
use crate::sync::{Ordering, fence, fence_unless, mutant, point};

/// The mode that a record goes back to from a writer.
pub(super) fn at_rest_again(record: Record<'_>) -> Mode {
    match record.owner().kind() {
        OwnerKind::Detached | OwnerKind::Published => Mode::Open,
        OwnerKind::None | OwnerKind::Slot | OwnerKind::Transit => Mode::Taken,
    }
}

/// What a record goes back to from a dead writer.
fn after_death(rest: Mode, dead: u16, epoch: u64) -> State {
    match rest {
        Mode::Taken => State::new(Mode::Died, dead, epoch),
        rest => State::new(rest, 0, epoch),
    }
}

/// Whether the dead session may have left something in the record. Of a million records hardly any: so this is a look at
/// three words. Nobody but its recoverer changes what a dead session left; and every doomed record concerns it, since
/// its last holder may have died before it looked.
#[inline]
fn concerns(record: Record<'_>, dead: u16) -> bool {
    let doomed = record.state().doomed() && !mutant("recover only what the dead held");
    doomed || is_held_by(record, dead)
}

/// Whether a word of the record is of the session in the slot, for others to wait for.
#[inline]
pub(super) fn is_held_by(record: Record<'_>, slot: u16) -> bool {
    let state = record.state();
    let moved_by_it = state.slot() == slot && !state.at_rest() && !state.is(Mode::Free);
    let reads = record.readers(slot / GROUP).load(Ordering::Acquire) & 1 << (slot % GROUP) != 0;
    moved_by_it || reads || record.owner().is_slot(slot)
}

impl Table {
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

    /// Releases everything on behalf of a dead process. The caller holds its lock.
    pub(super) fn recover(&self, slot: &Slot) -> Result<()> {
        let dead = slot.number;
        // Of whoever dooms an object and a reader who died between its bit and its look, one sees the other.
        fence(Ordering::SeqCst);
        for record in self.used_records().filter(|record| concerns(*record, dead)) {
            self.recover_writer(record, dead)?;
            self.clear_bit_of(record, dead);
            point("recover.bit");
            self.recover_owner(record, dead);
            self.try_reclaim(dead, record)?;
        }
        point("recover.records");
        if mutant("recover without emptying the stage") {
            return Ok(());
        }
        self.recover_stage(dead)?;
        self.folder.empty_subfolder(&format!("stage/{dead}"))
    }

    /// Removes the names of versions that the dead session did not come to commit. Its records are recovered, so a version
    /// that is not current now never will be: its token was the dead session's.
    fn recover_stage(&self, dead: u16) -> Result<()> {
        for (index, version) in self.versions().on_stage(dead)? {
            let lost = self.record(index).is_some_and(|record| record.current() != version);
            point("recover.lost");
            if lost {
                self.versions().unstage(dead, index, version)?;
            }
        }
        Ok(())
    }

    /// Every record that was ever in use.
    pub(super) fn used_records(&self) -> impl Iterator<Item = Record<'_>> {
        let used = self.map.header(Header::HighWater).load(Ordering::Acquire);
        (0..self.map.layout().records)
            .take_while(move |index| u64::from(*index) < used)
            .filter_map(|index| self.record(index))
    }

    fn recover_writer(&self, record: Record<'_>, dead: u16) -> Result<()> {
        let state = record.state();
        if state.slot() != dead {
            return Ok(());
        }
        match state.mode() {
            Some(Mode::Init) => self.unmake(record, state),
            Some(Mode::Reclaiming) => self.finish_reclaim(record, state),
            Some(Mode::Publishing) => self.recover_commit(record, state),
            Some(Mode::Exclusive | Mode::Pending | Mode::Turning) => {
                point("recover.writer");
                if mutant("note a death by a store") {
                    record.set_note(u32::from(dead) + 1);
                }
                if !mutant("recover without the writer") {
                    self.leave_dead_writer(record, dead, state.epoch());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The commit of a dead session stands, if its version is there. A commit that is still on its way was reported to no
    /// caller. So without its bytes it is taken back, and the version before it stays.
    fn recover_commit(&self, record: Record<'_>, publishing: State) -> Result<()> {
        let (slot, version, rest) = (publishing.slot(), Epoch(publishing.epoch()), at_rest_again(record));
        let is_there = record.current() == version || self.versions().restore(slot, record.index, version)?;
        if is_there {
            return self.roll_forward(record, publishing, rest);
        }
        let left = record.shift(|state| {
            let same = state.names(Mode::Publishing, slot, version.0);
            let next = after_death(rest, slot, version.0);
            same.then(|| if state.doomed() { next.with_doom() } else { next })
        });
        left.into_iter().for_each(|before| self.wake_if(record, before));
        Ok(())
    }

    fn recover_owner(&self, record: Record<'_>, dead: u16) {
        if record.owner().is_slot(dead) {
            if mutant("recover the owner before the doom") {
                record.set_owner(OwnerWord::new(OwnerKind::None, 0, record.owner().seq()));
                point("recover.doomed");
            }
            // The doom first: the other order leaks the object when its recoverer dies in between.
            self.doom(record);
            point("recover.doomed");
            self.vacate(record);
            point("recover.disowned");
        }
    }

    /// The object has no owner any more. Fenced, as is coming to rest: of whoever disowns a doomed object and whoever
    /// ceases to write it, the later one sees what the earlier one did, and reclaims it.
    pub(super) fn vacate(&self, record: Record<'_>) {
        let owner = record.owner();
        let _only_we_move_it = record.shift_owner(owner, OwnerWord::new(OwnerKind::None, 0, owner.seq()));
        fence_unless("loom: disown without a fence");
    }

    /// Undoes the making of an object.
    pub(super) fn unmake(&self, record: Record<'_>, init: State) -> Result<()> {
        self.versions().unmake(record.index, Epoch(init.epoch()))?;
        point("unmake.removed");
        self.clear_fields(record);
        point("unmake.cleared");
        let _not_twice = record.shift_exactly(init, State::new(Mode::Free, 0, init.epoch()));
        Ok(())
    }

    /// Ends an exclusive borrow without a commit, or what was to become one. Whoever waits is woken.
    pub(super) fn leave_writer(&self, record: Record<'_>, slot: u16, token: u64) {
        self.leave(record, slot, token, |rest, epoch| State::new(rest, 0, epoch));
    }

    /// The same on behalf of a dead session. The swap itself says which session died: any other word may have another
    /// meaning by the time that a recoverer comes to it, since the lender need not wait for the recovery.
    pub(super) fn leave_dead_writer(&self, record: Record<'_>, dead: u16, token: u64) {
        self.leave(record, dead, token, |rest, epoch| after_death(rest, dead, epoch));
    }

    fn leave(&self, record: Record<'_>, slot: u16, token: u64, to: impl Fn(Mode, u64) -> State) {
        let rest = at_rest_again(record);
        let left = record.shift(|state| {
            let modes = [Mode::Exclusive, Mode::Pending, Mode::Turning];
            let same = modes.iter().any(|mode| state.names(*mode, slot, token));
            let next = to(if state.is(Mode::Turning) { Mode::Open } else { rest }, token);
            same.then(|| if state.doomed() { next.with_doom() } else { next })
        });
        fence_unless("loom: leave without a fence");
        point("leave.left");
        if let Ok(before) = left {
            self.wake_if(record, before);
        }
    }

    /// Completes a commit that has happened, by idempotent steps. The version has its name, so that nothing here needs
    /// room. An old file that cannot be removed now holds no caller up.
    pub(super) fn roll_forward(&self, record: Record<'_>, publishing: State, target: Mode) -> Result<()> {
        let version = Epoch(publishing.epoch());
        let (current, older) = (record.current(), record.prev());
        if current != version {
            if older != current {
                // The word is needed, so the version that an earlier commit could not remove goes now.
                let _tried_twice = self.versions().remove(record.index, older);
            }
            record.set_prev(current);
            point("commit.prev");
            record.set_current(version);
        }
        point("commit.current");
        let cleared = self.clear_up(record, publishing.slot(), version);
        let done = record.shift(|state| {
            let same = state.names(Mode::Publishing, publishing.slot(), publishing.epoch());
            same.then(|| state.to(target, 0, state.epoch()))
        });
        fence_unless("loom: complete without a fence");
        if let Ok(before) = done {
            self.wake_if(record, before);
        }
        cleared
    }

    /// Removes what the commit of `version` has replaced, and its entry of the stage. What is refused stays in `prev`, for
    /// the next commit. Right at any later time: a name is used once, and no object has a version older than
    /// `version`.
    pub(super) fn clear_up(&self, record: Record<'_>, slot: u16, version: Epoch) -> Result<()> {
        let prev = record.prev();
        let removed = match prev < version && !mutant("publish beside the old version") {
            true => self.versions().remove(record.index, prev),
            false => Ok(()),
        };
        if removed.is_ok() {
            record.forget_prev(prev);
        }
        point("commit.unlinked");
        let left = self.versions().leave_stage(slot, record.index, version);
        point("commit.unstaged");
        removed.and(left)
    }

    /// Marks the object as one that goes with its last holder.
    pub(super) fn doom(&self, record: Record<'_>) {
        if let Ok(before) = record.shift(|state| Some(state.with_doom())) {
            self.wake_if(record, before);
        }
    }

    /// Takes a doomed object apart if nobody holds it. `me` is the slot that the caller acts for.
    #[inline]
    pub(super) fn try_reclaim(&self, me: u16, record: Record<'_>) -> Result<()> {
        if record.state().doomed() { self.reclaim_doomed(me, record) } else { Ok(()) }
    }

    pub(super) fn reclaim_doomed(&self, me: u16, record: Record<'_>) -> Result<()> {
        let state = record.state();
        // An owner dooms its object, and disowns it next: the record must not be reused in between. An object without
        // an owner is doomed by one swap.
        let owned = matches!(record.owner_in_order().kind(), OwnerKind::Slot | OwnerKind::Transit);
        let disowned = !owned || mutant("reclaim before it is disowned");
        if !state.doomed() || !state.at_rest() || !disowned {
            return Ok(());
        }
        fence_unless("loom: reclaim without a fence");
        if self.reader_slots(record).next().is_some() && !mutant("reclaim what is read") {
            return Ok(());
        }
        let reclaiming = State::new(Mode::Reclaiming, me, after(state.epoch())?);
        match record.shift_exactly(state, reclaiming) {
            Ok(_) => {
                point("reclaim.taken");
                self.finish_reclaim(record, reclaiming)
            }
            Err(_) => Ok(()),
        }
    }

    pub(super) fn finish_reclaim(&self, record: Record<'_>, reclaiming: State) -> Result<()> {
        self.versions().remove(record.index, record.current())?;
        self.versions().remove(record.index, record.prev())?;
        point("reclaim.removed");
        self.clear_fields(record);
        point("reclaim.cleared");
        let epoch = if mutant("reuse epochs") { 0 } else { reclaiming.epoch() };
        let _not_twice = record.shift_exactly(reclaiming, State::new(Mode::Free, 0, epoch));
        Ok(())
    }

    /// Clears what a record says of its object: never its epoch, its sequence, or anybody's reader bit.
    fn clear_fields(&self, record: Record<'_>) {
        record.set_birth(0);
        point("clear.birth");
        record.set_owner(OwnerWord::new(OwnerKind::None, 0, record.owner().seq()));
        record.set_ticket(crate::id::Right(0));
        record.set_note(0);
        record.set_prev(Epoch(0));
        point("clear.prev");
        record.set_current(Epoch(0));
    }

    /// The object of the caller goes with its last holder, which may be the caller.
    pub(super) fn disown(&self, record: Record<'_>) {
        self.doom(record);
        point("drop.doomed");
        self.vacate(record);
        point("drop.disowned");
    }
}
