//! Spawned calls, which borrow for a scope.

use super::functions::{Grid, add, count, double, explode, hold, note, process, total};
use super::{assert_empty, lab};
use ref_core::{ErrorKind, RefMut, Result, Store};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

static ONE: std::sync::LazyLock<Grid> = std::sync::LazyLock::new(|| Grid::of(&[1]));

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Waits until the worker has written the file, and returns the worker's process number.
pub(crate) fn begun(path: &Path) -> u32 {
    loop {
        if let Some(pid) = std::fs::read_to_string(path).ok().and_then(|text| text.parse().ok()) {
            return pid;
        }
        std::thread::yield_now();
    }
}

#[test]
fn two_calls_run_at_the_same_time_and_are_joined() {
    let (scene, store, workers) = lab(2);
    let (mut west, mut east) = (store.put(Grid::default()).unwrap(), Grid::default());
    let files = ["a", "b"].map(|name| scene.base().join(name));
    // Each call waits until the other has begun.
    let (a, b) = workers
        .scope(|s| {
            let a = hold::spawn(s, &mut west, text(&files[0]), text(&files[1]))?;
            let b = hold::spawn(s, &mut east, text(&files[1]), text(&files[0]))?;
            Ok((a.join()?, b.join()?))
        })
        .unwrap();
    assert_eq!((a, b, west.borrow().unwrap().step, east.step), (1, 1, 1, 1));
    assert_ne!(begun(&files[0]), begun(&files[1]));
}

#[test]
fn two_fields_of_one_value_are_lent_to_two_processes() {
    struct World {
        west: Grid,
        east: Grid,
    }
    let (_scene, _store, workers) = lab(2);
    let (from, mut world) = (Grid::of(&[1]), World { west: Grid::of(&[1]), east: Grid::of(&[2]) });
    workers
        .scope(|s| {
            let a = add::spawn(s, &from, &mut world.west, 1)?;
            let b = add::spawn(s, &from, &mut world.east, 1)?;
            assert_eq!((a.join()?, b.join()?), (Ok(2), Ok(3)));
            Ok(())
        })
        .unwrap();
    assert_eq!((world.west.cells[0], world.east.cells[0]), (2, 3));
}

#[test]
fn two_fields_of_one_object_are_lent_to_two_processes_by_their_handles() {
    let (_scene, store, workers) = lab(2);
    let mut grid = store.put(Grid::of(&[1, 2])).unwrap();
    let fields = RefMut::fields(grid.borrow_mut().unwrap());
    workers
        .scope(|s| {
            let step = count::spawn(s, fields.step)?;
            let cells = double::spawn(s, fields.cells)?;
            step.join().and(cells.join())
        })
        .unwrap();
    assert_eq!(*grid.borrow().unwrap(), Grid { step: 1, cells: vec![2, 4] });
}

#[test]
fn more_calls_than_workers_wait_for_their_turn() {
    let (_scene, store, workers) = lab(2);
    let grid = store.put(Grid::of(&[1, 2])).unwrap();
    let totals: Vec<u64> = workers
        .scope(|s| {
            let runs = (0..100).map(|_| total::spawn(s, &grid)).collect::<Result<Vec<_>>>()?;
            runs.into_iter().map(|run| run.join()).collect()
        })
        .unwrap();
    assert_eq!(totals, [3; 100]);
}

#[test]
fn all_workers_are_used() {
    let (scene, _store, workers) = lab(3);
    let files = ["a", "b", "c"].map(|name| scene.base().join(name));
    let mut grids = [const { Grid { step: 0, cells: Vec::new() } }; 3];
    let go = scene.base().join("go");
    workers
        .scope(|s| {
            let runs = grids.iter_mut().zip(&files).map(|(grid, file)| hold::spawn(s, grid, text(file), text(&go)));
            let runs = runs.collect::<Result<Vec<_>>>()?;
            let pids: BTreeSet<_> = files.iter().map(|file| begun(file)).collect();
            assert_eq!(pids.len(), 3);
            std::fs::write(&go, "").unwrap();
            runs.into_iter().try_for_each(|run| run.join().map(drop))
        })
        .unwrap();
}

#[test]
fn a_call_that_is_not_joined_is_joined_by_the_scope() {
    let (_scene, store, workers) = lab(2);
    let (mut to, mut plain) = (store.put(Grid::of(&[1])).unwrap(), Grid::of(&[1]));
    workers
        .scope(|s| {
            drop(add::spawn(s, &*ONE, &mut to, 1)?);
            std::mem::forget(add::spawn(s, &*ONE, &mut plain, 1)?);
            Ok(())
        })
        .unwrap();
    assert_eq!((to.borrow().unwrap().cells[0], plain.cells[0], to.lent_as()), (2, 2, None));
}

