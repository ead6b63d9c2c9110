//! Owners that move to workers and back.

use super::functions::{Even, Grid, GridOwned, grow, hold, keep, make, merge, swallow};
use super::scopes::{begun, text};
use super::touchy::{Glass, Moment, panic_in_worker};
use super::{assert_empty, lab};
use ref_core::{ErrorKind, Owned, Store, StoreOptions, remote};
use std::time::Duration;

#[remote]
fn stow(mut grid: Owned<Grid>, glass: &Glass, more: &mut Glass, _even: Even) -> Owned<Grid> {
    grid.borrow_mut().unwrap().cells.extend([glass.number(), more.number()]);
    grid
}

/// Takes two arguments that can fail to be sent, and after them one that is moved.
#[remote]
fn extend(from: &Grid, more: &Grid, mut into: Owned<Grid>) -> Owned<Grid> {
    into.borrow_mut().unwrap().cells.extend(from.cells.iter().chain(&more.cells));
    into
}

/// Takes and returns an owner behind the alias that `#[global_store]` makes.
#[remote]
fn lengthen(mut grid: GridOwned, by: u64, is_wanted: bool) -> Result<GridOwned, String> {
    grid.borrow_mut().unwrap().cells.push(by);
    if is_wanted { Ok(grid) } else { Err(format!("{by} is not wanted")) }
}

/// Changes the grid, writes the change, changes the grid again, and ends the worker.
#[remote]
fn perish(mut grid: Owned<Grid>) {
    grid.borrow_mut().unwrap().cells.push(2);
    grid.flush().unwrap();
    grid.borrow_mut().unwrap().cells.push(3);
    std::process::abort();
}

/// An alias whose name does not say that the type is an owner.
type Sheet = Owned<Grid>;

#[remote]
fn pass(sheet: Sheet) -> Sheet {
    sheet
}

#[test]
fn an_owner_behind_an_alias_is_an_owner() {
    let (_scene, store, workers) = lab(1);
    let grid = store.put(Grid::of(&[1])).unwrap();
    let id = grid.id();
    let grid = lengthen::call(&workers, grid, 2, true).unwrap().unwrap();
    let grid = workers.scope(|s| lengthen::spawn_or_return(s, grid, 3, true).unwrap().join()).unwrap().unwrap();
    let grid = pass::call(&workers, grid).unwrap();
    assert_eq!((grid.id(), &*grid.borrow().unwrap().cells), (id, &[1, 2, 3][..]));
    assert_eq!(lengthen::call(&workers, grid, 4, false).unwrap().unwrap_err(), "4 is not wanted");
    assert_empty(&store);
    let nowhere = || Store::open("memory:").unwrap().put(Grid::of(&[5])).unwrap();
    let refused = lengthen::call_or_return(&workers, nowhere(), 1, true).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Unsupported);
    assert_eq!(refused.handle.expect("it was not sent").into_inner().unwrap().cells, [5]);
    assert_eq!(pass::call(&workers, nowhere()).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn an_owner_comes_back_also_if_an_argument_before_it_fails() {
    let (_scene, store, workers) = lab(1);
    let here = || store.put(Grid::of(&[1])).unwrap();
    let nowhere = Store::open("memory:").unwrap().put(Grid::of(&[1])).unwrap();
    let from = here();
    for (from, more) in [(&nowhere, &from), (&from, &nowhere), (&nowhere, &nowhere)] {
        let refused = extend::call_or_return(&workers, from, more, here()).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Unsupported);
        assert_eq!(refused.handle.expect("it was not sent").into_inner().unwrap().cells, [1]);
        let error = extend::call(&workers, from, more, here()).unwrap_err();
        assert_eq!((error.kind(), store.stats().unwrap().objects), (ErrorKind::Unsupported, 1));
    }
    assert_eq!(extend::call(&workers, &from, &from, here()).unwrap().into_inner().unwrap().cells, [1, 1, 1]);
}

