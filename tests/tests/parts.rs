//! Parts of a store are removed while processes have it open: other processes can read each acknowledged change, no
//! living process is taken for dead, and the folder can be opened again.

use ref_core::{ErrorKind, LoanEndCause, Store, StoreOptions};
use ref_tests::{Note, Scene, fork, pause};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

/// Removes files as cleaners of temporary files do: takes the lock of each folder below `folder`, and removes the files
/// in each folder whose lock it gets. With `asks_files`, removes a file only if it gets the file's lock as well, as
/// some cleaners do.
fn clean(folder: &Path, asks_files: bool) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let opened = File::open(&path).unwrap();
        if (path.is_dir() || asks_files) && flock(&opened, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue;
        }
        if path.is_dir() {
            clean(&path, asks_files);
            let _not_empty = fs::remove_dir(&path);
        } else {
            fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn a_cleaner_of_temporary_files_leaves_a_store_in_use_alone() {
    // A cleaner does not take the lock of the topmost folder.
    for (below, asks_files) in [("", false), ("", true), ("scene", true)] {
        let scene = Scene::new();
        let (store, mut other) = (scene.store(), scene.actor());
        let (mut owned, mut mine) = (store.put(Note::sized(1, 100)).unwrap(), store.put(Note::sized(2, 100)).unwrap());
        let loan = owned.lend_mut().unwrap();
        other.ask(&format!("redeem_mut w {}", loan.ticket().unwrap().to_text())).ok();
        clean(&scene.base().join(below), asks_files);
        let newcomer = scene.store();
        assert_eq!(newcomer.reap().unwrap(), 0, "below {below:?}");
        assert_eq!(loan.end_timeout(Duration::from_millis(20)).map(drop).unwrap_err().kind(), ErrorKind::Timeout);
        mine.unload().unwrap();
        assert_eq!(mine.borrow().unwrap().n, 2);
        other.ask("set w 3").ok();
        other.ask("commit w").ok();
        other.finish();
    }
}

#[test]
fn a_lock_file_that_is_missing_under_a_used_slot_is_damage_and_no_death() {
    let scene = Scene::new();
    let store = scene.store();
    let mut owned = store.put(Note::sized(1, 100)).unwrap();
    let mut loan = owned.lend_mut().unwrap();
    let mut borrower = scene.actor();
    borrower.ask(&format!("redeem_mut w {}", loan.ticket().unwrap().to_text())).ok();
    fs::remove_file(scene.folder().join("slots/1")).unwrap();
    for _ in 0..2 {
        let refused = loan.end_timeout_or_return(Duration::from_millis(20)).map(drop).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Corrupt, "{:?}", refused.error);
        assert!(refused.error.to_string().contains("slot 1"), "{}", refused.error);
        loan = refused.handle;
    }
    assert_eq!(store.reap().unwrap_err().kind(), ErrorKind::Corrupt);
    drop(scene.store());
    // The borrower lives. Its commit is refused by an error that says that its store was removed, and the loan does not
    // end by a death.
    borrower.ask("set w 2").ok();
    assert_eq!(borrower.ask("commit w").kind(), "StoreRemoved");
    borrower.ask("drop w").ok();
    assert!(!matches!(loan.end().unwrap().cause, LoanEndCause::Died(_)));
}

/// Because of a damaged slot, an error is returned only by `reap`, and by a call that needs an object that the slot's
/// session holds.
#[test]
fn beside_a_damaged_slot_everybody_else_goes_on() {
    for is_folder in [false, true] {
        let scene = Scene::new();
        let address = format!("file:{}", scene.folder().display());
        let store = StoreOptions::new().max_objects(200).open(&address).unwrap();
        let (mut damaged, mut dead) = (scene.actor(), scene.actor());
        damaged.ask("put a 1 100").ok();
        (0..20).for_each(|n| _ = dead.ask(&format!("put b{n} 1 100")).ok());
        fs::remove_file(scene.folder().join("slots/1")).unwrap();
        if is_folder {
            fs::create_dir(scene.folder().join("slots/1")).unwrap();
        }
        dead.kill();
        let mut owned: Vec<_> = (0..199).map(|n| store.put(Note::sized(n, 100)).unwrap()).collect();
        assert_eq!(store.put(1_u64).unwrap_err().kind(), ErrorKind::TooManyObjects);
        owned.clear();
        (0..700).for_each(|n| drop(store.put(Note::sized(n, 100)).unwrap()));
        assert_eq!(store.reap().unwrap_err().kind(), ErrorKind::Corrupt);
        drop(scene.store());
        damaged.kill();
        drop(store);
        let alone = Store::open(&address).unwrap();
        assert_eq!(alone.stats().unwrap().objects, u64::from(is_folder));
        drop(alone.put(1_u64).unwrap());
    }
}

