//! The sessions and values that a worker keeps between calls.

use super::functions::{hoard, process, total};
use super::touchy::{Glass, Moment, bump, dropped, panic_in_worker, peek, peek_all};
use super::{assert_empty, lab};
use ref_core::{ErrorKind, Store, Workers, global_store, remote};
use ref_tests::Scene;
use std::process::Command;

/// A list whose elements take one byte each in the store, and a few hundred bytes each in memory.
#[global_store]
struct Wide(Vec<Option<[u64; 32]>>);

#[remote]
fn nothing_in(wide: &Wide) -> usize {
    wide.0.iter().filter(|cell| cell.is_none()).count()
}

/// Returns a list that takes about a hundred megabytes in memory, and less than half a megabyte in the store.
fn wide() -> Wide {
    Wide(vec![None; 400_000])
}

fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// Returns the process's private resident memory, in megabytes.
fn resident(pid: u32) -> usize {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    let pages: Vec<usize> = text.split_whitespace().map(|pages| pages.parse().unwrap()).collect();
    ((pages[1] - pages[2]) * rustix::param::page_size()) >> 20
}

#[test]
fn a_version_that_was_read_is_read_no_more() {
    let (_scene, store, workers) = lab(1);
    let mut glass = store.put(Glass::of(1)).unwrap();
    panic_in_worker::call(&workers, Moment::Reading, 1).unwrap();
    for _ in 0..5 {
        assert_eq!(peek::call(&workers, &glass).unwrap(), 1);
    }
    glass.borrow_mut().unwrap().touchy.0 = 2;
    assert_eq!(peek::call(&workers, &glass).unwrap_err().kind(), ErrorKind::Panicked);
    assert_eq!(peek::call(&workers, &glass).unwrap(), 2);
}

#[test]
fn what_is_read_of_an_object_that_is_gone_or_was_changed_goes_after_the_next_call() {
    let (_scene, store, workers) = lab(1);
    let (gone, mut changed) = (store.put(Glass::of(1)).unwrap(), store.put(Glass::of(2)).unwrap());
    assert_eq!(peek::call(&workers, &gone).unwrap() + peek::call(&workers, &changed).unwrap(), 3);
    process::call(&workers).unwrap();
    assert_eq!(dropped::call(&workers).unwrap(), 0);
    drop(gone);
    process::call(&workers).unwrap();
    assert_eq!(dropped::call(&workers).unwrap(), 1);
    changed.borrow_mut().unwrap().touchy.0 = 3;
    changed.flush().unwrap();
    process::call(&workers).unwrap();
    assert_eq!(dropped::call(&workers).unwrap(), 2);
}

#[test]
fn a_worker_without_a_cache_keeps_no_value() {
    let (_scene, store, _workers) = lab(1);
    let workers = Workers::builder(1).cache_bytes(0).start().unwrap();
    let glass = store.put(Glass::of(1)).unwrap();
    for nth in 1..3 {
        assert_eq!(peek::call(&workers, &glass).unwrap(), 1);
        assert_eq!(dropped::call(&workers).unwrap(), nth);
    }
}

/// The destructors of a kept value, of a copy, of an element of a list and of a changed value panic in a worker, and no
/// call fails.
#[test]
fn a_destructor_in_a_worker_is_no_call_s_fate() {
    let (_scene, store, workers) = lab(1);
    let pid = workers.idle();
    let glasses: Vec<_> = (0..40).map(|number| store.put(Glass::of(number)).unwrap()).collect();
    for (number, glass) in glasses.into_iter().enumerate() {
        panic_in_worker::call(&workers, Moment::Dropping, 0).unwrap();
        assert_eq!(peek::call(&workers, &glass).unwrap(), number as u64);
        panic_in_worker::call(&workers, Moment::Dropping, 0).unwrap();
        assert_eq!(peek::call(&workers, &Glass::of(7)).unwrap(), 7);
    }
    let (owned, copied) = ([1, 2].map(|number| store.put(Glass::of(number)).unwrap()), [1, 2].map(Glass::of));
    for before in 0..2 {
        panic_in_worker::call(&workers, Moment::Dropping, before).unwrap();
        assert_eq!(peek_all::call(&workers, &owned).unwrap(), 3);
        panic_in_worker::call(&workers, Moment::Dropping, before).unwrap();
        assert_eq!(peek_all::call(&workers, &copied).unwrap(), 3);
    }
    drop(owned);
    let (mut owned, mut copied) = (store.put(Glass::of(1)).unwrap(), Glass::of(1));
    for now in 2..5 {
        panic_in_worker::call(&workers, Moment::Dropping, 0).unwrap();
        bump::call(&workers, &mut owned).unwrap();
        panic_in_worker::call(&workers, Moment::Dropping, 0).unwrap();
        bump::call(&workers, &mut copied).unwrap();
        assert_eq!((owned.borrow().unwrap().number(), copied.number()), (now, now));
    }
    assert_eq!(workers.idle(), pid);
    drop(owned);
    assert_empty(&store);
}

