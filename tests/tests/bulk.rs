//! Arrays in the values of real processes: they are where the store has them, and stay there as long as they are used.

use ref_core::{Bulk, ErrorKind, LoanEndCause, Owned, Store, StoreOptions, global_store};
use ref_tests::{_exit, Actor, Column, Scene, fork, in_a_child};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

const CELLS: u64 = 100_000;

fn column(scene: &Scene) -> Owned<Column> {
    scene.store().put(Column::numbered(3, CELLS)).unwrap()
}

/// Returns the file of the only version in the scene's store.
fn version(scene: &Scene) -> PathBuf {
    fn find(folder: &Path) -> Option<PathBuf> {
        let mut entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.find_map(|path| if path.is_dir() { find(&path) } else { Some(path) })
    }
    find(&scene.folder().join("obj")).expect("a version")
}

/// Runs `change` on the file of a version, as another program may do.
fn change(version: &Path, change: impl FnOnce(&File) -> io::Result<()>) {
    let set_mode = |mode| fs::set_permissions(version, Permissions::from_mode(mode)).unwrap();
    set_mode(0o600);
    change(&OpenOptions::new().write(true).open(version).unwrap()).unwrap();
    set_mode(0o400);
}

#[test]
fn every_process_reads_the_array_where_the_store_has_it() {
    let scene = Scene::new();
    let (owned, mut reader) = (column(&scene), scene.actor());
    assert!(!owned.is_loaded(), "the owner's own array would be a second one");
    let loan = owned.lend().unwrap();
    reader.ask(&format!("column redeem r {}", loan.ticket().unwrap().to_text())).ok();
    assert_eq!(reader.ask("column look r").ok(), "true true");
    let borrowed = owned.borrow().unwrap();
    assert!(borrowed.cells.is_mapped() && borrowed.text.is_mapped() && borrowed.is_whole());
    reader.finish();
    assert_eq!(loan.end().unwrap().cause, LoanEndCause::Returned);
}

#[test]
fn a_small_version_is_copied() {
    let scene = Scene::new();
    let small = scene.store().put(Column::numbered(3, 100)).unwrap();
    assert!(small.is_loaded());
    let loan = small.lend().unwrap();
    let lease = scene.store().redeem(loan.ticket().unwrap()).unwrap();
    assert!(!lease.borrow().unwrap().cells.is_mapped() && lease.borrow().unwrap().is_whole());
    lease.verify().unwrap();
}

#[test]
fn elements_stay_whatever_becomes_of_the_object() {
    let scene = Scene::new();
    let (mut owned, mut reader, mut revoked) = (column(&scene), scene.actor(), scene.actor());
    let mine = owned.borrow().unwrap().cells.clone();
    let loan = owned.lend().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    for actor in [&mut reader, &mut revoked] {
        actor.ask(&format!("column redeem r {ticket}")).ok();
        actor.ask("column keep r").ok();
    }
    reader.ask("column release r").ok();
    let _how_it_ended = loan.revoke().unwrap();
    owned.borrow_mut().unwrap().renumber(50).unwrap();
    owned.flush().unwrap();
    for actor in [&mut reader, &mut revoked] {
        assert_eq!(actor.ask("column kept r").ok(), "true true", "after a change");
    }
    assert_eq!(revoked.ask("column look r").ok(), "true true");
    owned.remove().unwrap();
    assert_eq!(reader.ask("column kept r").ok(), "true true", "after the object");
    reader.ask("close").ok();
    fs::remove_dir_all(scene.folder()).unwrap();
    for actor in [&mut reader, &mut revoked] {
        assert_eq!(actor.ask("column kept r").ok(), "true true", "after the store");
    }
    assert!(mine.is_mapped() && Column::is_numbered(&mine) && mine[0] == 3);
}

#[test]
fn a_forked_child_reads_the_elements() {
    let scene = Scene::new();
    let owned = column(&scene);
    let (cells, other) = (owned.borrow().unwrap().cells.clone(), owned.borrow().unwrap().cells.clone());
    let wrong = in_a_child(|| {
        let before = cells.is_mapped() && Column::is_numbered(&cells) && owned.borrow().is_ok_and(|c| c.is_whole());
        drop(other);
        let mut copy = cells.clone();
        copy.to_mut().unwrap()[0] = 0;
        vec![before, Column::is_numbered(&cells), !Column::is_numbered(&copy)]
    });
    assert_eq!(wrong, 0);
    drop(owned);
    assert!(Column::is_numbered(&cells));
}

/// The child could otherwise write into the version when other processes read it.
#[test]
fn a_child_that_is_forked_while_an_array_is_filled_does_not_have_it() {
    let scene = Scene::new();
    let filled = scene.store().put_with(CELLS as usize, |room: &mut [u64]| {
        let child = fork();
        if child == 0 {
            room[0] = 9;
            _exit(0);
        }
        let ended =
            rustix::process::waitpid(rustix::process::Pid::from_raw(child), rustix::process::WaitOptions::empty());
        let (_, status) = ended.unwrap().unwrap();
        assert_eq!(status.terminating_signal(), Some(rustix::process::Signal::SEGV.as_raw()));
        room[1] = 7;
    });
    assert_eq!(filled.unwrap().borrow().unwrap()[..2], [0, 7]);
}

