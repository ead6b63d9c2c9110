//! The backend's trait for a session: the checks before each call, and the errors for refused commands.

use super::content::{NewBytes, NextVersion};
use super::denied::Denied;
use super::errors::{lost, removed};
use super::folder::{is_named, is_removed};
use super::layout::{Header, HeaderHalf};
use super::names::LEDGER;
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::{Mode, OwnerKind};
use super::version::Versions;
use super::{clock, dispatch, doorbell, exit, fork, timed, types, unnamed};
use crate::backend::{
    Awaited, Backend, Bytes, Caller, Doorbell, Hold, Inspect, ObjectName, Pieces, QueuePlace, Stats, VersionFile,
    Watch, forked, refuse,
};
use crate::error::{Error, ErrorKind, Holder, Result};
use crate::id::{Epoch, ObjectId, StoreId};
use crate::ledger::{Command, Refusal, Reply};
use crate::sync::{Arc, Ordering, mutant};
use std::fs::File;
use std::time::Duration;

/// For how many milliseconds a look that found the store counts, for a small value.
const FOUND_FOR: u64 = 10;

impl Shm {
    /// Refuses a forked child, and a session that lost its slot. Otherwise tries the steps again that the system
    /// refused earlier. Every method of [`Backend`] here that returns a `Result` calls this first.
    fn check(&self) -> Result<()> {
        if !fork::is_original_process() {
            return Err(forked());
        }
        match &self.slot {
            Some(slot) if slot.is_mine(&self.shared.map) => {
                self.retry_unfinished();
                Ok(())
            }
            _ => Err(exit::explain_lost_slot()),
        }
    }

    /// Fails with `StoreRemoved` if other processes would not find a change of this session: the ledger, or the lock
    /// file that proves this session's life, is not in the store's folder any more.
    fn check_found(&self) -> Result<()> {
        let SharedStore { folder, file, .. } = &self.shared;
        let seen =
            is_named(folder, LEDGER, file) && self.slot.as_ref().is_none_or(|slot| slot.is_lock_in_place(folder));
        if seen { Ok(()) } else { Err(removed()) }
    }