#[test]
fn ownership_moves_to_the_worker_and_back() {
    let (_scene, store, workers) = lab(1);
    let grid = store.put(Grid::of(&[1])).unwrap();
    let id = grid.id();
    let grid = grow::call(&workers, grid, 2).unwrap().unwrap();
    assert_eq!(grid.id(), id);
    let grid = keep::call(&workers, grid).unwrap();
    assert_eq!(grid.borrow().unwrap().cells, [1, 2]);
    assert_eq!(swallow::call(&workers, grid).unwrap(), 2);
    assert_empty(&store);
}

#[test]
fn an_owner_that_the_function_does_not_return_is_dropped_there() {
    let (_scene, store, workers) = lab(1);
    let grid = store.put(Grid::of(&[1])).unwrap();
    assert_eq!(grow::call(&workers, grid, 0).unwrap().unwrap_err(), "by nothing");
    assert_empty(&store);
}

#[test]
fn what_a_worker_makes_is_owned_here() {
    let (scene, store, workers) = lab(1);
    let address = format!("file:{}", scene.folder().display());
    let mut grid = make::call(&workers, address, vec![1, 2]).unwrap().unwrap();
    grid.borrow_mut().unwrap().cells.push(3);
    assert_eq!(grid.into_inner().unwrap().cells, [1, 2, 3]);
    assert_empty(&store);
}

#[test]
fn an_owner_returned_to_nobody_leaves_the_store() {
    let (_scene, store, workers) = lab(1);
    let grid = store.put(Grid::of(&[1])).unwrap();
    workers
        .scope(|s| {
            drop(keep::spawn(s, grid)?);
            Ok(())
        })
        .unwrap();
    assert_empty(&store);
}

/// If another argument cannot be read, the function is not called, and the owner comes back.
#[test]
fn an_owner_comes_back_when_another_argument_cannot_be_read() {
    let (_scene, store, workers) = lab(1);
    let grid = store.put(Grid::of(&[7])).unwrap();
    let (lent, mut changed) = (store.put(Glass::of(1)).unwrap(), store.put(Glass::of(2)).unwrap());
    let touch = |before| panic_in_worker::call(&workers, Moment::Reading, before).unwrap();

    touch(0);
    let refused = stow::call_or_return(&workers, grid, &lent, &mut changed, Even(2)).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Panicked);
    touch(1);
    let again = refused.handle.unwrap();
    let refused = stow::call_or_return(&workers, again, &lent, &mut changed, Even(2)).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Panicked);
    let again = refused.handle.unwrap();
    let refused = stow::call_or_return(&workers, again, &lent, &mut changed, Even(3)).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Decode);

    let grid: Owned<Grid> = refused.handle.unwrap();
    let grid = stow::call(&workers, grid, &lent, &mut changed, Even(2)).unwrap();
    assert_eq!(grid.into_inner().unwrap().cells, [7, 1, 2]);
    drop((lent, changed));
    assert_empty(&store);
}

/// The ticket of a returned owner lasts a minute, and a scope may last longer.
#[test]
fn a_returned_owner_is_claimed_when_it_arrives_not_when_it_is_joined() {
    let (_scene, store, workers) = lab(1);
    let grid = store.put(Grid::of(&[1])).unwrap();
    let grid = workers
        .scope(|s| {
            let run = grow::spawn(s, grid, 2)?;
            while !run.is_finished() {
                std::thread::yield_now();
            }
            assert_eq!(store.stats()?.in_transit, 0);
            run.join()
        })
        .unwrap();
    assert_eq!(grid.unwrap().into_inner().unwrap().cells, [1, 2]);
    assert_empty(&store);
}