#[test]
fn a_writer_changes_a_copy_and_commits_a_whole_version() {
    let scene = Scene::new();
    let (mut owned, mut writer) = (column(&scene), scene.actor());
    let before = owned.borrow().unwrap().cells.clone();
    let loan = owned.lend_mut().unwrap();
    writer.ask(&format!("column redeem_mut w {}", loan.ticket().unwrap().to_text())).ok();
    writer.ask("column set w 9").ok();
    assert_eq!(writer.ask("column look w").ok(), "false true");
    writer.ask("column commit w").ok();
    assert!(loan.end().unwrap().committed.is_some());
    let after = owned.borrow().unwrap();
    assert!(after.is_whole() && after.n == 9 && after.cells.is_mapped());
    assert_eq!((before[0], scene.versions()), (3, 1));
}

#[test]
fn a_writer_that_is_killed_leaves_a_whole_version() {
    for (point, n) in
        [("version.made", 3), ("commit.staged", 3), ("commit.named", 3), ("commit.swapped", 9), ("commit.current", 9)]
    {
        let scene = Scene::new();
        let mut owned = column(&scene);
        let mut writer = scene.actor_with(&format!("kill:{point}"));
        let loan = owned.lend_mut().unwrap();
        writer.tell(&format!("column redeem_mut w {}", loan.ticket().unwrap().to_text()));
        writer.tell("column set w 9");
        writer.tell("column commit w");
        writer.wait_killed();
        let _how_it_ended = loan.end().unwrap();
        let column = owned.borrow().unwrap();
        assert_eq!((column.is_whole(), column.n, scene.versions()), (true, n, 1), "at {point}");
        owned.verify().unwrap();
    }
}

#[test]
fn an_owner_that_is_killed_in_a_put_leaves_nothing() {
    for point in ["put.taken", "version.made", "put.written", "put.owner"] {
        let scene = Scene::new();
        let store = scene.store();
        let mut owner = scene.actor_with(&format!("kill:{point}"));
        owner.tell(&format!("column put a 3 {CELLS}"));
        owner.wait_killed();
        store.reap().unwrap();
        assert_eq!((store.stats().unwrap().objects, scene.versions()), (0, 0), "at {point}");
    }
}