#[test]
fn what_is_kept_leaves_a_call_its_memory() {
    let (_scene, store, _) = lab(1);
    let workers = Workers::builder(1).memory(1 << 30).start().unwrap();
    let values: Vec<_> = (0..10).map(|_| store.put(wide()).unwrap()).collect();
    for value in &values {
        assert_eq!(nothing_in::call(&workers, value).unwrap(), 400_000);
        assert!(hoard::call(&workers, 1 << 29).unwrap() >= 1 << 29);
    }
}

#[test]
fn what_is_kept_is_bounded_by_what_it_takes_in_memory() {
    let (_scene, store, workers) = lab(1);
    let pid = process::call(&workers).unwrap();
    let values: Vec<_> = (0..10).map(|_| store.put(wide()).unwrap()).collect();
    for value in &values {
        nothing_in::call(&workers, value).unwrap();
        process::call(&workers).unwrap();
        let megabytes = resident(pid);
        assert!(megabytes < 512, "{megabytes} MB are kept");
    }
}

/// A hundred stores are opened and closed, one after another.
#[test]
fn stores_that_are_over_leave_nothing_in_a_worker() {
    let folder = Scene::new();
    let jobs = || Command::new(env!("CARGO_BIN_EXE_remote")).arg("jobs").env("REF_STORE_DIR", folder.base()).output();
    let output = jobs().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let told: Vec<usize> = told.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let [first, last, stores] = told[..] else { panic!("{told:?}") };
    assert!(last <= first + 30, "{first} descriptors after the first job and {last} after the last");
    assert!(stores <= 6, "{stores} stores are there after a hundred jobs");
    assert_eq!(std::fs::read_dir(folder.base()).unwrap().count(), 0, "a job's store is left");
}

#[test]
fn a_worker_has_a_bound_on_open_stores_and_serves_all_that_there_are() {
    let (scene, _store, workers) = lab(1);
    let pid = process::call(&workers).unwrap();
    let open = |nth: usize| Store::open(&format!("file:{}/{nth}", scene.base().display())).unwrap();
    let stores: Vec<_> = (0..30).map(open).collect();
    let values: Vec<_> = stores.iter().map(|store| store.put(super::functions::Grid::of(&[1, 2])).unwrap()).collect();
    // The descriptors before the calls are not counted: the worker may have inherited some.
    let (before, mut most) = (descriptors(pid), 0);
    for _ in 0..3 {
        for value in &values {
            assert_eq!(total::call(&workers, value).unwrap(), 3);
            most = most.max(descriptors(pid));
        }
    }
    // At most nine sessions are open at a time, with seven descriptors each.
    assert!(most - before < 80, "{most} descriptors for 30 stores, {before} before");
}

#[test]
fn a_worker_without_calls_gives_up_what_it_keeps() {
    let (_scene, store, workers) = lab(1);
    let pid = process::call(&workers).unwrap();
    let before = descriptors(pid);
    let value = store.put(Glass::of(1)).unwrap();
    assert_eq!(peek::call(&workers, &value).unwrap(), 1);
    assert!(descriptors(pid) > before);
    while store.stats().unwrap().sessions > 1 {
        std::thread::yield_now();
    }
    // The worker closes the files of its session when the session is over.
    while descriptors(pid) != before {
        std::thread::yield_now();
    }
    assert_eq!(peek::call(&workers, &value).unwrap(), 1);
    assert!(dropped::call(&workers).unwrap() >= 1);
}

#[test]
fn a_store_that_was_removed_and_made_anew_is_opened_again() {
    let (scene, store, workers) = lab(1);
    let pid = workers.idle();
    let mut store = Some(store);
    for number in 0..3 {
        let there = store.take().unwrap_or_else(|| scene.store());
        let (glass, mut changed) = (there.put(Glass::of(number)).unwrap(), there.put(Glass::of(number)).unwrap());
        assert_eq!(peek::call(&workers, &glass).unwrap(), number);
        bump::call(&workers, &mut changed).unwrap();
        assert_eq!(changed.borrow().unwrap().number(), number + 1);
        // The forgotten session keeps the old store open.
        std::mem::forget(there);
        std::fs::remove_dir_all(scene.folder()).unwrap();
    }
    assert_eq!(workers.idle(), pid);
}
