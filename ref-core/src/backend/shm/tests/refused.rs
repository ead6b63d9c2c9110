//! Every operation is run several times, each time with another of its named system calls refused. Either the operation
//! fails and has changed nothing, or it is done. Files that could not be removed are removed by the session's next
//! call.

use super::audit::audit;
use super::scenes::everywhere;
use super::{NEW, OLD, Shm, Stage, VersionsIn, here};
use crate::backend::Backend as _;
use crate::backend::shm::locate::Staged;
use crate::error::{ErrorKind, Result};
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};
use crate::sync::{Outcome, play, refuse};

#[test]
fn an_operation_with_a_refused_call_leaves_nothing_half_done() {
    let mut refused = 0;
    for (scene, versions) in everywhere() {
        for nth in 0.. {
            let stage = Stage::new(versions);
            let (actor, other) = (stage.open_with_retired(), stage.open());
            let props = (scene.prepare)(&actor, &other);
            let (told, is_refused) = refuse(nth, || (scene.act)(&actor, &props));
            let when = format!("{}, refused at call {nth}", scene.name);
            if let Err(error) = told {
                assert_eq!(error.kind(), ErrorKind::StoreFull, "{when}: {error}");
            }
            actor.reap().unwrap();
            audit(&other, &[&actor, &other], stage.folder.path(), &when);
            drop(actor);
            other.reap().unwrap();
            audit(&other, &[&other], stage.folder.path(), &format!("{when}, and its actor left"));
            if !is_refused {
                break;
            }
            refused += 1;
        }
    }
    assert!(refused >= 30, "only {refused} calls were refused");
}

/// If there is no next call, the recoverer of the session's slot removes the files that could not be removed.
#[test]
fn what_a_session_could_not_clear_up_is_cleared_up_when_it_is_gone() {
    for (scene, versions) in everywhere() {
        for nth in 0.. {
            let stage = Stage::new(versions);
            let (actor, other) = (stage.open_with_retired(), stage.open());
            let props = (scene.prepare)(&actor, &other);
            let (_refused_or_done, is_refused) = refuse(nth, || (scene.act)(&actor, &props));
            drop(actor);
            other.reap().unwrap();
            audit(&other, &[&other], stage.folder.path(), &format!("{}, refused at call {nth}", scene.name));
            if !is_refused {
                break;
            }
        }
    }
}

fn write(session: &Shm, object: ObjectId, command: Command, bytes: &[u8]) -> Result<Epoch> {
    session.apply(object, command, &[bytes], here()).map(|reply| match reply {
        Reply::Version(version) => version,
        other => panic!("{other:?}"),
    })
}

/// Writes one value and, if that is refused, another. Checks that the acknowledged value is stored. Returns whether a
/// call was refused.
fn write_twice(session: &Shm, object: ObjectId, command: Command, nth: u32) -> bool {
    let before = session.current(object).unwrap();
    let (told, is_refused) = refuse(nth, || write(session, object, command, NEW));
    let stored = |version| session.read(object, version).unwrap().to_vec();
    let version = match told {
        Ok(version) => {
            assert_eq!(stored(version), NEW, "call {nth}");
            version
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::StoreFull, "call {nth}: {error}");
            assert_eq!(session.current(object).unwrap(), before, "call {nth}");
            let version = write(session, object, command, OLD).unwrap();
            assert_eq!(stored(version), OLD, "call {nth}: the refused value was stored");
            version
        }
    };
    assert_eq!(session.current(object).unwrap(), version);
    is_refused
}

#[test]
fn a_refused_commit_is_not_done_and_one_that_is_done_is_not_refused() {
    let (mut commits, mut flushes) = (0, 0);
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Files);
        let (owner, writer) = (stage.open(), stage.open());
        let object = owner.new_object();
        let token = owner.written_by(object, &writer);
        if !write_twice(&writer, object, Command::Commit { token }, nth) {
            break;
        }
        let ended = owner.ask(object, Command::End).unwrap();
        assert_eq!(ended, Reply::Ended { version: token, redeemed: true }, "the lender is not locked out");
        commits += 1;
    }
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Files);
        let owner = stage.open();
        let object = owner.new_object();
        let base = owner.current(object).unwrap();
        if !write_twice(&owner, object, Command::OwnerCommit { base }, nth) {
            break;
        }
        owner.lend(object);
        flushes += 1;
    }
    // The calls: make the file, write it, link its name, remove the old version, remove the entry in the stage.
    assert_eq!((commits, flushes), (5, 5));
}

