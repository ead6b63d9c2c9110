//! Lists of owners that are lent to one call.

use super::failures::kill;
use super::functions::{Even, Grid, add_to_all, clear_all, hold_all, process, reduce, sum};
use super::scopes::{begun, text};
use super::touchy::{Glass, Moment, has_panicked, panic_in, panic_in_worker, raise_all};
use super::{assert_empty, lab};
use ref_core::access::AccessKind;
use ref_core::{ErrorKind, Owned, Store, Workers};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Puts a grid of one cell for each number.
fn grids<const N: usize>(store: &Store, cells: [u64; N]) -> [Owned<Grid>; N] {
    cells.map(|cell| store.put(Grid::of(&[cell])).unwrap())
}

/// Lends each of `parts` for a writer, which fails unless no borrow is left.
fn assert_back(parts: &mut [Owned<Grid>]) {
    for part in parts {
        assert_eq!(part.lent_as(), None);
        assert!(part.lend_mut().unwrap().end().is_ok());
    }
}

#[test]
fn lists_of_owners_are_lent_in_each_form() {
    let (_scene, store, workers) = lab(1);
    let (mut parts, mut into) = (grids(&store, [1, 2, 3]), Grid::of(&[0]));
    parts[1].borrow_mut().unwrap().cells[0] = 20;
    assert_eq!(reduce::call(&workers, &parts, &mut into).unwrap(), 3);
    assert_eq!(reduce::call(&workers, &parts[1..], &mut into).unwrap(), 2);
    let mut parts = Vec::from(parts);
    assert_eq!(reduce::call(&workers, &parts, &mut into).unwrap(), 3);
    assert_eq!(reduce::call(&workers, vec![&parts[0], &parts[2], &parts[0]], &mut into).unwrap(), 3);
    assert_eq!(reduce::call(&workers, parts.iter().collect::<Vec<_>>(), &mut into).unwrap(), 3);
    assert_eq!(reduce::call(&workers, &parts[..0], &mut into).unwrap(), 0);
    assert_eq!(into, Grid { step: 6, cells: vec![24 + 23 + 24 + 5 + 24] });
    assert_back(&mut parts);
    drop(parts);
    assert_empty(&store);
}

#[test]
fn lists_of_values_are_lent_in_each_form() {
    let (_scene, _store, workers) = lab(1);
    let (list, mut into) = (vec![Grid::of(&[1]), Grid::of(&[2])], Grid::of(&[0]));
    assert_eq!(reduce::call(&workers, &list, &mut into).unwrap(), 2);
    assert_eq!(reduce::call(&workers, &list[..1], &mut into).unwrap(), 1);
    assert_eq!(reduce::call(&workers, &[Grid::of(&[4])], &mut into).unwrap(), 1);
    assert_eq!(into, Grid { step: 3, cells: vec![8] });
}

#[test]
fn a_map_lends_a_list_to_each_call() {
    let (_scene, store, workers) = lab(2);
    let (mut parts, mut sums) = (grids(&store, [1, 2, 3, 4, 5]), [const { Grid { step: 0, cells: Vec::new() } }; 3]);
    sums.iter_mut().for_each(|sum| sum.cells.push(0));
    let counts = reduce::map(&workers, parts.chunks(2).zip(&mut sums)).unwrap();
    assert_eq!((counts, sums.map(|sum| sum.cells[0])), (vec![2, 2, 1], [3, 7, 5]));
    assert_back(&mut parts);
}

/// Each owner of the list is lent while the call runs, and is back after it.
#[test]
fn a_list_of_owners_of_several_stores_is_lent_until_its_call_is_over() {
    let (scene, store, workers) = lab(1);
    let [begun_at, go] = ["begun", "go"].map(|name| scene.base().join(name));
    let other = Store::open(&format!("file:{}/other", scene.base().display())).unwrap();
    let [west, north] = grids(&store, [1, 2]);
    let [east] = grids(&other, [3]);
    let mut parts = vec![west, east, north];
    parts.iter_mut().for_each(|part| part.borrow_mut().unwrap().step = 7);
    let steps = workers.scope(|s| {
        let run = hold_all::spawn(s, &parts, text(&begun_at), text(&go))?;
        begun(&begun_at);
        assert!(parts.iter().all(|part| part.lent_as() == Some(AccessKind::Borrow)));
        std::fs::write(&go, "").unwrap();
        run.join()
    });
    assert_eq!(steps.unwrap(), 21);
    assert_back(&mut parts);
}