#[test]
fn an_owner_comes_back_with_the_error_of_a_call_that_was_not_made() {
    let (_scene, store, workers) = lab(1);
    let memory = Store::open("memory:").unwrap();
    let grid = memory.put(Grid::of(&[7])).unwrap();
    let refused = keep::call_or_return(&workers, grid).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Unsupported);
    assert_eq!(refused.handle.unwrap().borrow().unwrap().cells, [7]);

    // This thread holds a lease of the object, so the owner cannot be sent.
    let mut grid = store.put(Grid::of(&[8])).unwrap();
    let loan = grid.lend().unwrap();
    let lease = store.redeem(loan.ticket().unwrap()).unwrap();
    drop(loan);
    let refused = keep::call_or_return(&workers, grid).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Conflict);
    drop(lease);
    grid = refused.handle.unwrap();
    assert_eq!(keep::call(&workers, grid).unwrap().into_inner().unwrap().cells, [8]);
    assert_empty(&store);
}

#[test]
fn each_of_two_owners_comes_back_to_its_place() {
    let (_scene, store, workers) = lab(1);
    let put = |cell| store.put(Grid::of(&[cell])).unwrap();
    let memory = Store::open("memory:").unwrap();
    let cells = |grid: Option<Owned<Grid>>| grid.unwrap().into_inner().unwrap().cells;
    for nowhere_first in [true, false] {
        let nowhere = memory.put(Grid::of(&[1])).unwrap();
        let (left, right) = if nowhere_first { (nowhere, put(2)) } else { (put(1), nowhere) };
        let refused = merge::call_or_return(&workers, left, 1, right).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Unsupported);
        let (left, right) = refused.handle;
        assert_eq!((cells(left), cells(right)), (vec![1], vec![if nowhere_first { 2 } else { 1 }]));
    }
    let merged = merge::call_or_return(&workers, put(1), 3, put(2)).unwrap().unwrap();
    assert_eq!(merged.into_inner().unwrap().cells, [1, 6]);
    assert_empty(&store);
}

/// The second owner's ticket expires while the call is queued. The worker has claimed the first owner, does not call
/// the function, and sends the first owner back, also to a caller that cancels the call after it was refused.
#[test]
fn an_owner_comes_back_when_another_one_cannot_be_claimed() {
    for is_cancelled in [false, true] {
        let (scene, store, workers) = lab(1);
        let [begun_at, go] = ["begun", "go"].map(|name| scene.base().join(name));
        let hasty = StoreOptions::new().ticket_timeout(Duration::from_millis(1));
        let hasty = hasty.open(&format!("file:{}/hasty", scene.base().display())).unwrap();
        let (left, right) = (store.put(Grid::of(&[1])).unwrap(), hasty.put(Grid::of(&[2])).unwrap());
        let (id, mut busy) = (left.id(), Grid::default());
        workers
            .scope(|s| {
                let running = hold::spawn(s, &mut busy, text(&begun_at), text(&go))?;
                begun(&begun_at);
                let merged = merge::spawn_or_return(s, left, 1, right)?;
                while hasty.stats()?.objects > 0 {
                    hasty.reap()?;
                }
                std::fs::write(&go, "").unwrap();
                running.join()?;
                while !merged.is_finished() {
                    std::thread::yield_now();
                }
                let refused =
                    if is_cancelled { merged.cancel_or_return() } else { merged.join_or_return().unwrap_err() };
                let expected = [ErrorKind::Gone, ErrorKind::Expired];
                assert!(expected.contains(&refused.error.kind()), "{}", refused.error);
                let (left, right) = refused.handle;
                let left = left.expect("it was sent back");
                assert_eq!((left.id(), right.is_some()), (id, false));
                assert_eq!(left.into_inner()?.cells, [1]);
                Ok(())
            })
            .unwrap();
        assert_empty(&store);
    }
}

/// All returned owners of a store share a session, even if no call has lent from that store.
#[test]
fn returned_owners_of_one_store_share_a_session() {
    let (scene, _store, workers) = lab(1);
    let address = format!("file:{}/elsewhere", scene.base().display());
    let made = |count: u64| -> Vec<_> {
        (0..count).map(|cell| make::call(&workers, address.clone(), vec![cell]).unwrap().unwrap()).collect()
    };
    let elsewhere = Store::open(&address).unwrap();
    let sessions = || elsewhere.stats().unwrap().sessions;
    for _ in 0..2 {
        let owners = made(20);
        assert!(sessions() <= 3, "this test's, the owners' and one of a worker: {}", sessions());
        assert!(owners.into_iter().enumerate().all(|(cell, owned)| owned.into_inner().unwrap().cells == [cell as u64]));
    }
    assert_empty(&elsewhere);
}

