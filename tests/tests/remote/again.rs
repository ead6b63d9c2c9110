//! Calls that are made again, since their workers have died.

use super::failures::kill;
use super::functions::{Grid, process};
use super::scopes::text;
use super::{assert_empty, lab};
use ref_core::{ErrorKind, Owned, Result, Store, Workers, remote};
use ref_tests::Scene;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// Adds a step to each grid, and a line to the file `tries`. The worker dies with each of the first tries.
#[remote(idempotent)]
fn step(from: &Grid, grid: &mut Grid, others: &mut [Grid], tries: &str, deaths: usize) -> u64 {
    if trial(tries) <= deaths {
        grid.step += 100;
        std::process::abort();
    }
    grid.step += 1;
    others.iter_mut().for_each(|other| other.step += 1);
    from.step + grid.step
}

/// Adds a line to the file, and returns how many lines it has then.
fn trial(tries: &str) -> usize {
    let mut file = OpenOptions::new().create(true).append(true).open(tries).unwrap();
    file.write_all(b"\n").unwrap();
    std::fs::read(tries).unwrap().len()
}

/// Adds a line to the file, and panics, returns an error, or never ends.
#[remote(idempotent)]
fn fail(how: u8, tries: &str) -> std::result::Result<(), String> {
    match (trial(tries), how) {
        (_, 0) => panic!("as asked"),
        (_, 1) => Err("as asked".to_owned()),
        _ => loop {
            std::thread::park();
        },
    }
}

/// Dies at the item of that number, at the first try of it.
#[remote(idempotent)]
fn die_once(item: usize, unlucky: usize, tries: String, store: &Store) -> Result<Owned<usize>> {
    if item == unlucky && trial(&tries) == 1 {
        kill(std::process::id());
    }
    store.put(item)
}

fn lines(file: &Path) -> usize {
    std::fs::read(file).map_or(0, |lines| lines.len())
}

/// A store for a test, an idle worker, and a file that counts tries.
fn place() -> (Scene, Store, Workers, std::path::PathBuf) {
    let (scene, store, workers) = lab(1);
    let tries = scene.base().join("tries");
    (scene, store, workers, tries)
}

#[test]
fn a_run_is_made_again_with_all_that_it_borrows() {
    let (_scene, store, workers, tries) = place();
    let (from, mut grid) = (store.put(Grid { step: 10, cells: vec![] }).unwrap(), store.put(Grid::default()).unwrap());
    let mut others: Vec<_> = (0..2).map(|_| store.put(Grid::default()).unwrap()).collect();
    let sum = workers.scope(|s| step::spawn(s, &from, &mut grid, &mut others, text(&tries), 2)?.retries(2).join());
    assert_eq!((sum.unwrap(), lines(&tries), workers.stats().restarts), (11, 3, 2));
    assert_eq!(grid.borrow().unwrap().step, 1);
    assert!(others.iter().all(|other| other.borrow().unwrap().step == 1));
    // One death more than there are retries: nothing is changed, and every borrow is back.
    std::fs::remove_file(&tries).unwrap();
    let failed = workers.scope(|s| step::spawn(s, &from, &mut grid, &mut others, text(&tries), 2)?.retries(1).join());
    let error = failed.unwrap_err();
    assert_eq!((error.kind(), lines(&tries)), (ErrorKind::WorkerDied, 2));
    assert!(error.to_string().starts_with("the last of 2 tries: worker "), "{error}");
    assert_eq!((grid.borrow_mut().unwrap().step, others[1].borrow_mut().unwrap().step), (1, 1));
    drop((from, grid, others));
    assert_empty(&store);
}

/// The worker is dead before the run is told of its retries.
#[test]
fn a_run_whose_worker_has_died_already_is_made_again() {
    let (_scene, _store, workers, tries) = place();
    let (from, mut grid, mut others) = (Grid::default(), Grid::default(), Vec::<Grid>::new());
    workers
        .scope(|s| {
            let run = step::spawn(s, &from, &mut grid, &mut others, text(&tries), 1)?;
            while !run.is_finished() {
                std::thread::yield_now();
            }
            run.retries(1).join().map(|steps| assert_eq!(steps, 1))
        })
        .unwrap();
    assert_eq!((grid.step, lines(&tries)), (1, 2));
}

#[test]
fn what_the_function_itself_has_decided_is_not_asked_again() {
    let (_scene, _store, workers, tries) = place();
    workers
        .scope(|s| {
            let panicked = fail::spawn(s, 0, text(&tries))?.retries(5).join().unwrap_err();
            assert_eq!(panicked.kind(), ErrorKind::Panicked);
            let refused = fail::spawn(s, 1, text(&tries))?.retries(5).join()?;
            assert_eq!(refused, Err("as asked".to_owned()));
            // The death of a worker whose call was cancelled is no reason for another try.
            let endless = fail::spawn(s, 2, text(&tries))?.retries(5);
            while lines(&tries) < 3 {
                std::thread::yield_now();
            }
            assert_eq!(endless.cancel().kind(), ErrorKind::Cancelled);
            process::spawn(s)?.join().map(drop)
        })
        .unwrap();
    assert_eq!(lines(&tries), 3);
}

#[test]
fn a_map_makes_the_calls_again_whose_workers_have_died() {
    let (_scene, store, workers, tries) = place();
    for retries in [1, 0] {
        std::fs::write(&tries, "").unwrap();
        let made = workers.scope(|s| {
            let items = (0..6).map(|item| (item, 3, text(&tries).to_owned(), &store));
            let results = die_once::map(s, items).retries(retries).unordered();
            let made = results.filter_map(|(item, result)| {
                let owned = result.ok()?.unwrap();
                assert_eq!(*owned.borrow().unwrap(), item);
                Some(item)
            });
            Ok(made.count())
        });
        assert_eq!(made.unwrap(), 5 + retries);
    }
    assert_empty(&store);
}
