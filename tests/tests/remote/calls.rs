//! One call: its arguments, its result and its changes.

use super::functions::{Grid, Overflow, add, echo, process, total, words};
use super::{assert_empty, lab};
use ref_core::{Lease, Shared, Store, Workers, remote};

#[test]
fn a_remote_function_is_an_ordinary_function_as_well() {
    let (from, mut to) = (Grid::of(&[1, 2]), Grid::of(&[10, 20]));
    assert_eq!(add(&from, &mut to, 2), Ok(36));
    assert_eq!(to.cells, [12, 24]);
}

#[test]
fn a_call_runs_in_another_process() {
    let (_scene, _store, workers) = lab(1);
    assert_ne!(process::call(&workers).unwrap(), std::process::id());
}

#[test]
fn owners_are_lent_and_changes_come_back_with_the_result() {
    let (_scene, store, workers) = lab(1);
    let from = store.put(Grid::of(&[1, 2])).unwrap();
    let mut to = store.put(Grid::of(&[10, 20])).unwrap();
    assert_eq!(add::call(&workers, &from, &mut to, 2).unwrap(), Ok(36));
    assert_eq!(add::call(&workers, &from, &mut to, 1).unwrap(), Ok(39));
    assert_eq!(*to.borrow().unwrap(), Grid { step: 2, cells: vec![13, 26] });
    assert_eq!(total::call(&workers, &to).unwrap(), 39);
    assert_eq!((to.lent_as(), from.lent_as()), (None, None));
    assert_eq!(to.into_inner().unwrap().cells, [13, 26]);
    drop(from);
    assert_empty(&store);
}

#[test]
fn changes_count_also_where_the_function_returns_an_error() {
    let (_scene, store, workers) = lab(1);
    let mut to = store.put(Grid::of(&[1, u64::MAX])).unwrap();
    let answer = add::call(&workers, &Grid::of(&[1, 1]), &mut to, 1).unwrap();
    assert_eq!(answer, Err(Overflow { at: 1 }));
    assert_eq!(*to.borrow().unwrap(), Grid { step: 1, cells: vec![2, u64::MAX] });
}

#[test]
fn unwritten_changes_of_an_owner_reach_the_worker() {
    let (_scene, store, workers) = lab(1);
    let mut grid = store.put(Grid::of(&[1])).unwrap();
    grid.borrow_mut().unwrap().cells.push(2);
    assert_eq!(total::call(&workers, &grid).unwrap(), 3);
    grid.borrow_mut().unwrap().cells.push(3);
    assert_eq!(total::call(&workers, &grid).unwrap(), 6);
}

#[test]
fn plain_references_are_lent_as_copies_and_written_back() {
    let (_scene, _store, workers) = lab(1);
    let (from, mut to) = (Grid::of(&[1, 2]), Grid::of(&[10, 20]));
    assert_eq!(add::call(&workers, &from, &mut to, 2).unwrap(), Ok(36));
    assert_eq!(to, Grid { step: 1, cells: vec![12, 24] });
}

#[test]
fn borrows_and_leases_are_lent_on() {
    let (_scene, store, workers) = lab(1);
    let mut owned = store.put(Grid::of(&[1])).unwrap();
    assert_eq!(total::call(&workers, owned.borrow().unwrap()).unwrap(), 1);
    assert_eq!(add::call(&workers, &Grid::of(&[5]), owned.borrow_mut().unwrap(), 1).unwrap(), Ok(6));

    let loan = owned.lend_mut().unwrap();
    let mut lease = store.redeem(loan.ticket().unwrap()).unwrap();
    assert_eq!(add::call(&workers, &Grid::of(&[1]), &mut lease, 1).unwrap(), Ok(7));
    lease.commit().unwrap();
    let _ = loan.end().unwrap();

    let loan = owned.lend().unwrap();
    let lease: Lease<Grid, Shared> = store.redeem(loan.ticket().unwrap()).unwrap();
    assert_eq!(total::call(&workers, &lease).unwrap(), 7);
}

#[test]
fn text_slices_and_patterns_are_parameters() {
    let (_scene, _store, workers) = lab(1);
    let of = ["b".to_owned(), "c".to_owned()];
    assert_eq!(words::call(&workers, "a", &of, (1, 2)).unwrap(), "a b c 12");
}

#[test]
fn values_of_any_size_go_and_come_back() {
    let (_scene, _store, workers) = lab(1);
    for size in [0, 1, 65_535, 65_536, 300_000, 5_000_000] {
        let bytes: Vec<u8> = (0..size).map(|n| n as u8).collect();
        assert!(echo::call(&workers, bytes.clone()).unwrap() == bytes, "{size}");
    }
}

#[test]
fn functions_in_bodies_are_told_apart() {
    let (_scene, _store, workers) = lab(1);
    let first = {
        #[remote]
        fn answer() -> u8 {
            1
        }
        answer::call(&workers).unwrap()
    };
    let second = {
        #[remote]
        fn answer() -> u8 {
            2
        }
        answer::call(&workers).unwrap()
    };
    assert_eq!((first, second), (1, 2));
}

#[test]
fn a_map_answers_in_order() {
    let (_scene, store, workers) = lab(2);
    let grids: Vec<_> = (0..200).map(|n| store.put(Grid::of(&[n, 1])).unwrap()).collect();
    let totals = total::map(&workers, &grids).unwrap();
    assert_eq!(totals, (1..=200).collect::<Vec<_>>());

    let from = Grid::of(&[1]);
    let mut plain: Vec<_> = (0..100).map(|n| Grid::of(&[n])).collect();
    let sums = add::map(&workers, plain.iter_mut().map(|to| (&from, to, 2))).unwrap();
    assert_eq!(sums, (2..102).map(Ok).collect::<Vec<_>>());
    assert_eq!(plain[99].cells, [101]);
    drop(grids);
    assert_empty(&store);
}

#[test]
fn what_no_other_process_reaches_is_refused_and_nothing_is_lent() {
    let (_scene, _store, workers) = lab(1);
    let memory = Store::open("memory:").unwrap();
    let mut grid = memory.put(Grid::of(&[1])).unwrap();
    let error = total::call(&workers, &grid).unwrap_err();
    assert_eq!(error.kind(), ref_core::ErrorKind::Unsupported);
    assert!(error.to_string().contains("shm://NAME"), "{error}");
    assert_eq!(grid.lent_as(), None);
    assert_eq!(total::call(&workers, &*grid.borrow().unwrap()).unwrap(), 1);
    grid.borrow_mut().unwrap().step = 1;
}

#[test]
fn many_threads_share_the_workers() {
    let (_scene, store, workers): (_, _, Workers) = lab(2);
    let grid = store.put(Grid::of(&[1, 2, 3])).unwrap();
    std::thread::scope(|threads| {
        for n in 0..8 {
            let (workers, grid) = (&workers, &grid);
            threads.spawn(move || {
                for round in 0..50 {
                    assert_eq!(total::call(workers, grid).unwrap(), 6);
                    assert_eq!(echo::call(workers, vec![n, round]).unwrap(), [n, round]);
                }
            });
        }
    });
}