#[test]
fn owners_of_a_call_that_fails_are_dropped_unless_they_are_asked_for() {
    let (_scene, store, workers) = lab(1);
    let here = || store.put(Grid::of(&[1])).unwrap();
    let nowhere = || Store::open("memory:").unwrap().put(Grid::of(&[1])).unwrap();
    let error = merge::call(&workers, here(), 1, nowhere()).unwrap_err();
    assert_eq!((error.kind(), store.stats().unwrap().objects), (ErrorKind::Unsupported, 0));
    workers
        .scope(|s| {
            let error = merge::spawn(s, here(), 1, nowhere()).unwrap_err();
            assert_eq!((error.kind(), store.stats()?.objects), (ErrorKind::Unsupported, 0));
            let refused = merge::spawn_or_return(s, here(), 1, nowhere()).unwrap_err();
            let (left, right) = refused.handle;
            assert_eq!((left.is_some(), right.is_some(), store.stats()?.objects), (true, true, 1));
            Ok(())
        })
        .unwrap();
    assert_empty(&store);
}

#[test]
fn a_run_gives_back_what_no_worker_has_claimed() {
    let (scene, store, workers) = lab(1);
    let [begun_at, go] = ["begun", "go"].map(|name| scene.base().join(name));
    let mut busy = Grid::default();
    let (grid, other) = (store.put(Grid::of(&[1])).unwrap(), store.put(Grid::of(&[2])).unwrap());
    workers
        .scope(|s| {
            let running = hold::spawn(s, &mut busy, text(&begun_at), text(&go))?;
            begun(&begun_at);
            let back = keep::spawn_or_return(s, grid)?.cancel_or_return();
            assert_eq!(back.error.kind(), ErrorKind::Cancelled);
            let grid = back.handle.expect("it was in the queue");
            drop(keep::spawn(s, other)?.cancel());
            assert_eq!(store.stats()?.objects, 1, "the other was dropped");
            let queued = keep::spawn_or_return(s, grid)?;
            std::fs::write(&go, "").unwrap();
            running.join()?;
            assert_eq!(queued.join_or_return()?.into_inner()?.cells, [1]);
            Ok(())
        })
        .unwrap();
    assert_empty(&store);
}

#[test]
fn after_the_first_error_a_map_drops_the_owners_that_it_was_not_given_yet() {
    let (_scene, store, workers) = lab(1);
    let nowhere = Store::open("memory:").unwrap().put(Grid::of(&[1])).unwrap();
    let here = [2, 3].map(|cell| store.put(Grid::of(&[cell])).unwrap());
    let here = here.into_iter().inspect(|_| unreachable!("a call after the first error"));
    let error = swallow::map(&workers, std::iter::once(nowhere).chain(here)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_empty(&store);
}

/// An argument that was detached once is detached again when its worker dies, and one that was not is removed.
#[test]
fn an_adopted_argument_outlives_its_worker() {
    let (_scene, store, workers) = lab(1);
    let key = store.put(Grid::of(&[1])).unwrap().detach().unwrap();
    let adopted = store.adopt(key.clone()).unwrap();
    assert_eq!(perish::call(&workers, adopted).unwrap_err().kind(), ErrorKind::WorkerDied);
    assert_eq!(perish::call(&workers, store.put(Grid::of(&[1])).unwrap()).unwrap_err().kind(), ErrorKind::WorkerDied);
    store.reap().unwrap();
    assert_eq!(store.get(&key).unwrap().cells, [1, 2]);
    assert!(store.remove(&key).unwrap());
    assert_empty(&store);
}
