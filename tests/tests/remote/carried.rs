//! Large results and new values: they come in files, are not copied, and leave nothing behind.

use super::lab;
use ref_core::{Bulk, ErrorKind, Owned, Workers, remote};
use ref_tests::{Column, Scene, program};
use serde::{Deserialize, Serialize};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

/// A column of so many cells takes 1.8 MB.
const CELLS: u64 = 200_000;
/// What the frames and the small results of a few calls take on the socket.
const FEW: u64 = 4_000;

#[remote]
fn renumber(column: &mut Column, n: u64) -> ref_core::Result<u64> {
    column.renumber(n)?;
    Ok(n)
}

#[remote]
fn renumber_all(columns: &mut [Column], n: u64) -> ref_core::Result<()> {
    columns.iter_mut().zip(n..).try_for_each(|(column, n)| column.renumber(n))
}

#[remote]
fn shift(list: &mut Vec<u64>, by: u64) {
    list.iter_mut().for_each(|n| *n += by);
}

#[remote]
fn shift_each(lists: &mut [Vec<u64>], by: u64) {
    lists.iter_mut().flatten().for_each(|n| *n += by);
}

#[remote]
fn column(n: u64, cells: u64) -> Column {
    Column::numbered(n, cells)
}

#[remote]
pub(crate) fn cells_or_not(n: u64) -> Result<Bulk<u64>, String> {
    if n == 0 { Err("x".repeat(CELLS as usize)) } else { Ok((n..n + CELLS).collect()) }
}

/// A type that has serde's traits alone.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Report {
    lines: Vec<String>,
}

#[remote]
fn report(lines: usize) -> Report {
    Report { lines: vec!["a line of the report".to_owned(); lines] }
}

/// Asserts that a few calls have brought no large value through the socket since it had brought `before` bytes.
fn assert_few(workers: &Workers, before: u64) {
    let received = workers.stats().received_bytes - before;
    assert!(received < FEW, "{received} bytes");
}

/// Whether the kernel names a file in this way that is in the folder and has no name.
fn is_unnamed(folder: &Path, shown: &str) -> bool {
    shown.contains(&format!("{}/#", folder.display())) && shown.ends_with("(deleted)")
}

/// Returns the numbers of the files without a name in the scene's store that this process has mapped.
fn mapped(scene: &Scene) -> Vec<u64> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let lines = maps.lines().filter(|line| is_unnamed(&scene.folder(), line));
    lines.filter_map(|line| line.split_ascii_whitespace().nth(4)?.parse().ok()).collect()
}

/// Returns how many files without a name in the scene's store this process has open.
fn open(scene: &Scene) -> usize {
    let entries = fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter_map(|path| fs::read_link(path).ok());
    files.filter(|file| is_unnamed(&scene.folder(), &file.to_string_lossy())).count()
}

/// Returns the numbers of the files in a folder.
fn files(folder: &Path) -> Vec<u64> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path.metadata().unwrap().ino()] }).collect()
}

#[test]
fn a_change_is_written_once_by_the_worker_and_becomes_the_version() {
    let (scene, store, workers) = lab(1);
    let mut owned = store.put(Column::numbered(1, CELLS)).unwrap();
    assert_eq!(renumber::call(&workers, &mut owned, 5).unwrap().unwrap(), 5);
    assert_few(&workers, 0);
    let came = mapped(&scene);
    let first = owned.borrow().unwrap().cells.clone();
    assert!(first.is_mapped() && owned.borrow().unwrap().is_whole() && first[0] == 5);
    assert_eq!(scene.versions(), 1, "nothing is in the store before it is written there");
    owned.flush().unwrap();
    let [version] = files(&scene.folder().join("obj"))[..] else { panic!("one version") };
    assert!(came.contains(&version), "{version} is not the file of the worker: {came:?}");
    assert!(files(&scene.folder().join("stage")).is_empty());

    // `lend` writes the next one, and a reader in another process has it.
    renumber::call(&workers, &mut owned, 7).unwrap().unwrap();
    let (loan, mut reader) = (owned.lend().unwrap(), scene.actor());
    reader.ask(&format!("column redeem r {}", loan.ticket().unwrap().to_text())).ok();
    assert_eq!(reader.ask("column look r").ok(), "true true");
    let _ended = loan.revoke().unwrap();
    // The next change is made on the one that is not written.
    renumber::call(&workers, &mut owned, 8).unwrap().unwrap();
    owned.borrow_mut().unwrap().renumber(9).unwrap();
    owned.unload().unwrap();
    let last = owned.borrow().unwrap();
    assert!(last.is_whole() && last.n == 9, "the file of an older value was written");
    assert!(first[0] == 5 && Column::is_numbered(&first), "a version has changed");
}

#[test]
fn a_list_without_an_array_comes_in_a_file_too() {
    let (scene, store, workers) = lab(1);
    let (mut owned, mut plain) = (store.put(vec![1_u64; CELLS as usize]).unwrap(), vec![1_u64; CELLS as usize]);
    shift::call(&workers, &mut owned, 2).unwrap();
    shift::call(&workers, &mut plain, 3).unwrap();
    assert_few(&workers, 0);
    assert!(owned.borrow().unwrap().iter().all(|n| *n == 3) && plain.iter().all(|n| *n == 4));
    owned.unload().unwrap();
    assert!(owned.borrow().unwrap().iter().all(|n| *n == 3));
    // A small one has no file.
    let (before, mut small) = (workers.stats().received_bytes, store.put(vec![1_u64; 500]).unwrap());
    shift::call(&workers, &mut small, 1).unwrap();
    assert!(workers.stats().received_bytes - before > 500, "a value of 500 numbers goes through the socket");
    assert_eq!((small.borrow().unwrap()[499], scene.versions()), (2, 2));
}

