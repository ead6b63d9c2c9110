//! Workers that are killed at a named step of a call, and at each step of a call.

use super::assert_empty;
use super::functions::{Grid, add, keep, total};
use ref_core::{ErrorKind, Store, Workers};
use ref_tests::Scene;

/// Starts a pool of one worker, which kills itself at `point`. Each worker that takes its place does the same.
fn killed_at(point: &str) -> Workers {
    Workers::builder(1).env("REF_POINT", format!("kill:{point}")).start().unwrap()
}

fn store() -> (Scene, Store) {
    let scene = Scene::new();
    let store = scene.store();
    (scene, store)
}

#[test]
fn killed_between_its_work_and_its_answer_a_worker_has_changed_nothing() {
    let (_scene, store) = store();
    let workers = killed_at("remote.ran");
    let (from, mut to) = (store.put(Grid::of(&[1])).unwrap(), store.put(Grid::of(&[1])).unwrap());
    let mut plain = Grid::of(&[1]);
    for _ in 0..3 {
        assert_eq!(add::call(&workers, &from, &mut to, 1).unwrap_err().kind(), ErrorKind::WorkerDied);
        assert_eq!(add::call(&workers, &from, &mut plain, 1).unwrap_err().kind(), ErrorKind::WorkerDied);
    }
    assert_eq!((&*to.borrow_mut().unwrap(), &plain), (&Grid::of(&[1]), &Grid::of(&[1])));
    // The worker had claimed the object, and had sent no ticket for it. So the owner does not come back.
    let moved = store.put(Grid::of(&[2])).unwrap();
    let refused = keep::call_or_return(&workers, moved).unwrap_err();
    assert!(refused.handle.is_none());
    assert!(refused.to_string().ends_with("had moved to the worker, and does not come back"), "{refused}");
    drop((from, to));
    store.reap().unwrap();
    assert_eq!(store.stats().unwrap().objects, 1, "the returned owner is in transit, and nobody knows its ticket");
}

#[test]
fn killed_after_its_answer_a_worker_has_answered() {
    let (_scene, store) = store();
    let workers = killed_at("remote.replied");
    let (from, mut to) = (store.put(Grid::of(&[1])).unwrap(), store.put(Grid::of(&[1])).unwrap());
    for sum in 2..5 {
        match add::call(&workers, &from, &mut to, 1) {
            Ok(answer) => assert_eq!(answer, Ok(sum)),
            // The request may have been sent before the worker's death was noticed.
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WorkerDied);
                assert_eq!(add::call(&workers, &from, &mut to, 1).unwrap(), Ok(sum));
            }
        }
        assert_eq!(to.borrow().unwrap().cells, [sum]);
    }
}

#[test]
fn killed_before_its_work_a_worker_gives_an_owner_back() {
    let (_scene, store) = store();
    let grid = store.put(Grid::of(&[7])).unwrap();
    let refused = keep::call_or_return(&killed_at("remote.received"), grid).unwrap_err();
    assert!(!refused.to_string().contains("does not come back"), "{refused}");
    let grid = refused.handle.unwrap();
    assert_eq!(grid.into_inner().unwrap().cells, [7]);
    assert_empty(&store);
}

/// Makes a call with a shared and an exclusive borrow. The call's worker is killed at its first step, then in another
/// run at its second, and so on.
#[test]
fn killed_at_any_step_a_worker_leaves_all_or_nothing() {
    for nth in 1.. {
        let (_scene, store) = store();
        let (from, mut to) = (store.put(Grid::of(&[1])).unwrap(), store.put(Grid::of(&[1])).unwrap());
        let workers = killed_at(&format!(":{nth}"));
        let answer = add::call(&workers, &from, &mut to, 1);
        let cells = to.borrow_mut().unwrap().cells.clone();
        let over = match answer {
            Ok(sum) => {
                assert_eq!((sum, &cells[..]), (Ok(2), &[2][..]), "step {nth}");
                // The call's worker has not come to step `nth`. If the worker does not come to that step in the next
                // call either, the test is over.
                total::call(&workers, &from).is_ok()
            }
            Err(error) => {
                assert_eq!((error.kind(), &cells[..]), (ErrorKind::WorkerDied, &[1][..]), "step {nth}: {error}");
                false
            }
        };
        drop((workers, from, to));
        store.reap().unwrap();
        assert_empty(&store);
        if over {
            assert!(nth > 10, "only {nth} steps");
            break;
        }
    }
}
