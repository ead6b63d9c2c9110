//! What a function reports while it runs, and what its caller asks of it.

use super::functions::{Grid, climb, echo, process};
use super::{assert_empty, lab};
use ref_core::{ErrorKind, remote};
use rustix::process::{Pid, Signal, kill_process};
use std::time::Duration;

#[test]
fn a_function_reports_its_progress_and_ends_when_it_is_asked_to() {
    let (_scene, store, workers) = lab(1);
    let mut grid = store.put(Grid::default()).unwrap();
    workers
        .scope(|s| {
            let (run, behind) = (climb::spawn(s, &mut grid, 7)?, process::spawn(s)?);
            while run.progress().is_none() {
                std::thread::yield_now();
            }
            assert_eq!((run.progress(), behind.progress()), (Some((1, 7)), None));
            let stats = workers.stats();
            assert_eq!((stats.queued, stats.running, stats.idle, stats.restarts), (1, 1, 0, 0));
            // A call that waits in the queue is over at once.
            behind.request_cancel();
            assert_eq!(behind.join().unwrap_err().kind(), ErrorKind::Cancelled);
            run.request_cancel();
            while run.wait(Duration::MAX).is_err() {}
            assert_eq!(run.progress(), Some((2, 7)));
            // The function has returned, so its changes count.
            run.join().map(|steps| assert_eq!(steps, 2))
        })
        .unwrap();
    assert_eq!(grid.borrow().unwrap().step, 2);
    // The next call of the same worker has reported nothing, and was asked for nothing.
    let pid = process::call(&workers).unwrap();
    workers
        .scope(|s| {
            let run = climb::spawn(s, &mut grid, 8)?;
            while run.progress().is_none() {
                std::thread::yield_now();
            }
            assert_eq!(run.progress(), Some((1, 8)));
            kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL).unwrap();
            while run.wait(Duration::MAX).is_err() {}
            assert_eq!(run.progress(), Some((1, 8)));
            assert_eq!(run.join().unwrap_err().kind(), ErrorKind::WorkerDied);
            Ok(())
        })
        .unwrap();
    assert_eq!(grid.borrow().unwrap().step, 2);
    // The call is over a moment before its worker's death is noted.
    while workers.stats().restarts == 0 {
        std::thread::yield_now();
    }
    let before = workers.stats();
    assert_eq!((before.queued, before.running, before.idle, before.restarts), (0, 0, 0, 1));
    echo::call(&workers, vec![0; 1000]).unwrap();
    let after = workers.stats();
    assert_eq!((after.running, after.idle, after.restarts), (0, 1, 1));
    assert!((1000..1500).contains(&(after.sent_bytes - before.sent_bytes)), "{before:?} {after:?}");
    assert!((1000..1100).contains(&(after.received_bytes - before.received_bytes)), "{before:?} {after:?}");
    drop(grid);
    assert_empty(&store);
}

#[test]
fn a_function_without_a_caller_reports_to_no_process() {
    remote::progress(1, 2);
    assert!(!remote::is_cancelled());
}