#[test]
fn a_missing_lock_file_is_made_anew_when_every_process_is_gone() {
    let scene = Scene::new();
    let mut dead = scene.actor();
    dead.ask("put a 1 100").ok();
    fs::remove_file(scene.folder().join("slots/0")).unwrap();
    dead.kill();
    let store = scene.store();
    assert_eq!((store.stats().unwrap().objects, store.stats().unwrap().sessions), (0, 1));
}

/// While a part is missing, a call either succeeds, and its change can be read from the store, or it returns an error
/// that says what to do. Afterwards the store can be opened, or `open` returns such an error.
#[test]
fn with_a_part_removed_nothing_is_acknowledged_that_others_do_not_find() {
    let parts = ["ledger", "slots", "slots/0", "stage", "stage/0", "obj", "obj/00", "obj/00/0"];
    // Small values are in the ledger, and larger ones in `obj`.
    for (part, size) in parts.into_iter().flat_map(|part| [(part, 100), (part, 10_000)]) {
        let scene = Scene::new();
        let address = format!("file:{}", scene.folder().display());
        let (store, other) = (scene.store(), scene.store());
        let mut owned = store.put(Note::sized(1, size)).unwrap();
        remove(&scene.folder(), part);
        owned.borrow_mut().unwrap().n = 2;
        match owned.flush() {
            Ok(()) => {
                owned.unload().unwrap();
                assert_eq!(owned.borrow().unwrap().n, 2, "{part}: a flush");
            }
            Err(error) => assert!(error.to_string().contains("; "), "{part}: without a remedy: {error}"),
        }
        match store.put(Note::sized(3, size)).and_then(ref_core::Owned::detach) {
            Ok(key) => {
                let seen = Store::open(&address).and_then(|new| Ok(new.get(&key)?.n));
                assert_eq!(seen.unwrap(), 3, "{part}: a detached object");
            }
            Err(error) => assert!(error.to_string().contains("; "), "{part}: without a remedy: {error}"),
        }
        drop((owned, store, other));
        match StoreOptions::new().open(&address) {
            Ok(store) => drop(store.put(Note::sized(4, size)).unwrap()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{part}: {error}");
                assert!(error.to_string().contains("remove that folder"), "{part}: {error}");
            }
        }
    }
}

fn remove(folder: &Path, part: &str) {
    let path = folder.join(part);
    match path.is_dir() {
        true => fs::remove_dir_all(&path).unwrap(),
        false if path.exists() => fs::remove_file(&path).unwrap(),
        false if !path.parent().is_some_and(Path::exists) => {}
        false => {
            // The part is the index of a record: every version of that record is removed.
            let (group, record) = part.rsplit_once('/').unwrap();
            let of_it = |name: &str| name.split_once('.').is_some_and(|(index, _)| index == record);
            let versions = fs::read_dir(folder.join(group)).unwrap().map(|entry| entry.unwrap().path());
            versions
                .filter(|path| of_it(&path.file_name().unwrap().to_string_lossy()))
                .for_each(|path| fs::remove_file(path).unwrap());
        }
    }
}

#[test]
fn a_removed_version_is_told_as_such_and_not_as_replaced() {
    let scene = Scene::new();
    let mut owned = scene.store().put(Note::sized(1, 10_000)).unwrap();
    owned.unload().unwrap();
    remove(&scene.folder(), "obj/00");
    let error = owned.borrow().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("removed"), "{error}");
}

#[test]
fn beside_sessions_whose_ledger_was_removed_no_store_is_made() {
    let scene = Scene::new();
    let store = scene.store();
    fs::remove_file(scene.folder().join("ledger")).unwrap();
    let error = Store::open(&format!("file:{}", scene.folder().display())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("end those processes"), "{error}");
    assert_eq!(store.put(1_u64).unwrap_err().kind(), ErrorKind::StoreRemoved);
    // The child has copies of all descriptors, as a child that is being started has for a moment.
    let child = match fork() {
        0 => loop {
            pause();
        },
        child => Pid::from_raw(child).unwrap(),
    };
    drop(store);
    let opened = Store::open(&format!("file:{}", scene.folder().display()));
    kill_process(child, Signal::KILL).unwrap();
    waitpid(Some(child), WaitOptions::empty()).unwrap();
    drop(opened.unwrap());
}