#[test]
fn a_changed_array_is_found_by_verify_and_before_it_is_copied() {
    let scene = Scene::new();
    let store = scene.store();
    let mut owned = store.put((7_u64, Bulk::from_vec(vec![1_u8; 100_000]))).unwrap();
    owned.verify().unwrap();
    let digest = owned.digest().unwrap();
    assert!(!owned.is_loaded(), "what is hashed is the mapped file");
    change(&version(&scene), |file| file.write_all_at(b"!", file.metadata()?.len() - 1));
    assert_ne!(owned.digest().unwrap(), digest);
    let loan = owned.lend().unwrap();
    let lease = store.redeem(loan.ticket().unwrap()).unwrap();
    let mut read = lease.borrow().unwrap().1.clone();
    assert_eq!(read[99_999], b'!', "a mapping is read as it is");
    for found in [lease.verify(), owned.verify(), read.verify(), read.to_mut().map(drop)] {
        assert_eq!(found.unwrap_err().kind(), ErrorKind::Corrupt);
    }
    lease.release().unwrap();
    let _how_it_ended = loan.end().unwrap();
    owned.borrow_mut().unwrap().0 = 8;
    assert_eq!(owned.flush().unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(store.put(read).map(drop).unwrap_err().kind(), ErrorKind::Corrupt);
    owned.borrow_mut().unwrap().1 = Bulk::default();
    owned.flush().unwrap();
    owned.verify().unwrap();
}

#[test]
fn a_truncated_version_kills_its_reader_only() {
    let scene = Scene::new();
    let (owned, mut reader, mut other) = (column(&scene), scene.actor(), scene.actor());
    let loan = owned.lend().unwrap();
    for actor in [&mut reader, &mut other] {
        actor.ask(&format!("column redeem r {}", loan.ticket().unwrap().to_text())).ok();
    }
    assert_eq!(reader.ask("column look r").ok(), "true true");
    change(&version(&scene), |file| file.set_len(4096));
    reader.tell("column look r");
    assert_eq!(reader.wait_signalled(), Some(7), "SIGBUS");
    assert_eq!(other.ask("column look r").kind(), "Corrupt");
    assert_eq!(scene.store().put(1_u64).map(|owned| *owned.borrow().unwrap()).unwrap(), 1);
}

/// A field that is not stored is still there: the owner keeps a value that would be read as another one.
#[test]
fn an_owner_keeps_a_value_with_a_field_that_is_not_stored() {
    #[global_store]
    struct Tagged {
        cells: Bulk<u64>,
        #[global_store(skip)]
        tag: String,
    }

    let scene = Scene::new();
    let value = Tagged { cells: (0..CELLS).collect(), tag: "here".into() };
    let mut owned = scene.store().put(value).unwrap();
    assert_eq!(owned.borrow().unwrap().tag, "here");
    owned.borrow_mut().unwrap().cells.to_mut().unwrap()[0] = 7;
    owned.flush().unwrap();
    assert_eq!(owned.borrow().unwrap().tag, "here");
    assert!(owned.is_loaded());
}

/// After `put`, `flush` and `transition`, the next borrow has the arrays where the store has them.
#[test]
fn an_owner_s_array_is_the_store_s_after_each_write() {
    let scene = Scene::new();
    let mut owned = column(&scene);
    owned.borrow_mut().unwrap().renumber(5).unwrap();
    assert!(!owned.borrow().unwrap().cells.is_mapped());
    owned.flush().unwrap();
    assert!(!owned.is_loaded());
    assert!(owned.borrow().unwrap().cells.is_mapped() && owned.borrow().unwrap().is_whole());
    let turned = owned.transition(|column| (column.cells, Column::numbered(6, CELLS).cells)).unwrap();
    assert!(!turned.is_loaded());
    let both = turned.borrow().unwrap();
    assert!(both.0.is_mapped() && both.1.is_mapped() && both.0[0] == 5 && both.1[0] == 6);
    assert_eq!(scene.versions(), 1);
    let both = turned.into_inner().unwrap();
    assert_eq!((scene.versions(), both.0[1], both.1[1]), (0, 6, 7));
}

#[test]
fn a_store_in_memory_copies() {
    let store = Store::open("memory:").unwrap();
    let owned = store.put(Column::numbered(3, CELLS)).unwrap();
    assert!(owned.is_loaded());
    let loan = owned.lend().unwrap();
    let lease = store.redeem(loan.ticket().unwrap()).unwrap();
    assert!(lease.borrow().unwrap().is_whole() && !lease.borrow().unwrap().cells.is_mapped());
    lease.verify().unwrap();
}

#[test]
fn an_array_is_filled_where_the_store_has_it() {
    let scene = Scene::new();
    let store = scene.store();
    let fill = |cells: &mut [u64]| {
        assert!(cells.iter().all(|cell| *cell == 0));
        cells.iter_mut().zip(3..).for_each(|(cell, n)| *cell = n);
    };
    let owned = store.put_with(CELLS as usize, fill).unwrap();
    owned.verify().unwrap();
    let cells = owned.borrow().unwrap();
    assert!(cells.is_mapped() && cells.len() == CELLS as usize && Column::is_numbered(&cells) && cells[0] == 3);
    for length in [0, 1, 100] {
        let small = store.put_with(length, fill).unwrap();
        assert!(!small.borrow().unwrap().is_mapped() && small.borrow().unwrap().len() == length);
    }
    let memory = Store::open("memory:").unwrap().put_with(CELLS as usize, fill).unwrap();
    assert!(!memory.borrow().unwrap().is_mapped() && *memory.borrow().unwrap() == *cells);
}

#[test]
fn a_fill_that_ends_early_leaves_nothing() {
    let scene = Scene::new();
    let store = scene.store();
    let panics = || store.put_with(CELLS as usize, |_: &mut [u64]| panic!("this test's panic")).map(drop);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
    assert_eq!((store.stats().unwrap().objects, scene.versions()), (0, 0), "after a panic");
    let mut dies = scene.actor();
    dies.tell(&format!("column fill_and_abort {CELLS}"));
    assert_eq!(dies.wait_signalled(), Some(6), "SIGABRT");
    store.reap().unwrap();
    assert_eq!((store.stats().unwrap().objects, scene.versions()), (0, 0), "after a death");
    // The code that fills an array may use the store.
    let mut other = None;
    let owned = store.put_with(CELLS as usize, |_: &mut [u64]| other = store.put(7_u64).ok()).unwrap();
    assert_eq!((owned.borrow().unwrap()[0], *other.unwrap().borrow().unwrap()), (0, 7));
}

#[test]
fn an_array_without_room_is_not_filled() {
    let scene = Scene::new();
    let mut actor = Actor::cramped(&scene, "16m");
    actor.ask("open shm://scene").ok();
    assert_eq!(actor.ask("column fill a 1 4000000").kind(), "StoreFull", "and no SIGBUS");
    actor.ask("column fill a 1 1000000").ok();
    assert_eq!(actor.ask("column filled a").ok(), "true true");
    let store = StoreOptions::new().max_object_bytes(1 << 20).open("memory:").unwrap();
    for length in [1 << 18, usize::MAX / 2, usize::MAX] {
        let refused = store.put_with(length, |_: &mut [u64]| unreachable!("there is no room")).map(drop);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::TooLarge);
    }
}