#[test]
fn an_element_that_cannot_be_lent_ends_the_loans_of_those_before_it() {
    let (_scene, store, workers) = lab(1);
    let nowhere = Store::open("memory:").unwrap();
    let [first, second] = grids(&store, [1, 2]);
    let [third] = grids(&nowhere, [3]);
    let (mut parts, mut into) = ([first, second, third], Grid::of(&[0]));
    let error = reduce::call(&workers, &parts, &mut into).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().starts_with("the element 2 of a list: "), "{error}");
    assert_eq!(into, Grid::of(&[0]));
    assert_back(&mut parts);
}

/// The second element is encoded, and cannot be decoded: in the store, and in a list that is copied.
#[test]
fn an_element_that_the_worker_cannot_read_is_named_and_every_loan_ends() {
    let (_scene, store, workers) = lab(1);
    let pid = process::call(&workers).unwrap();
    let mut numbers = [4, 3, 6].map(|number| store.put(Even(number)).unwrap());
    let error = sum::call(&workers, &numbers).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().starts_with(&format!("worker {pid}: the element 1 of a list: ")), "{error}");
    for number in &mut numbers {
        assert_eq!(number.lent_as(), None);
        number.borrow_mut().unwrap_or_else(|error| unreachable!("{error}")).0 = 2;
    }
    assert_eq!(sum::call(&workers, &numbers).unwrap(), 6);
    assert_eq!(process::call(&workers).unwrap(), pid);
}

#[test]
fn a_worker_that_is_killed_while_it_reads_a_list_keeps_none_of_it() {
    let (scene, store, workers) = lab(1);
    let [begun_at, never] = ["begun", "never"].map(|name| scene.base().join(name));
    let (mut parts, mut into) = (grids(&store, [1, 2, 3]), Grid::of(&[0]));
    for is_cancelled in [false, true] {
        let _there_is_none_at_first = std::fs::remove_file(&begun_at);
        let error = workers.scope(|s| {
            let run = hold_all::spawn(s, &parts, text(&begun_at), text(&never))?;
            let pid = begun(&begun_at);
            if is_cancelled {
                return Err(run.cancel());
            }
            kill(pid);
            run.join()
        });
        let expected = if is_cancelled { ErrorKind::Cancelled } else { ErrorKind::WorkerDied };
        assert_eq!(error.unwrap_err().kind(), expected);
        assert_back(&mut parts);
        assert_eq!(reduce::call(&workers, &parts, &mut into).unwrap(), 3);
    }
    assert_eq!(into.cells, [12]);
    drop((workers, parts));
    assert_empty(&store);
}

/// More owners than a message has parts.
#[test]
fn a_list_of_many_owners_is_one_call() {
    let scene = ref_tests::Scene::new();
    let (store, workers) = (scene.store(), Workers::start(1).unwrap());
    let parts: Vec<_> = (0..3_000).map(|_| store.put(Grid::of(&[1])).unwrap()).collect();
    let mut into = store.put(Grid::of(&[0])).unwrap();
    assert_eq!(reduce::call(&workers, &parts, &mut into).unwrap(), 3_000);
    assert_eq!(into.borrow().unwrap().cells, [3_000]);
    drop((parts, into));
    assert_empty(&store);
}

/// Returns the numbers, and asserts that none of their owners is lent.
fn numbers(owners: &[Owned<Even>]) -> Vec<u64> {
    let number = |owner: &Owned<Even>| {
        assert_eq!(owner.lent_as(), None);
        owner.borrow().unwrap().0
    };
    owners.iter().map(number).collect()
}