/// The late removal for an earlier commit does not clear `prev`, which names the version that a later commit replaced.
#[test]
fn the_late_removal_of_an_earlier_commit_forgets_no_version_of_a_later_one() {
    let stage = Stage::new(VersionsIn::Files);
    let owner = stage.open();
    let object = owner.new_object();
    let base = owner.current(object).unwrap();
    let first = write(&owner, object, Command::OwnerCommit { base }, NEW).unwrap();
    // Call 3 removes the version that the commit replaces.
    let (second, is_refused) = refuse(3, || write(&owner, object, Command::OwnerCommit { base: first }, NEW));
    let record = owner.record(object).unwrap();
    assert!(is_refused && second.is_ok());
    assert_eq!(record.prev(), first);
    owner.shared.remove_replaced(record, owner.me, first, Staged::File).unwrap();
    assert_eq!(record.prev(), first);
    owner.reap().unwrap();
    audit(&owner, &[&owner], stage.folder.path(), "removed late");
}

/// Returns a store with an owner, a writer and their object. The writer stopped in its commit, right after the swap.
/// Returns `None` if the `nth` point of a commit is another one.
fn swapped(nth: u32) -> Option<(Stage, Shm, Shm, ObjectId)> {
    let stage = Stage::new(VersionsIn::Files);
    let (owner, writer) = (stage.open(), stage.open());
    let object = owner.new_object();
    let token = owner.written_by(object, &writer);
    let died = play(nth, || write(&writer, object, Command::Commit { token }, NEW));
    matches!(died, Outcome::Died("commit.swapped")).then_some((stage, owner, writer, object))
}

/// Something else removes files of a commit whose writer died right after the swap. The commit is completed from the
/// stage, or taken back.
#[test]
fn a_commit_whose_files_are_removed_is_completed_from_the_stage_or_taken_back() {
    for removed in [&["obj"][..], &["obj", "stage"][..]] {
        let (stage, owner, writer, object) = (0..).find_map(swapped).unwrap();
        let (base, token) = (Epoch(object.birth), Epoch(owner.record(object).unwrap().state().epoch()));
        let store = stage.folder.path().join("store");
        for part in removed {
            let file = format!("{}.{}", object.index, token.0);
            let folder = if *part == "obj" { "obj/00".to_owned() } else { format!("stage/{}", writer.me) };
            std::fs::remove_file(store.join(folder).join(file)).unwrap();
        }
        writer.die();
        let version = match owner.ask(object, Command::End).unwrap() {
            Reply::Ended { version, .. } => version,
            other => panic!("{other:?}"),
        };
        let (expected, bytes) = if removed.len() == 1 { (token, NEW) } else { (base, OLD) };
        assert_eq!(version, expected);
        assert_eq!(*owner.read(object, version).unwrap(), *bytes);
        audit(&owner, &[&owner], stage.folder.path(), "after the recovery");
    }
}

/// A session dies before it has removed the version that its commit replaced. That version is removed by the next
/// commit, or with the object.
#[test]
fn a_replaced_version_that_stays_goes_with_the_next() {
    for next in [false, true] {
        let stage = Stage::new(VersionsIn::Files);
        let (owner, writer) = (stage.open(), stage.open());
        let object = owner.new_object();
        let (base, token) = (owner.current(object).unwrap(), owner.written_by(object, &writer));
        let (_, is_refused) = refuse(3, || write(&writer, object, Command::Commit { token }, NEW).unwrap());
        assert!(is_refused);
        assert_eq!(owner.record(object).unwrap().prev(), base, "the old version stays");
        writer.die();
        owner.ask(object, Command::End).unwrap();
        if next {
            write(&owner, object, Command::OwnerCommit { base: token }, NEW).unwrap();
        } else {
            owner.ask(object, Command::DropOwner).unwrap();
        }
        owner.reap().unwrap();
        audit(&owner, &[&owner], stage.folder.path(), "after the next");
    }
}
