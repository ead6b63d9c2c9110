//! Calls of one function for many items in a scope: their results come one after the other.

use super::functions::{Grid, explode, grow, hold, keep};
use super::scopes::{begun, text};
use super::{assert_empty, lab};
use ref_core::{ErrorKind, Owned};

/// Grids with as many steps as their index says.
fn grids<const N: usize>() -> [Grid; N] {
    std::array::from_fn(|step| Grid { step: step as u64, cells: vec![1] })
}

#[test]
fn a_failure_costs_one_result_and_owners_that_came_stay() {
    let (_scene, store, workers) = lab(2);
    let mut kept = Vec::new();
    let failed = workers
        .scope(|s| {
            // An item that fails in its call, and one that cannot be lent: its owner is in no store of other processes.
            let elsewhere = ref_core::Store::open("memory:").unwrap();
            let places = (0..5).map(|step| (if step == 3 { elsewhere.clone() } else { store.clone() }, step));
            let items = places.map(|(place, step)| (place.put(Grid::of(&[step])).unwrap(), u64::from(step != 1)));
            let items: Vec<_> = items.collect();
            let results = grow::map(s, items).in_flight(3);
            let mut failed = Vec::new();
            for (nth, result) in results.enumerate() {
                match result {
                    Ok(Ok(grid)) => kept.push(grid),
                    Ok(Err(text)) => failed.push((nth, text)),
                    Err(error) => failed.push((nth, format!("{:?}", error.kind()))),
                }
            }
            Ok(failed)
        })
        .unwrap();
    assert_eq!(failed, [(1, "by nothing".to_owned()), (3, format!("{:?}", ErrorKind::Unsupported))]);
    let cells: Vec<_> = kept.iter().map(|grid| grid.borrow().unwrap().cells.clone()).collect();
    assert_eq!(cells, [[0, 1], [2, 1], [4, 1]]);
    drop(kept);
    assert_empty(&store);
}

#[test]
fn results_come_as_calls_end_and_one_item_is_cancelled() {
    let (scene, _store, workers) = lab(2);
    let mut grids = grids::<4>();
    let [go, never] = ["go", "never"].map(|name| scene.base().join(name));
    let files: Vec<_> = (0..4).map(|nth| scene.base().join(nth.to_string())).collect();
    std::fs::write(&go, "").unwrap();
    workers
        .scope(|s| {
            // The first call ends when it is cancelled.
            let until = [&never, &go, &go, &go];
            let items =
                grids.iter_mut().zip(&files).zip(until).map(|((grid, file), until)| (grid, text(file), text(until)));
            let mut results = hold::map(s, items.collect::<Vec<_>>()).unordered();
            let ended: Vec<_> = results.by_ref().take(3).map(|(item, result)| (item, result.unwrap())).collect();
            assert_eq!(ended, [(1, 2), (2, 3), (3, 4)]);
            begun(&files[0]);
            assert!(results.cancel(0) && !results.cancel(1) && !results.cancel(4));
            let (item, result) = results.next().unwrap();
            assert_eq!((item, result.unwrap_err().kind()), (0, ErrorKind::Cancelled));
            assert!(results.next().is_none());
            Ok(())
        })
        .unwrap();
    assert_eq!(grids.map(|grid| grid.step), [0, 2, 3, 4]);
}

#[test]
fn a_map_that_is_dropped_is_cancelled_and_one_that_is_forgotten_is_joined() {
    let (scene, store, workers) = lab(1);
    let (mut dropped, mut forgotten) = (grids::<3>(), grids::<3>());
    let (go, never, file) = (scene.base().join("go"), scene.base().join("never"), scene.base().join("begun"));
    let taken = std::cell::Cell::new(0);
    std::fs::write(&go, "").unwrap();
    workers
        .scope(|s| {
            let until = [&go, &never, &never];
            let items = dropped.iter_mut().zip(until).map(|(grid, until)| (grid, text(&file), text(until)));
            let mut results = hold::map(s, items.collect::<Vec<_>>());
            assert_eq!(results.next().unwrap().unwrap(), 1);
            drop(results);
            // Nothing is begun before the first result is asked for, and at most two calls are after it.
            let items = forgotten.iter_mut().inspect(|_| taken.set(taken.get() + 1));
            let mut results = hold::map(s, items.map(|grid| (grid, text(&file), text(&go)))).in_flight(2);
            assert_eq!(taken.get(), 0);
            assert_eq!((results.next().unwrap().unwrap(), taken.get()), (1, 2));
            std::mem::forget(results);
            Ok(())
        })
        .unwrap();
    assert_eq!(dropped.map(|grid| grid.step), [1, 1, 2]);
    assert_eq!(forgotten.map(|grid| grid.step), [1, 2, 2]);
    // The items that were not begun are dropped with the map, and the owners in them.
    let items: Vec<Owned<Grid>> = (0..4).map(|step| store.put(Grid::of(&[step])).unwrap()).collect();
    workers.scope(|s| keep::map(s, items).in_flight(1).next().unwrap().map(drop)).unwrap();
    assert_empty(&store);
    // A failed call of a scope's map is no error of the scope.
    let mut grid = Grid::of(&[1]);
    workers.scope(|s| Ok(explode::map(s, [(&mut grid, "no".to_owned())]).filter(Result::is_err).count())).unwrap();
    assert_eq!(grid.cells, [1]);
}
