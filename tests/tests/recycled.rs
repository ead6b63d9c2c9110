//! Sessions that write into the files of versions that they removed: what any process still has mapped stays as it was,
//! and a process that is killed leaves nothing.

use ref_core::{Owned, Store, StoreOptions};
use ref_tests::{_exit, Actor, Column, Scene, fork};
use std::collections::BTreeSet;
use std::io::{Read as _, pipe};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

const BYTES: u64 = 1 << 22;
const CELLS: u64 = 5_000;

fn store(scene: &Scene) -> Store {
    let address = format!("file:{}", scene.folder().display());
    StoreOptions::new().recycled_bytes(BYTES).open(&address).expect("the scene's store")
}

/// Starts an actor whose session keeps files.
fn actor(scene: &Scene, point: &str) -> Actor {
    let mut actor = Actor::new(scene, point);
    actor.ask(&format!("open shm://scene recycled {BYTES}")).ok();
    actor
}

fn column(store: &Store, n: u64) -> Owned<Column> {
    store.put(Column::numbered(n, CELLS)).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Returns the numbers of the files of the scene's versions.
fn numbers(scene: &Scene) -> BTreeSet<u64> {
    files(&scene.folder().join("obj")).iter().map(|path| path.metadata().unwrap().ino()).collect()
}

fn retired(scene: &Scene) -> usize {
    files(&scene.folder().join("stage")).len()
}

#[test]
fn the_next_value_is_written_into_the_file_of_one_that_was_dropped_or_replaced() {
    let scene = Scene::new();
    let store = store(&scene);
    let mut owned = column(&store, 1);
    let first = numbers(&scene);
    owned.borrow_mut().unwrap().renumber(2).unwrap();
    owned.flush().unwrap();
    let second = numbers(&scene);
    assert!(first.is_disjoint(&second));
    owned.borrow_mut().unwrap().renumber(3).unwrap();
    owned.flush().unwrap();
    assert_eq!(numbers(&scene), first);
    drop(owned);
    let filled = store.put_with(CELLS as usize, |room: &mut [u64]| room[0] = u64::from(room.iter().all(|n| *n == 0)));
    assert!(numbers(&scene).is_subset(&(&first | &second)));
    assert_eq!(filled.unwrap().borrow().unwrap()[0], 1, "the room was not filled with zeros");
    drop(store);
    assert_eq!(retired(&scene), 0, "the files are given back");
}

#[test]
fn a_session_that_keeps_no_files_unlinks_them() {
    let scene = Scene::new();
    let store = scene.store();
    drop(column(&store, 1));
    assert_eq!(retired(&scene), 0);
}

/// A mapping outlives the lease, the loan, the object and the session that it was made in. One process has it by a
/// lease that it gave back, one by a loan that was revoked, and one is a child that was forked.
#[test]
fn what_a_process_has_mapped_stays_as_it_was() {
    let scene = Scene::new();
    let store = store(&scene);
    let (mut gave_back, mut revoked) = (actor(&scene, ""), actor(&scene, ""));
    let owned = column(&store, 1);
    let first = numbers(&scene);
    let loan = owned.lend().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    for actor in [&mut gave_back, &mut revoked] {
        actor.ask(&format!("column redeem r {ticket}")).ok();
        actor.ask("column keep r").ok();
    }
    gave_back.ask("column release r").ok();
    let mine = owned.borrow().unwrap().cells.clone();
    let (mut told, tell) = pipe().unwrap();
    let child = fork();
    if child == 0 {
        drop(tell);
        // The parent closes its end when it has written.
        let _closed = told.read(&mut [0]);
        _exit(i32::from(!(mine.is_mapped() && Column::is_numbered(&mine) && mine[0] == 1)));
    }
    let _how = loan.revoke().unwrap();
    revoked.ask("column look r").ok();
    revoked.ask("column release r").ok();
    drop((owned, mine));
    let others: Vec<_> = (2..6).map(|n| column(&store, n)).collect();
    assert!(first.is_disjoint(&numbers(&scene)), "a file that is mapped was taken");
    assert_eq!(retired(&scene), 1, "the file waits until nothing has it mapped");
    revoked.ask("close").ok();
    for actor in [&mut gave_back, &mut revoked] {
        assert_eq!(actor.ask("column kept r").ok(), "true true");
    }
    drop((told, tell));
    let status = rustix::process::waitpid(rustix::process::Pid::from_raw(child), rustix::process::WaitOptions::empty());
    assert_eq!(status.unwrap().unwrap().1.exit_status(), Some(0), "the child's elements changed");
    assert!(others.iter().all(|owned| owned.borrow().unwrap().is_whole()));
}

/// The kernel knows of a mapping for as long as its process lives.
#[test]
fn a_killed_reader_is_not_in_the_way() {
    let scene = Scene::new();
    let store = store(&scene);
    let mut reader = actor(&scene, "");
    let owned = column(&store, 1);
    let first = numbers(&scene);
    let loan = owned.lend().unwrap();
    reader.ask(&format!("column redeem r {}", loan.ticket().unwrap().to_text())).ok();
    reader.ask("column keep r").ok();
    reader.ask("column release r").ok();
    let _how = loan.end().unwrap();
    drop(owned);
    let second = column(&store, 2);
    assert!(first.is_disjoint(&numbers(&scene)));
    reader.kill();
    let _third = column(&store, 3);
    assert!(first.is_subset(&numbers(&scene)));
    assert!(second.borrow().unwrap().is_whole());
}

#[test]
fn a_process_killed_at_any_step_leaves_no_file() {
    for point in ["retire.renamed", "reuse.sole", "reuse.named", "version.made:2", "put.written:2", "commit.staged:3"] {
        let scene = Scene::new();
        let (witness, mut owner) = (scene.store(), actor(&scene, &format!("kill:{point}")));
        owner.tell("churn 1 1000");
        owner.wait_killed();
        witness.reap().unwrap();
        assert_eq!(retired(&scene), 0, "at {point}");
        let stats = witness.stats().unwrap();
        assert_eq!((stats.sessions, scene.versions()), (1, stats.objects as usize), "at {point}");
    }
}

/// Processes put, replace, read and keep arrays, while others do the same and are killed.
#[test]
fn arrays_that_are_kept_never_change() {
    let scene = Scene::new();
    let witness = scene.store();
    let mut workers: Vec<Actor> = (0..2).map(|_| actor(&scene, "")).collect();
    for round in 0..4 {
        let mut victim = actor(&scene, "");
        victim.tell(&format!("churn {round} 100000"));
        for (nth, worker) in workers.iter_mut().enumerate() {
            worker.tell(&format!("churn {} 60", 100 * round + nth));
        }
        workers.iter_mut().for_each(|worker| drop(worker.answer().ok()));
        victim.kill();
    }
    workers.into_iter().for_each(Actor::finish);
    witness.reap().unwrap();
    let stats = witness.stats().unwrap();
    assert_eq!((stats.sessions, scene.versions()), (1, stats.objects as usize));
}
