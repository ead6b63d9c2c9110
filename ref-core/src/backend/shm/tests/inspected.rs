//! Looks into a store: each entry is of one moment, the dead are seen as dead, and a look changes no byte.

use super::{RIGHT, Shm, Stage, VersionsIn};
use crate::backend::inspect::{Inspect, ObjectEntry};
use crate::backend::shm::inspect::inspect;
use crate::backend::shm::open::Location;
use crate::backend::shm::state::{OwnerKind, OwnerWord};
use crate::backend::{Backend as _, ObjectState};
use crate::error::ErrorKind;
use crate::id::ObjectId;
use crate::ledger::{Command, Reply};
use crate::sync::interrupt;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

impl Stage {
    pub(super) fn location(&self) -> Location {
        Location::Folder(self.folder.path().join("store"))
    }

    fn look(&self) -> Box<dyn Inspect> {
        inspect(&self.location()).unwrap()
    }
}

/// Returns the entries, without the times and lines of holders, which are notes.
fn entries(store: &dyn Inspect) -> Vec<ObjectEntry> {
    let mut entries: Vec<_> = store.objects().unwrap().into_iter().map(|found| found.entry).collect();
    for holder in entries.iter_mut().flat_map(|entry| entry.owner.iter_mut().chain(&mut entry.holders)) {
        (holder.process.since, holder.process.at) = (None, None);
    }
    entries
}

fn claim(heir: &Shm, object: ObjectId) {
    heir.ask(object, Command::Claim { seq: 1, right: RIGHT }).unwrap();
}

/// What another session does in the middle of a look.
type Meanwhile = fn(&Shm, &Shm, ObjectId);

/// The object is read by the second session before, and another session changes it while a look loads its words. The
/// entry is that of the moment before, or that of the moment after.
#[test]
fn an_entry_is_of_one_moment() {
    let changes: [(&str, Meanwhile); 5] = [
        ("a commit, and then detached", |owner, writer, object| {
            let token = owner.written_by(object, writer);
            writer.ask(object, Command::Commit { token }).unwrap();
            owner.ask(object, Command::End).unwrap();
            owner.ask(object, Command::Detach).unwrap();
        }),
        ("a reader comes", |owner, reader, object| owner.read_by(object, reader)),
        ("a writer comes", |owner, writer, object| {
            owner.written_by(object, writer);
        }),
        ("another owner", |owner, heir, object| {
            owner.send_away(object);
            claim(heir, object);
        }),
        ("another object in the record", |owner, heir, object| {
            owner.ask(object, Command::DropOwner).unwrap();
            heir.new_object();
        }),
    ];
    let mut played = 0;
    for (what, change) in changes {
        for nth in 0..4 {
            let stage = Stage::new(VersionsIn::Both);
            let (owner, other) = (Rc::new(stage.open()), Rc::new(stage.open()));
            let object = owner.new_object();
            let store = stage.look();
            let before = entries(&*store);
            let meanwhile = {
                let (owner, other) = (Rc::clone(&owner), Rc::clone(&other));
                Box::new(move || change(&owner, &other, object))
            };
            let (during, interrupted) = interrupt(nth, meanwhile, || entries(&*store));
            let after = entries(&*store);
            assert!(before != after || !interrupted, "{what} is seen");
            assert!(during == before || during == after, "{what} at point {nth}: {during:#?}, and then {after:#?}");
            played += u32::from(interrupted);
        }
    }
    assert!(played >= 10, "only {played} interruptions were played");
}

/// Returns the bytes and the time of the last change of every file and folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let changed = std::fs::symlink_metadata(&path).unwrap().modified().unwrap();
        if path.is_dir() {
            found.extend(contents(&path));
        }
        found.insert(path.clone(), (std::fs::read(&path).unwrap_or_default(), changed));
    }
    found
}

/// A look at a store that only dead sessions had open recovers nothing, and the next session recovers all.
#[test]
fn a_look_at_the_dead_changes_no_byte() {
    let stage = Stage::new(VersionsIn::Both);
    let (owner, writer) = (stage.open(), stage.open());
    let (lent, kept) = (owner.new_object(), owner.new_object());
    owner.written_by(lent, &writer);
    owner.ask(kept, Command::Detach).unwrap();
    owner.die();
    writer.die();
    let before = contents(stage.folder.path());
    let store = stage.look();
    let found = entries(&*store);
    assert_eq!(
        found.iter().map(|entry| entry.state).collect::<Vec<_>>(),
        [ObjectState::LentExclusively, ObjectState::Detached]
    );
    assert!(!found[0].owner.as_ref().unwrap().is_alive && !found[0].holders[0].is_alive, "{found:?}");
    let sessions = store.sessions().unwrap();
    assert_eq!(sessions.iter().map(|session| session.is_alive).collect::<Vec<_>>(), [false, false]);
    assert!(contents(stage.folder.path()) == before, "a look has changed the store");

    let heir = stage.open();
    assert_eq!(entries(&*store).iter().map(|entry| entry.id).collect::<Vec<_>>(), [kept]);
    assert_eq!(store.sessions().unwrap().iter().map(|session| session.is_alive).collect::<Vec<_>>(), [true]);
    drop(heir);
}

#[test]
fn a_look_makes_no_store_and_keeps_none() {
    let stage = Stage::new(VersionsIn::Both);
    let missing = inspect(&stage.location()).map(drop).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::StoreRemoved);
    assert!(contents(stage.folder.path()).is_empty());
    let session = stage.open();
    let store = stage.look();
    let ledger = stage.folder.path().join("store/ledger");
    assert!(ledger.exists());
    drop(session);
    std::fs::remove_file(&ledger).unwrap();
    assert_eq!(store.objects().unwrap_err().kind(), ErrorKind::StoreRemoved);
    assert_eq!(store.sessions().unwrap_err().kind(), ErrorKind::StoreRemoved);
}

/// A version without a file, and a record that names a session which the store has no room for.
#[test]
fn what_is_wrong_with_an_object_is_in_its_entry() {
    let stage = Stage::new(VersionsIn::Files);
    let owner = stage.open();
    let (first, second) = (owner.new_object(), owner.new_object());
    let Reply::Version(version) =
        owner.ask(first, Command::OwnerCommit { base: owner.current(first).unwrap() }).unwrap()
    else {
        panic!("a version")
    };
    owner.shared.versions().remove(first.index, version).unwrap();
    let record = owner.shared.record(second.index).unwrap();
    let owned = record.owner();
    record.set_owner(OwnerWord::new(OwnerKind::Slot, 8, 0));
    let found = entries(&*stage.look());
    let problem = |nth: usize| found[nth].problem.as_deref().unwrap_or_default();
    assert!(problem(0).contains("was removed from the store's folder"), "{:?}", found[0]);
    assert_eq!(found[0].state, ObjectState::Idle);
    assert!(problem(1).contains("names slot 8 of a store with 8"), "{:?}", found[1]);
    assert_eq!(found[1].state, ObjectState::Damaged);
    record.set_owner(owned);
}
