//! The folders of stores: which are made, swept and removed, and which are refused. A folder that must not be trusted
//! or is no readable store is refused by an error that says why, and is not changed.

use ref_core::{ErrorKind, Store, StoreOptions};
use ref_tests::{Note, Scene};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

fn refused(folder: &Path) -> ref_core::Error {
    Store::open(&format!("file:{}", folder.display())).unwrap_err()
}

fn mode(folder: &Path, mode: u32) {
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_that_others_can_enter_is_refused() {
    let scene = Scene::new();
    fs::create_dir(scene.folder()).unwrap();
    for open_to_others in [0o777, 0o770, 0o750, 0o701] {
        mode(&scene.folder(), open_to_others);
        let error = refused(&scene.folder());
        assert_eq!(error.kind(), ErrorKind::NotPermitted);
        assert!(error.to_string().contains("chmod 700"), "{error}");
    }
    mode(&scene.folder(), 0o700);
    drop(scene.store());
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let scene = Scene::new();
    fs::create_dir(scene.folder()).unwrap();
    mode(&scene.folder(), 0o700);
    // Only root can give a folder to another user. Run by another user, the test opens a folder of root.
    let foreign = match std::os::unix::fs::chown(scene.folder(), Some(4242), None) {
        Ok(()) => scene.folder(),
        Err(_) => "/root".into(),
    };
    assert_eq!(refused(&foreign).kind(), ErrorKind::NotPermitted);
}

#[test]
fn a_base_that_others_can_write_is_refused() {
    let scene = Scene::new();
    mode(scene.base(), 0o777);
    let mut actor = ref_tests::Actor::new(&scene, "");
    assert_eq!(actor.ask("open shm://scene").kind(), "NotPermitted");
}

#[test]
fn a_symbolic_link_is_refused() {
    let (scene, elsewhere) = (Scene::new(), Scene::new());
    drop(elsewhere.store());
    symlink(elsewhere.folder(), scene.folder()).unwrap();
    assert_eq!(refused(&scene.folder()).kind(), ErrorKind::NotPermitted);
    fs::remove_file(scene.folder()).unwrap();
    drop(scene.store());
    fs::remove_file(scene.folder().join("ledger")).unwrap();
    symlink(elsewhere.folder().join("ledger"), scene.folder().join("ledger")).unwrap();
    let error = refused(&scene.folder());
    assert_eq!(error.kind(), ErrorKind::NotPermitted);
    assert!(error.to_string().contains("; open the store that it leads to"), "{error}");
}

#[test]
fn a_folder_of_other_things_is_refused_and_kept() {
    let scene = Scene::new();
    fs::create_dir(scene.folder()).unwrap();
    mode(&scene.folder(), 0o700);
    fs::write(scene.folder().join("letter.txt"), "dear").unwrap();
    assert_eq!(refused(&scene.folder()).kind(), ErrorKind::Corrupt);
    assert_eq!(fs::read_to_string(scene.folder().join("letter.txt")).unwrap(), "dear");
}

#[test]
fn garbage_for_a_ledger_is_refused() {
    for garbage in [&b""[..], b"not a ledger", &[0xff; 10_000], &[0; 5_000_000]] {
        let scene = Scene::new();
        fs::create_dir(scene.folder()).unwrap();
        mode(&scene.folder(), 0o700);
        fs::write(scene.folder().join("ledger"), garbage).unwrap();
        let error = refused(&scene.folder());
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        // The file may be a user's, so the error does not say to remove it.
        assert!(error.to_string().ends_with("; give the store a folder of its own"), "{error}");
        assert_eq!(fs::read(scene.folder().join("ledger")).unwrap(), garbage);
    }
}

#[test]
fn a_truncated_ledger_is_refused() {
    let scene = Scene::new();
    drop(scene.store());
    let ledger = fs::OpenOptions::new().write(true).open(scene.folder().join("ledger")).unwrap();
    let length = ledger.metadata().unwrap().len();
    for shorter in [length - 1, length / 2, 4096, 100, 0] {
        ledger.set_len(shorter).unwrap();
        assert_eq!(refused(&scene.folder()).kind(), ErrorKind::Corrupt, "at {shorter}");
    }
}

/// Each of the header's fifteen words is damaged in turn, with each of four values. `open` returns a store or an error.
#[test]
fn every_damaged_header_word_is_answered() {
    let scene = Scene::new();
    for word in 0..15 {
        for value in [0, 1, u64::MAX, 1 << 40] {
            let options = StoreOptions::new().max_objects(64).max_sessions(8);
            drop(options.open(&format!("file:{}", scene.folder().display())).unwrap());
            let path = scene.folder().join("ledger");
            let mut bytes = fs::read(&path).unwrap();
            bytes[word * 8..word * 8 + 8].copy_from_slice(&u64::to_ne_bytes(value));
            fs::write(&path, bytes).unwrap();
            let _an_answer = Store::open(&format!("file:{}", scene.folder().display()));
            fs::remove_dir_all(scene.folder()).unwrap();
        }
    }
}

#[test]
fn a_removed_store_is_told_as_such() {
    let scene = Scene::new();
    let store = scene.store();
    let mut owned = store.put(Note::sized(1, 10_000)).unwrap();
    fs::remove_dir_all(scene.folder()).unwrap();
    owned.borrow_mut().unwrap().n = 2;
    assert_eq!(owned.flush().unwrap_err().kind(), ErrorKind::StoreRemoved);
    assert_eq!(store.put(Note::sized(1, 10_000)).unwrap_err().kind(), ErrorKind::StoreRemoved);
    assert_eq!(owned.borrow().unwrap().n, 2);
}

/// A small value is put without a look at the folder, but for a look every 10 ms.
#[test]
fn a_removed_store_is_told_for_small_values_a_little_later() {
    let scene = Scene::new();
    let store = scene.store();
    let mut owned = store.put(Note::sized(1, 10)).unwrap();
    fs::remove_dir_all(scene.folder()).unwrap();
    let refused = std::iter::repeat_with(|| store.put(Note::sized(1, 10))).find_map(Result::err).unwrap();
    assert_eq!(refused.kind(), ErrorKind::StoreRemoved);
    owned.borrow_mut().unwrap().n = 2;
    assert_eq!(owned.flush().unwrap_err().kind(), ErrorKind::StoreRemoved);
    assert_eq!(owned.borrow().unwrap().n, 2);
    assert_eq!(
        store.put(Note::sized(1, 10)).and_then(|note| note.detach()).unwrap_err().kind(),
        ErrorKind::StoreRemoved
    );
}

#[test]
fn full_tables_name_their_setting() {
    let scene = Scene::new();
    let address = format!("file:{}", scene.folder().display());
    let store = StoreOptions::new().max_objects(2).max_sessions(2).open(&address).unwrap();
    let _others = [store.put(1_u64).unwrap(), store.put(2_u64).unwrap()];
    let refused = store.put_or_return(3_u64).unwrap_err();
    assert_eq!((refused.error.kind(), refused.handle), (ErrorKind::TooManyObjects, 3));
    assert!(refused.error.to_string().contains("`max_objects`"));

    let _second = Store::open(&address).unwrap();
    let error = Store::open(&address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManySessions);
    assert!(error.to_string().contains("`max_sessions`"));
}

#[test]
fn the_last_process_takes_the_store_along() {
    let scene = Scene::new();
    let (mut first, mut second) = (scene.actor(), scene.actor());
    first.ask("put a 1 10").ok();
    second.ask("put b 1 100000").ok();
    first.finish();
    assert!(scene.folder().exists());
    second.finish();
    assert!(!scene.folder().exists());
}

#[test]
fn a_dead_neighbour_is_swept_at_open() {
    let scene = Scene::new();
    let mut dead = ref_tests::Actor::new(&scene, "");
    dead.ask("open shm://neighbour").ok();
    dead.ask("put a 1 100000").ok();
    let mut alive = ref_tests::Actor::new(&scene, "");
    alive.ask("open shm://inhabited").ok();
    dead.kill();
    assert!(scene.base().join("neighbour").exists());
    let _opener = scene.actor();
    assert!(!scene.base().join("neighbour").exists());
    assert!(scene.base().join("inhabited").exists());
}

#[test]
fn a_maker_or_remover_that_was_killed_leaves_nothing() {
    for point in
        ["create.marked", "create.filled", "create.linked", "claim.introduced", "close.released", "remove.renamed"]
    {
        let scene = Scene::new();
        let mut dead = ref_tests::Actor::new(&scene, &format!("kill:{point}"));
        dead.tell("open shm://first");
        dead.tell("close");
        dead.wait_killed();
        let next = scene.actor();
        let names: Vec<_> = fs::read_dir(scene.base()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let inside: Vec<_> = names.iter().filter(|name| *name != "scene").collect();
        // A folder that did not become a store is empty, and may stay.
        let empty = |name: &&&std::ffi::OsString| fs::read_dir(scene.base().join(name)).unwrap().next().is_none();
        assert!(inside.iter().all(|name| empty(&name)), "{point} leaves {inside:?}");
        next.finish();
    }
}

#[test]
fn the_parents_of_a_folder_are_made() {
    let scene = Scene::new();
    let deep = scene.base().join("a/b/lab");
    drop(Store::open(&format!("file:{}", deep.display())).unwrap());
    assert!(deep.join("ledger").exists());
    assert_eq!(fs::metadata(scene.base().join("a")).unwrap().permissions().mode() & 0o777, 0o700);
}

/// The errors in this test would be the same at another attempt, so `open` does not try again.
#[test]
fn what_cannot_be_a_folder_is_told_at_once_for_what_it_is() {
    let scene = Scene::new();
    fs::write(scene.base().join("letter"), "dear").unwrap();
    let letter = scene.base().join("letter/lab");
    for (folder, kind, word) in [
        (Path::new("/proc/lab"), ErrorKind::UnsupportedFilesystem, "/proc/lab"),
        (Path::new("~/lab"), ErrorKind::Unsupported, "in full"),
        (&letter, ErrorKind::NotPermitted, "letter is not a folder"),
    ] {
        let error = refused(folder);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(word), "{error}");
        assert!(error.to_string().contains("; "), "without a remedy: {error}");
    }
}

#[test]
fn a_base_without_a_parent_is_told_at_once_by_its_name() {
    let scene = Scene::new();
    let missing = scene.base().join("missing/stores");
    let opened = std::process::Command::new(ref_tests::program("opens"))
        .args(["open", "shm://lab", "1"])
        .env("REF_STORE_DIR", &missing)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&opened.stdout).into_owned();
    assert!(told.starts_with("Io") && told.contains("missing/stores") && told.contains("make the folder"), "{told}");
}

