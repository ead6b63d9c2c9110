//! Workers that are killed at random moments, during thousands of calls.

use super::failures::kill;
use super::functions::{Grid, add, keep, process, reduce, total};
use super::lab;
use ref_core::{ErrorKind, Workers};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The least number of rounds, of four calls each. There are more rounds until `DEATHS` calls have failed by a kill.
const ROUNDS: u64 = 1_000;
const DEATHS: u64 = 25;

/// Kills workers until `over` is set. Again and again, chooses the last idle worker, and kills it when the test has
/// begun a random number of further rounds, 0 to 15. Returns how many kills were tried: a worker may have ended before
/// its kill.
fn kill_workers(workers: &Workers, calls: &AtomicUsize, over: &AtomicBool) -> usize {
    let mut kills = 0;
    let mut random = 0x9e37_79b9_u64;
    while !over.load(Ordering::Relaxed) {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let next = calls.load(Ordering::Relaxed) + (random >> 60) as usize;
        let known = workers.idle();
        while calls.load(Ordering::Relaxed) < next && !over.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        if let Some(&pid) = known.last() {
            kill(pid);
            kills += 1;
        }
    }
    kills
}

#[test]
fn killed_workers_lose_no_borrow_and_no_change() {
    let (_scene, store, workers) = lab(2);
    let (from, mut to) = (store.put(Grid::of(&[1])).unwrap(), store.put(Grid::of(&[0])).unwrap());
    let parts = [1, 2, 3].map(|cell| store.put(Grid::of(&[cell])).unwrap());
    let (mut plain, mut reduced) = (Grid::of(&[0]), Grid::of(&[0]));
    let mut moving = Some(store.put(Grid::of(&[5])).unwrap());
    let (mut returned, mut died, mut lost) = (0, 0, 0);
    let (calls, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|threads| {
        let killer = threads.spawn(|| kill_workers(&workers, &calls, &over));
        let mut n = 0;
        while n < ROUNDS || died < DEATHS {
            n += 1;
            calls.fetch_add(1, Ordering::Relaxed);
            let before = (to.borrow().unwrap().cells[0], plain.cells[0]);
            let (owner, copy) = (add::call(&workers, &from, &mut to, 1), add::call(&workers, &from, &mut plain, 1));
            for (answer, before, now) in
                [(owner, before.0, to.borrow().unwrap().cells[0]), (copy, before.1, plain.cells[0])]
            {
                match answer {
                    Ok(sum) => {
                        assert_eq!((sum.unwrap(), now), (before + 1, before + 1), "call {n}");
                        returned += 1;
                    }
                    Err(error) => {
                        assert_eq!((error.kind(), now), (ErrorKind::WorkerDied, before), "call {n}: {error}");
                        died += 1;
                    }
                }
            }
            let before = reduced.cells[0];
            match reduce::call(&workers, &parts, &mut reduced) {
                Ok(3) => assert_eq!(reduced.cells[0], before + 6, "call {n}"),
                Ok(other) => unreachable!("call {n}: {other} parts"),
                Err(error) => {
                    assert_eq!((error.kind(), reduced.cells[0]), (ErrorKind::WorkerDied, before), "call {n}: {error}");
                    died += 1;
                }
            }
            assert!(parts.iter().all(|part| part.lent_as().is_none()), "call {n}");
            moving = Some(match keep::call_or_return(&workers, moving.take().unwrap()) {
                Ok(moved) => moved,
                // The owner came back, unless the worker had claimed it. An owner that the worker had claimed is lost
                // with the worker.
                Err(refused) => refused.handle.unwrap_or_else(|| {
                    assert_eq!(refused.error.kind(), ErrorKind::WorkerDied);
                    lost += 1;
                    store.put(Grid::of(&[5])).unwrap()
                }),
            });
        }
        over.store(true, Ordering::Relaxed);
        let kills = killer.join().unwrap();
        println!("{n} rounds, {kills} kills, {returned} calls returned, {died} died");
    });
    assert_eq!((from.lent_as(), to.lent_as()), (None, None));
    let moving = moving.unwrap();
    assert_eq!(total::call(&workers, &moving).or_else(|_| total::call(&workers, &moving)).unwrap(), 5);
    assert!(process::call(&workers).is_ok());
    drop((workers, from, to, parts, moving));
    store.reap().unwrap();
    // A worker may be killed after it has made a ticket of its owner, and before it has sent the ticket. The ticket
    // expires after a minute, and the object goes with the ticket.
    let stats = store.stats().unwrap();
    assert!(stats.objects == stats.in_transit && stats.in_transit <= lost, "{stats:?}, {lost} owners were lost");
}