#[test]
fn lists_are_lent_to_a_writer_in_each_form() {
    let (scene, store, workers) = lab(1);
    let other = Store::open(&format!("file:{}/other", scene.base().display())).unwrap();
    let mut owners = [&store, &other, &store].map(|store| store.put(Even(2)).unwrap());
    assert_eq!(add_to_all::call(&workers, &mut owners, 2).unwrap(), 3);
    assert_eq!(add_to_all::call(&workers, &mut owners[1..], 4).unwrap(), 2);
    let mut owners = Vec::from(owners);
    assert_eq!(add_to_all::call(&workers, &mut owners, 10).unwrap(), 3);
    assert_eq!(add_to_all::call(&workers, &mut owners[..0], 10).unwrap(), 0);
    assert_eq!(numbers(&owners), [14, 18, 18]);
    assert_eq!(sum::call(&workers, &owners).unwrap(), 50);
    drop(owners);
    assert_empty(&store);

    let mut values = [Even(2), Even(4)];
    assert_eq!(add_to_all::call(&workers, &mut values, 2).unwrap(), 2);
    assert_eq!(add_to_all::call(&workers, &mut values[1..], 2).unwrap(), 1);
    let mut values = Vec::from(values);
    assert_eq!(add_to_all::call(&workers, &mut values, 2).unwrap(), 2);
    assert_eq!(values, [Even(6), Even(10)]);
}

#[test]
fn an_element_that_cannot_be_lent_to_a_writer_ends_the_loans_of_those_before_it() {
    let (_scene, store, workers) = lab(1);
    let nowhere = Store::open("memory:").unwrap();
    let mut owners = [&store, &store, &nowhere].map(|store| store.put(Even(2)).unwrap());
    let error = add_to_all::call(&workers, &mut owners, 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().starts_with("the element 2 of a list: "), "{error}");
    assert_eq!(numbers(&owners), [2, 2, 2]);
}

/// The new values are encoded, and cannot be decoded.
#[test]
fn a_list_whose_new_values_cannot_be_read_stays_as_it_was() {
    let (_scene, store, workers) = lab(1);
    let mut owners = [2, 4].map(|number| store.put(Even(number)).unwrap());
    assert_eq!(add_to_all::call(&workers, &mut owners, 1).unwrap_err().kind(), ErrorKind::Decode);
    let mut values = [Even(2), Even(4)];
    assert_eq!(add_to_all::call(&workers, &mut values, 1).unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!((numbers(&owners), values), (vec![2, 4], [Even(2), Even(4)]));
    assert_eq!(add_to_all::call(&workers, &mut owners, 2).unwrap(), 2);
    assert_eq!(numbers(&owners), [4, 6]);
}

#[test]
fn a_worker_that_is_killed_while_it_changes_a_list_has_changed_none_of_it() {
    let (scene, store, workers) = lab(1);
    let [begun_at, never] = ["begun", "never"].map(|name| scene.base().join(name));
    let mut parts = grids(&store, [1, 2, 3]);
    let error = workers.scope(|s| {
        let run = clear_all::spawn(s, &mut parts, text(&begun_at), text(&never))?;
        kill(begun(&begun_at));
        run.join()
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::WorkerDied);
    assert_back(&mut parts);
    assert_eq!(parts.map(|part| part.into_inner().unwrap().cells[0]), [1, 2, 3]);
}

/// The second element panics: when it is written and dropped while the list is being lent, when its new value is read,
/// and when the worker drops its copy. Only the last of these calls changes the list.
#[test]
fn a_list_whose_element_panics_is_changed_as_a_whole_or_not_at_all() {
    let (_scene, store, workers) = lab(1);
    let mut glasses = [1, 2, 3].map(|number| store.put(Glass::of(number)).unwrap());
    for moment in [Moment::Writing, Moment::Dropping, Moment::Reading] {
        // Each value is loaded, and has to be written before it is lent.
        glasses.iter_mut().for_each(|glass| assert!(glass.borrow_mut().is_ok()));
        panic_in(moment, 1);
        let panicked = catch_unwind(AssertUnwindSafe(|| raise_all::call(&workers, &mut glasses)));
        assert!(panicked.is_err() && has_panicked(), "{moment:?}");
        assert!(glasses.iter().all(|glass| glass.lent_as().is_none()), "{moment:?}");
        assert_eq!(glasses.each_ref().map(|glass| glass.borrow().unwrap().number()), [1, 2, 3], "{moment:?}");
    }
    panic_in_worker::call(&workers, Moment::Dropping, 1).unwrap();
    raise_all::call(&workers, &mut glasses).unwrap();
    assert_eq!(glasses.map(|glass| glass.borrow().unwrap().number()), [2, 3, 4]);
}