#[test]
fn results_come_in_files_and_their_arrays_are_not_copied() {
    let (_scene, _store, workers) = lab(1);
    let whole = column::call(&workers, 4, CELLS).unwrap();
    assert!(whole.is_whole() && whole.cells.is_mapped() && whole.text.is_mapped());
    let cells = cells_or_not::call(&workers, 3).unwrap().unwrap();
    assert!(cells.is_mapped() && Column::is_numbered(&cells) && cells.len() as u64 == CELLS);
    cells.verify().unwrap();
    assert_eq!(cells_or_not::call(&workers, 0).unwrap().unwrap_err().len() as u64, CELLS);
    assert_eq!(report::call(&workers, 10_000).unwrap(), report(10_000));
    let mut lists = vec![vec![1_u64; 50_000]; 3];
    shift_each::call(&workers, &mut lists, 1).unwrap();
    assert!(lists.iter().flatten().all(|n| *n == 2));
    assert_few(&workers, 0);
    // Small ones have no file, and arrays of their own.
    let small = column::call(&workers, 4, 100).unwrap();
    assert!(small.is_whole() && !small.cells.is_mapped());
    // What came stays when its worker is gone.
    drop(workers);
    assert!(whole.is_whole() && Column::is_numbered(&cells));
}

/// A message has 64 files at most, and a process keeps 64 open: more values than that come and are written all the
/// same.
#[test]
fn many_changes_take_few_descriptors() {
    let (scene, store, workers) = lab(1);
    let mut owned: Vec<Owned<Column>> = (0..80).map(|_| store.put(Column::numbered(1, 8_000)).unwrap()).collect();
    renumber_all::call(&workers, &mut owned, 2).unwrap().unwrap();
    for (column, n) in owned.iter_mut().zip(100..) {
        renumber::call(&workers, column, n).unwrap().unwrap();
    }
    let waiting = open(&scene);
    assert!((1..=64).contains(&waiting), "{waiting} files");
    for (column, n) in owned.iter_mut().zip(100..) {
        column.unload().unwrap();
        assert!(column.borrow().unwrap().n == n && column.borrow().unwrap().is_whole());
    }
    assert_eq!((scene.versions(), files(&scene.folder().join("stage"))), (80, vec![]));
    assert_eq!(open(&scene), 0, "each was closed when its change was written");
    let mut none: Vec<Owned<Column>> = Vec::new();
    renumber_all::call(&workers, &mut none, 1).unwrap().unwrap();
}

/// A worker without room in the store's folder has room in memory.
#[test]
fn a_change_that_finds_no_room_in_the_folder_comes_all_the_same() {
    for call in ["version.make", "version.write"] {
        let scene = Scene::new();
        let (store, workers) = (scene.store(), Workers::builder(1).env("REF_POINT", format!("enospc:{call}")));
        let (workers, mut owned) = (workers.start().unwrap(), store.put(Column::numbered(1, CELLS)).unwrap());
        renumber::call(&workers, &mut owned, 2).unwrap().unwrap();
        assert_few(&workers, 0);
        owned.unload().unwrap();
        assert!(owned.borrow().unwrap().is_whole() && owned.borrow().unwrap().n == 2, "{call}");
        assert_eq!(scene.versions(), 1);
    }
}

#[test]
fn a_worker_that_is_killed_leaves_nothing_and_takes_nothing_along() {
    for (point, n) in [("unnamed.written", 1), ("remote.ran", 1), ("remote.replied", 2)] {
        let scene = Scene::new();
        let (store, workers) = (scene.store(), Workers::builder(1).env("REF_POINT", format!("kill:{point}")));
        let (workers, mut owned) = (workers.start().unwrap(), store.put(Column::numbered(1, CELLS)).unwrap());
        match renumber::call(&workers, &mut owned, 2) {
            Ok(changed) => assert_eq!((changed.unwrap(), n), (2, 2), "{point}"),
            Err(error) => assert_eq!((error.kind(), n), (ErrorKind::WorkerDied, 1), "{point}: {error}"),
        }
        drop(workers);
        assert_eq!((scene.versions(), mapped(&scene).len() as u64), (1, n - 1), "{point}");
        owned.unload().unwrap();
        assert!(owned.borrow().unwrap().is_whole() && owned.borrow().unwrap().n == n, "{point}");
        drop(owned);
        assert_eq!(scene.versions(), 0, "{point}");
    }
}

#[test]
fn a_caller_that_is_killed_while_it_writes_the_change_leaves_nothing() {
    for point in ["flush.token", "unnamed.linked", "commit.named", "commit.current"] {
        let scene = Scene::new();
        let store = scene.store();
        let mut caller = Command::new(program("remote"));
        caller.args(["publish", &format!("file:{}", scene.folder().display())]);
        let ended = caller.env("REF_POINT", format!("kill:{point}")).status().unwrap();
        assert_eq!(ended.signal(), Some(9), "{point}");
        store.reap().unwrap();
        assert_eq!((store.stats().unwrap().objects, scene.versions()), (0, 0), "{point}");
    }
}