/// A part of a store is replaced by a file, or by a link to another folder of the user.
#[test]
fn what_is_in_the_place_of_a_part_of_a_store_is_told_and_nothing_is_written_behind_it() {
    for part in ["slots", "stage", "obj", "obj/00", "stage/0"] {
        let scene = Scene::new();
        let address = format!("file:{}", scene.folder().display());
        drop(scene.store().put(Note::sized(1, 10_000)).unwrap());
        let (place, user_s) = (scene.folder().join(part), scene.base().join("user_s"));
        fs::create_dir(&user_s).unwrap();
        for is_link in [true, false] {
            let _other_kind = fs::remove_file(&place);
            let _first_time = fs::remove_dir_all(&place);
            if is_link {
                symlink(&user_s, &place).unwrap()
            } else {
                fs::write(&place, "dear").unwrap()
            }
            let error = Store::open(&address).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{part}: {error}");
            assert!(error.to_string().contains(&format!("/{part} ")) && error.to_string().contains("; move it away"));
        }
        assert_eq!(fs::read(&place).unwrap(), b"dear", "{part}");
        assert_eq!(fs::read_dir(&user_s).unwrap().count(), 0, "{part}");
        fs::remove_file(&place).unwrap();
        drop(Store::open(&address).unwrap().put(Note::sized(1, 10_000)).unwrap());
    }
}

#[test]
fn an_address_that_ends_in_two_dots_is_the_folder_above() {
    let scene = Scene::new();
    let key = scene.store().put(7_u64).unwrap().detach().unwrap();
    let above = Store::open(&format!("file:{}/obj/..", scene.folder().display())).unwrap();
    assert_eq!(above.get(&key).unwrap(), 7);
    let error = refused(&scene.base().join("a/b/.."));
    assert!(error.to_string().contains("has other things in it, such as `b`"), "{error}");
}
