//! Workers that are replaced after a number of calls.

use super::functions::{Grid, add, leave, process};
use super::lab;
use ref_core::{ErrorKind, Result, Workers, remote};
use std::collections::BTreeMap;
use std::path::Path;

#[remote]
fn process_for(number: u64) -> (u64, u32) {
    (number, std::process::id())
}

/// Returns how many calls each process has run.
fn tally(pids: impl IntoIterator<Item = u32>) -> BTreeMap<u32, usize> {
    let mut tally = BTreeMap::new();
    pids.into_iter().for_each(|pid| *tally.entry(pid).or_default() += 1);
    tally
}

#[test]
fn a_worker_answers_so_many_calls_and_none_is_lost() {
    // The pool permits no restarts. So a replacement that counted as a restart would be refused.
    let workers = Workers::builder(1).recycle_after(3).restarts(0).start().unwrap();
    let pids: Vec<_> = (0..10).map(|_| process::call(&workers).unwrap()).collect();
    assert_eq!(tally(pids.iter().copied()).into_values().collect::<Vec<_>>().iter().sum::<usize>(), 10);
    for calls in pids.chunks(3) {
        assert!(calls.iter().all(|pid| *pid == calls[0]), "{pids:?}");
    }
    assert_eq!(tally(pids).len(), 4);
}

#[test]
fn calls_that_are_sent_ahead_and_spawned_ones_count_as_well() {
    let (_scene, store, _) = lab(1);
    let workers = Workers::builder(2).recycle_after(5).restarts(0).start().unwrap();
    let answers = process_for::map(&workers, 0..200).unwrap();
    assert!(answers.iter().map(|(number, _)| *number).eq(0..200));
    let tally_of_map = tally(answers.into_iter().map(|(_, pid)| pid));
    assert!(tally_of_map.values().all(|calls| *calls <= 5), "{tally_of_map:?}");

    let (from, mut to) = (store.put(Grid::of(&[1])).unwrap(), store.put(Grid::of(&[0])).unwrap());
    let pids: Vec<_> = workers
        .scope(|s| {
            let runs = (0..40).map(|_| process::spawn(s)).collect::<Result<Vec<_>>>()?;
            runs.into_iter().map(|run| run.join()).collect()
        })
        .unwrap();
    assert!(tally(pids).values().all(|calls| *calls <= 5));
    for sum in 1..20 {
        assert_eq!(add::call(&workers, &from, &mut to, 1).unwrap(), Ok(sum));
    }
}

#[test]
fn recycled_workers_end() {
    let workers = Workers::builder(1).recycle_after(1).start().unwrap();
    let pids: Vec<_> = (0..5).map(|_| process::call(&workers).unwrap()).collect();
    let lives = |pid: &u32| Path::new(&format!("/proc/{pid}")).exists();
    drop(workers);
    assert_eq!(pids.iter().filter(|pid| lives(pid)).count(), 0);
}

#[test]
fn a_worker_in_whose_place_none_can_be_started_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first");
    let program = std::env::current_exe().unwrap();
    let once = r#"mkdir "$0" 2>/dev/null || exit 3; exec "$1" --exact ref_worker --ignored --nocapture > /dev/null"#;
    let arguments = [Path::new("-c"), Path::new(once), &first, &program];
    let workers = Workers::builder(1).command("sh", arguments).recycle_after(2).start().unwrap();
    let pids: Vec<_> = (0..9).map(|_| process::call(&workers).unwrap()).collect();
    assert_eq!(tally(pids).len(), 1);
    // A call whose worker dies fails, even if the worker was to be recycled.
    let mut grid = Grid::of(&[1]);
    assert_eq!(leave::call(&workers, &mut grid, 4).unwrap_err().kind(), ErrorKind::WorkerDied);
}

#[test]
fn workers_that_would_answer_no_calls_are_refused() {
    let error = Workers::builder(1).recycle_after(0).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("at least 1"), "{error}");
}