#[test]
fn a_call_that_fails_unseen_fails_the_scope() {
    let (_scene, _store, workers) = lab(1);
    let mut grid = Grid::of(&[1]);
    let result = workers.scope(|s| {
        drop(explode::spawn(s, &mut grid, "unseen".into())?);
        Ok(7)
    });
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Panicked);
    assert_eq!(grid.cells, [1]);
}

#[test]
fn the_scope_waits_also_when_it_is_left_early_or_by_a_panic() {
    let (_scene, store, workers) = lab(2);
    let mut to = store.put(Grid::of(&[0])).unwrap();
    let early: Result<()> = workers.scope(|s| {
        drop(add::spawn(s, &*ONE, &mut to, 1)?);
        Store::open("nowhere").map(drop)
    });
    assert!(early.is_err());
    assert_eq!(to.borrow().unwrap().cells[0], 1);

    let panicked = catch_unwind(AssertUnwindSafe(|| {
        workers.scope(|s| -> Result<()> {
            drop(add::spawn(s, &*ONE, &mut to, 1)?);
            panic!("in the scope")
        })
    }));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"in the scope"));
    assert_eq!(to.borrow().unwrap().cells[0], 2);
    assert_eq!(to.lent_as(), None);
}

#[test]
fn a_run_tells_whether_it_is_over_and_is_there_when_it_is_late() {
    let (scene, _store, workers) = lab(1);
    let (mut grid, begun_at, go) = (Grid::default(), scene.base().join("begun"), scene.base().join("go"));
    workers
        .scope(|s| {
            let run = hold::spawn(s, &mut grid, text(&begun_at), text(&go))?;
            assert!(!run.is_finished());
            assert_eq!(run.wait(Duration::ZERO).unwrap_err().kind(), ErrorKind::Timeout);
            std::fs::write(&go, "").unwrap();
            while !run.is_finished() {
                std::thread::yield_now();
            }
            run.wait(Duration::ZERO)?;
            assert_eq!(run.join()?, 1);
            Ok(())
        })
        .unwrap();
    assert_eq!(grid.step, 1);
}

#[test]
fn a_cancelled_call_changes_nothing_and_its_worker_is_replaced() {
    let (scene, store, workers) = lab(1);
    let mut grid = store.put(Grid::of(&[1])).unwrap();
    let (begun_at, never) = (scene.base().join("begun"), scene.base().join("never"));
    let pid = workers
        .scope(|s| {
            let run = hold::spawn(s, &mut grid, text(&begun_at), text(&never))?;
            let pid = begun(&begun_at);
            assert_eq!(run.cancel().kind(), ErrorKind::Cancelled);
            Ok(pid)
        })
        .unwrap();
    assert_eq!(*grid.borrow_mut().unwrap(), Grid::of(&[1]));
    assert_ne!(process::call(&workers).unwrap(), pid);
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn a_call_is_cancelled_in_the_queue_and_when_it_is_over() {
    let (scene, store, workers) = lab(1);
    let [begun_at, go, file] = ["begun", "go", "file"].map(|name| scene.base().join(name));
    let (mut first, mut second, mut third) = (Grid::default(), store.put(Grid::of(&[1])).unwrap(), Grid::of(&[1]));
    workers
        .scope(|s| {
            let running = hold::spawn(s, &mut first, text(&begun_at), text(&go))?;
            begun(&begun_at);
            let queued = add::spawn(s, &*ONE, &mut second, 1)?;
            let noted = note::spawn(s, 1, text(&file))?;
            assert_eq!(queued.cancel().kind(), ErrorKind::Cancelled);
            assert_eq!(noted.cancel().kind(), ErrorKind::Cancelled);
            std::fs::write(&go, "").unwrap();
            running.join()?;

            let over = add::spawn(s, &*ONE, &mut third, 1)?;
            while !over.is_finished() {
                std::thread::yield_now();
            }
            assert_eq!(over.cancel().kind(), ErrorKind::Cancelled);
            Ok(())
        })
        .unwrap();
    assert!(!file.exists(), "a call that was cancelled in the queue was run");
    assert_eq!((second.borrow_mut().unwrap().cells[0], third.cells[0]), (1, 1));
    drop(second);
    assert_empty(&store);
}