    /// Does the same as [`check_found`](Self::check_found) before a version of `length` bytes is written. If the version
    /// may have cells, looks only if the last look was [`FOUND_FOR`] ago: a look takes calls of the system, which a
    /// small value does without.
    fn check_found_for(&self, length: usize) -> Result<()> {
        if !self.shared.cells().fits(length) {
            return self.check_found();
        }
        // Relaxed: the time only decides when to look.
        let now = clock::coarse_millis();
        if now.abs_diff(self.found.load(Ordering::Relaxed)) > FOUND_FOR {
            self.check_found()?;
            self.found.store(now, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Returns `StoreRemoved` instead of an I/O error if the store's ledger was removed, and otherwise the same error.
    fn explain(&self, error: Error) -> Error {
        let store_removed = error.kind() == ErrorKind::Io && is_removed(&self.shared.file);
        if store_removed { removed() } else { error }
    }

    /// Returns `Corrupt` instead of `Gone` if the record still names the version, and its object is neither doomed nor
    /// being reclaimed. In this case, something else removed the file: this crate removes the file of a current version
    /// only when it reclaims the object or undoes its making. Otherwise returns the same error.
    fn explain_missing(&self, object: ObjectId, version: Epoch, error: Error) -> Error {
        let is_current = |record: Record<'_>| {
            let state = record.state();
            record.current() == version && !state.doomed() && !state.is(Mode::Free) && !state.is(Mode::Reclaiming)
        };
        // This is a second look at the record, as in a seqlock: the record may have been given to another object since
        // the first look.
        let is_lost = self.record(object).is_some_and(is_current) && self.record(object).is_some();
        if error.kind() == ErrorKind::Gone && is_lost { lost() } else { error }
    }

    /// Runs a command, as [`Backend::apply`] does.
    fn run(&self, object: ObjectId, command: Command, version: NextVersion<'_>, at: Caller) -> Result<Reply> {
        self.check()?;
        match command {
            Command::Commit { .. } | Command::Checkpoint { .. } | Command::OwnerCommit { .. } => {
                self.check_found_for(version.length())?;
            }
            Command::Send { .. } | Command::Detach | Command::DetachFor { .. } | Command::Publish => {
                self.check_found()?
            }
            _ => {}
        }
        if let Some(reply) = self.fast_path(object, command, at) {
            return Ok(reply);
        }
        let answer = loop {
            let Some(record) = self.record(object) else { break dispatch::absent(command) };
            match self.dispatch(object, record, command, version, at) {
                // No session is refused because of a dead session. The dead session is recovered, and the command is
                // tried again.
                Err(Denied::By(Refusal::Conflict(_), _)) if self.recover_dead_holders(record)? => {}
                Err(Denied::By(refusal, _))
                    if dispatch::is_of_an_owner(command, refusal)
                        && record.is_over(object)
                        && !mutant("say whose a dropped object is") =>
                {
                    break dispatch::absent(command);
                }
                answer => break answer,
            }
        };
        answer.map_err(|denied| match denied {
            Denied::By(refusal, holders) => refuse(object, command, refusal, holders),
            Denied::Error(error) => self.explain(error),
        })
    }

    /// Returns how this session borrows the record's object, or `None`. An exclusive borrow of a doomed object does not
    /// count.
    pub(super) fn hold_of(&self, record: Record<'_>) -> Option<Hold> {
        let state = record.state();
        if state.is(Mode::Exclusive) && state.slot() == self.me && !state.doomed() {
            return Some(Hold::Exclusive(Epoch(state.epoch())));
        }
        self.counts.holds(record.index).then_some(Hold::Shared)
    }
}

impl Backend for Shm {
    fn id(&self) -> StoreId {
        // Relaxed: the number is written while the ledger's lock is held exclusively, before this session begins.
        StoreId(self.shared.map.header(Header::Store).load(Ordering::Relaxed))
    }

    fn put(&self, bytes: Pieces<'_>, at: Caller) -> Result<(ObjectId, Epoch)> {
        self.check()?;
        self.check_found_for(length_of(bytes))?;
        self.recover_now_and_then();
        self.make_object(NewBytes::Pieces(bytes), at).map_err(|error| self.explain(error))
    }

    fn put_in_place(&self, length: usize, fill: &mut dyn FnMut(&mut [u8]), at: Caller) -> Result<(ObjectId, Epoch)> {
        if self.shared.cells().fits(length) {
            let mut bytes = vec![0; length];
            fill(&mut bytes);
            return self.put(&[&bytes], at);
        }
        self.check()?;
        self.check_found()?;
        self.recover_now_and_then();
        self.make_object(NewBytes::InPlace { length, fill }, at).map_err(|error| self.explain(error))
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: Pieces<'_>, at: Caller) -> Result<Reply> {
        self.run(object, command, NextVersion::Pieces(bytes), at)
    }

    fn write_unnamed(&self, bytes: Pieces<'_>) -> Option<File> {
        self.check().ok()?;
        unnamed::write_unnamed(&self.shared.folder, bytes)
    }

    fn write_file(&self, object: ObjectId, base: Epoch, file: &VersionFile, at: Caller) -> Result<Reply> {
        self.run(object, Command::OwnerCommit { base }, NextVersion::File(file), at)
    }

    fn publish(&self, object: ObjectId, name: &ObjectName, at: Caller) -> Result<()> {
        self.check()?;
        self.check_found()?;
        self.publish_as(object, name, at)
    }

    fn named(&self, name: &ObjectName) -> Result<Option<ObjectId>> {
        self.check()?;
        self.follow(name)
    }

    fn settle_name(&self, _name: &ObjectName) -> Result<()> {
        self.check()?;
        self.settle_index()
    }

    fn forget_name(&self, name: &ObjectName, object: ObjectId) -> Result<()> {
        self.check()?;
        self.remove_name(name, object)
    }

    fn names(&self, prefix: &str) -> Result<Vec<(ObjectName, ObjectId)>> {
        self.check()?;
        self.shared.list_names(prefix)
    }

    fn read(&self, object: ObjectId, version: Epoch) -> Result<Bytes> {
        self.check()?;
        self.shared.read(object.index, version).map_err(|error| self.explain_missing(object, version, error))
    }

    fn maps(&self, length: usize) -> bool {
        Versions::maps(length as u64)
    }

    fn is_newest(&self, object: ObjectId, version: Epoch) -> Result<bool> {
        self.check()?;
        Ok(self.shared.record(object.index).is_some_and(|record| record.has_newest(object, version)))
    }

    fn current(&self, object: ObjectId) -> Result<Epoch> {
        self.check()?;
        let gone = || refuse(object, Command::Get, Refusal::Gone, Vec::new());
        let record = self.record(object).ok_or_else(gone)?;
        let state = record.state();
        let is_over = state.doomed() || timed::is_over(record, state);
        let version = if is_over { return Err(gone()) } else { record.current() };
        // This is a second look: the record may be another object's by now. An id is never used again.
        self.record(object).map(|_| version).ok_or_else(gone)
    }

    fn watch(&self, object: ObjectId) -> Watch {
        // Acquire: pairs with the release in `wake`. The caller gives its command after this load (event count).
        Watch(self.shared.record(object.index).map_or(0, |record| record.event().load(Ordering::Acquire)))
    }

    fn wait(&self, object: ObjectId, watch: Watch, slice: Duration) {
        let Some(record) = self.shared.record(object.index) else { return };
        if self.announce_wait(record, true) {
            self.wait_for_change(record, watch.0, slice);
        }
    }

    fn wait_for_version(&self, object: ObjectId, known: Epoch, watch: Watch, slice: Duration) {
        if let Some(record) = self.record(object)
            && self.announce_watch(object, record, known)
        {
            self.sleep_until_changed(record, watch.0, slice);
        }
    }

    fn wait_for_detach(&self, object: ObjectId, watch: Watch, slice: Duration) {
        if let Some(record) = self.record(object)
            && self.announce_detach_wait(object, record)
        {
            self.sleep_until_changed(record, watch.0, slice);
        }
    }

    fn watch_name(&self, _name: &ObjectName) -> Watch {
        Watch(self.shared.announce_name_wait())
    }

    fn wait_for_name(&self, _name: &ObjectName, watch: Watch, slice: Duration) {
        self.wait_for_publication(watch.0, slice);
    }

    fn reserve_in_turn(&self, object: ObjectId, place: &mut Option<QueuePlace>, at: Caller) -> Result<Option<Reply>> {
        self.check()?;
        if !self.is_turn(object, place.as_ref()) {
            self.join_queue(object, place);
            return Ok(None);
        }
        let reply = self.apply(object, Command::Reserve, &[], at);
        match &reply {
            Ok(_) => place.take().into_iter().for_each(|place| self.leave_queue(object, &place)),
            Err(error) if error.kind() == ErrorKind::Conflict => self.join_queue(object, place),
            Err(_) => {}
        }
        reply.map(Some)
    }

    fn wait_in_queue(&self, object: ObjectId, place: &mut QueuePlace, slice: Duration) {
        self.wait_for_turn(object, place, slice);
    }

    fn leave_queue(&self, object: ObjectId, place: &QueuePlace) {
        if self.is_opener() {
            self.give_place_back(object, place);
        }
    }

    fn arm(&self, awaited: &Awaited, _watch: Watch) -> bool {
        match *awaited {
            Awaited::Borrowers(object) | Awaited::Readers(object) => {
                let has_reserved = matches!(awaited, Awaited::Readers(_));
                self.shared.record(object.index).is_some_and(|record| self.announce_wait(record, has_reserved))
            }
            Awaited::Version(object, known) => {
                self.record(object).is_some_and(|record| self.announce_watch(object, record, known))
            }
            Awaited::Detachment(object) => {
                self.record(object).is_some_and(|record| self.announce_detach_wait(object, record))
            }
            // `watch_name` has noted it.
            Awaited::Name(_) => true,
        }
    }

    fn is_changed(&self, awaited: &Awaited, watch: Watch) -> bool {
        let word = match awaited.object() {
            Some(object) => self.shared.record(object.index).map(|record| record.event()),
            None => Some(self.shared.map.header_half(HeaderHalf::Named)),
        };
        word.is_none_or(|word| word.load(Ordering::Acquire) != watch.0)
    }

    fn recover_awaited(&self, awaited: &Awaited) {
        if let Some(record) = awaited.object().and_then(|object| self.record(object)) {
            // The caller looks again in any case, and gets the error that the system gives.
            let _recovered = self.recover_some_dead_holders(record);
        }
    }

    fn doorbell(&self) -> Result<Option<Arc<dyn Doorbell>>> {
        doorbell::map(&self.shared)
    }

    fn hold(&self, object: ObjectId) -> Result<Option<Hold>> {
        self.check()?;
        Ok(self.record(object).and_then(|record| self.hold_of(record)))
    }

    fn is_offered(&self, object: ObjectId) -> Result<bool> {
        self.check()?;
        Ok(self.record(object).is_some_and(|record| record.state().is(Mode::Offered)))
    }

    fn describe(&self, fingerprint: u64, description: &str) -> bool {
        self.check().is_ok()
            && self.check_found().is_ok()
            && types::write(&self.shared.folder, fingerprint, description)
    }

    fn description(&self, fingerprint: u64) -> Option<String> {
        self.check().ok().and_then(|()| types::read(&self.shared.folder, fingerprint))
    }

    fn detached(&self) -> Result<Vec<ObjectId>> {
        self.check()?;
        let detached = |record: Record<'_>| {
            let object = record.id();
            let state = record.state();
            let is_over = state.doomed() || timed::is_over(record, state);
            let is_detached = record.owner().kind() == OwnerKind::Detached && !is_over;
            // A second look: the record may have been given to another object since its id was read.
            (is_detached && record.id() == object).then_some(object)
        };
        Ok(self.shared.used_records().filter_map(detached).collect())
    }

    fn stats(&self) -> Result<Stats> {
        self.check()?;
        self.shared.count()
    }

    fn inspect(&self) -> Result<&dyn Inspect> {
        self.check()?;
        Ok(&self.shared)
    }

    fn died(&self, object: ObjectId) -> Option<Holder> {
        let record = self.record(object)?;
        record.dead_borrower().map(|slot| self.holder(slot, record))
    }

    fn reap(&self) -> Result<usize> {
        self.check()?;
        self.shared.note_clock_again();
        let (freed, looked) = self.sweep();
        looked?;
        self.sweep_index().map(|()| freed)
    }

    fn is_opener(&self) -> bool {
        fork::is_original_process()
    }

    fn is_open_in(&self, pid: u32) -> Option<bool> {
        let mut used = (0..self.shared.map.layout().slots).filter(|slot| self.shared.is_in_use(*slot));
        Some(used.any(|slot| self.shared.pid(slot) == pid))
    }

    fn is_superseded(&self, object: ObjectId, version: Epoch) -> bool {
        match self.current(object) {
            Ok(current) => current != version,
            Err(error) => error.kind() == ErrorKind::Gone,
        }
    }
}

fn length_of(bytes: Pieces<'_>) -> usize {
    bytes.iter().map(|piece| piece.len()).sum()
}
