//! Owners that move to workers and back together: lists, options and tuples of owners.

use super::failures::kill;
use super::functions::{Even, Grid, GridOwned, hold};
use super::scopes::{begun, text};
use super::{assert_empty, lab};
use ref_core::{Error, ErrorKind, Owned, Result, Schema, Store, StoreOptions, Stored, Workers, remote};
use serde::{Deserializer, Serializer};
use std::path::Path;
use std::time::Duration;

/// Makes a grid of each cell.
#[remote]
fn split(whole: Owned<Grid>) -> Result<Vec<Owned<Grid>>> {
    let cells = whole.borrow()?.cells.clone();
    let part = |cell| {
        let mut part = whole.duplicate()?;
        part.borrow_mut()?.cells = vec![cell];
        Ok(part)
    };
    cells.into_iter().map(part).collect()
}

/// Appends the cells of all grids to the first. Returns `None` if there is no grid.
#[remote]
fn unite(parts: Vec<GridOwned>) -> Result<Option<GridOwned>> {
    let mut parts = parts.into_iter();
    let Some(mut whole) = parts.next() else { return Ok(None) };
    parts.try_for_each(|part| {
        whole.borrow_mut()?.cells.extend(&part.borrow()?.cells);
        Ok::<_, Error>(())
    })?;
    Ok(Some(whole))
}

#[remote]
fn swap((left, right): (Owned<Grid>, Owned<Even>)) -> (Owned<Even>, Owned<Grid>) {
    (right, left)
}

/// An alias that does not say that there are owners in it.
type Nested = Option<Vec<(Owned<Grid>, Option<Owned<Even>>)>>;

#[remote]
fn pass_nested(nested: Nested) -> Nested {
    nested
}

#[remote]
fn pass_all(parts: Vec<Owned<Grid>>) -> Vec<Owned<Grid>> {
    parts
}

/// Writes the worker's process number to the file `begun`, and waits until the file `until` exists.
#[remote]
fn hold_owners(parts: Vec<Owned<Grid>>, first: (Option<Owned<Even>>,), begun: &str, until: &str) -> usize {
    hold(&mut Grid::default(), begun, until);
    parts.len() + usize::from(first.0.is_some())
}

/// Returns the grids, and after them one that no other process reaches.
#[remote]
fn add_an_unreachable(mut parts: Vec<Owned<Grid>>) -> Result<Vec<Owned<Grid>>> {
    parts.push(Store::open("memory:")?.put(Grid::of(&[9]))?);
    Ok(parts)
}

/// The path of a file. A value is written when the file exists, or the path is empty.
struct Late(String);

impl Stored for Late {
    fn describe(schema: &mut Schema) {
        schema.named("Late", 1, |shape| shape.field::<String>("0"));
    }

    fn store<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        while !self.0.is_empty() && !Path::new(&self.0).exists() {
            std::thread::yield_now();
        }
        self.0.store(to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::restore(from).map(Self)
    }
}

/// Returns objects of one store, of another, and again of the first. The ticket of the second expires soon, and the
/// third is sent when the file `until` exists.
#[remote]
fn make_hasty(address: &str, hasty: &str, until: String) -> Result<(Owned<Grid>, Owned<Grid>, Owned<Late>)> {
    let (store, soon) = (Store::open(address)?, Duration::from_millis(1));
    let hasty = StoreOptions::new().ticket_timeout(soon).open(hasty)?;
    let mut late = store.put(Late(String::new()))?;
    late.borrow_mut()?.0 = until;
    Ok((store.put(Grid::of(&[1]))?, hasty.put(Grid::of(&[2]))?, late))
}

fn grids<const N: usize>(store: &Store, cells: [u64; N]) -> Vec<Owned<Grid>> {
    cells.into_iter().map(|cell| store.put(Grid::of(&[cell])).unwrap()).collect()
}

/// Takes the owners out of their store, and returns the first cell of each.
fn cells(owners: impl IntoIterator<Item = Owned<Grid>>) -> Vec<u64> {
    owners.into_iter().map(|owned| owned.into_inner().unwrap().cells[0]).collect()
}

fn all_back(owners: Vec<Option<Owned<Grid>>>) -> Vec<u64> {
    cells(owners.into_iter().map(|owner| owner.expect("it came back")))
}

#[test]
fn owners_move_together_in_each_form() {
    let (_scene, store, workers) = lab(1);
    let parts = split::call(&workers, store.put(Grid::of(&[1, 2, 3])).unwrap()).unwrap().unwrap();
    let ids: Vec<_> = parts.iter().map(Owned::id).collect();
    let parts = pass_all::call(&workers, parts).unwrap();
    assert_eq!(parts.iter().map(Owned::id).collect::<Vec<_>>(), ids);
    assert_eq!(parts.iter().map(|part| part.borrow().unwrap().cells[0]).collect::<Vec<_>>(), [1, 2, 3]);
    let whole = unite::call(&workers, parts).unwrap().unwrap().unwrap();
    assert_eq!((whole.id(), &whole.borrow().unwrap().cells[..]), (ids[0], &[1, 2, 3][..]));
    assert!(unite::call(&workers, vec![]).unwrap().unwrap().is_none());
    let (even, whole) = swap::call(&workers, (whole, store.put(Even(4)).unwrap())).unwrap();
    let nested = Some(vec![(whole, Some(even)), (store.put(Grid::of(&[7])).unwrap(), None)]);
    let nested = pass_nested::call(&workers, nested).unwrap().unwrap();
    assert_eq!(nested[0].1.as_ref().unwrap().borrow().unwrap().0, 4);
    assert!(nested[1].1.is_none());
    assert_eq!(cells(nested.into_iter().map(|pair| pair.0)), [1, 7]);
    assert!(pass_nested::call(&workers, None).unwrap().is_none());
    assert_empty(&store);
}

#[test]
fn a_map_moves_a_list_to_each_call() {
    let (_scene, store, workers) = lab(2);
    let wholes = unite::map(&workers, [grids(&store, [1, 2]), vec![], grids(&store, [3])]).unwrap();
    let wholes: Result<Vec<_>> = wholes.into_iter().collect();
    assert_eq!(cells(wholes.unwrap().into_iter().flatten()), [1, 3]);
    assert_empty(&store);
}

/// The owner of the index 2 is in a store that no other process reaches.
#[test]
fn owners_come_back_if_one_of_them_cannot_be_sent() {
    let (_scene, store, workers) = lab(1);
    let nowhere = Store::open("memory:").unwrap();
    let parts = || -> Vec<_> {
        let nowhere = grids(&nowhere, [3]).pop();
        grids(&store, [1, 2]).into_iter().chain(nowhere).chain(grids(&store, [4])).collect()
    };
    let refused = pass_all::call_or_return(&workers, parts()).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Unsupported);
    assert!(refused.error.to_string().starts_with("the element 2 of a list: "), "{refused}");
    assert_eq!(all_back(refused.handle), [1, 2, 3, 4]);
    let refused = swap::call_or_return(&workers, (grids(&nowhere, [1]).remove(0), store.put(Even(2)).unwrap()));
    let refused = refused.unwrap_err();
    assert!(refused.error.to_string().starts_with("the element 0 of a tuple: "), "{refused}");
    assert!(refused.handle.0.is_some() && refused.handle.1.is_some());
    drop(refused);
    let nested = Some(parts().into_iter().map(|part| (part, None)).collect());
    let error = pass_nested::call(&workers, nested).unwrap_err();
    assert!(error.to_string().starts_with("the element 2 of a list: the element 0 of a tuple: "), "{error}");
    assert_eq!(pass_all::call(&workers, parts()).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_empty(&store);
}

/// The ticket of one owner expires while the call is queued. The worker does not call the function, and sends back the
/// owners before that one: more of them than a message has parts. The owners after it were not claimed.
#[test]
fn owners_come_back_if_the_worker_cannot_claim_one_of_them() {
    const BEFORE: usize = 1_100;
    let (scene, store, workers) = lab(1);
    let [begun_at, go] = ["begun", "go"].map(|name| scene.base().join(name));
    let hasty = StoreOptions::new().ticket_timeout(Duration::from_millis(1));
    let hasty = hasty.open(&format!("file:{}/hasty", scene.base().display())).unwrap();
    let before = (0..BEFORE).map(|_| store.put(Grid::of(&[1])).unwrap());
    let parts = before.chain(grids(&hasty, [2])).chain(grids(&store, [3])).collect();
    let mut busy = Grid::default();
    let refused = workers.scope(|s| {
        let running = hold::spawn(s, &mut busy, text(&begun_at), text(&go))?;
        begun(&begun_at);
        let run = pass_all::spawn_or_return(s, parts)?;
        while hasty.stats()?.objects > 0 {
            hasty.reap()?;
        }
        std::fs::write(&go, "").unwrap();
        running.join()?;
        Ok(run.join_or_return().unwrap_err())
    });
    let refused = refused.unwrap();
    assert!([ErrorKind::Gone, ErrorKind::Expired].contains(&refused.error.kind()), "{refused}");
    assert!(refused.to_string().contains(&format!(": the element {BEFORE} of a list: ")), "{refused}");
    assert!(refused.to_string().contains("does not come back"), "{refused}");
    let mut back = refused.handle;
    assert!(back.remove(BEFORE).is_none());
    assert_eq!(all_back(back).into_iter().sum::<u64>(), BEFORE as u64 + 3);
    assert_empty(&store);
}

#[test]
fn a_worker_that_is_killed_keeps_the_owners_that_it_had_claimed_and_its_caller_is_told() {
    let (scene, store, workers) = lab(1);
    let [begun_at, never] = ["begun", "never"].map(|name| scene.base().join(name));
    let first = store.put(Even(2)).unwrap();
    let refused = workers.scope(|s| {
        let parts = grids(&store, [1, 2, 3]);
        let run = hold_owners::spawn_or_return(s, parts, (Some(first),), text(&begun_at), text(&never))?;
        kill(begun(&begun_at));
        Ok(run.join_or_return().unwrap_err())
    });
    let refused = refused.unwrap();
    assert_eq!(refused.error.kind(), ErrorKind::WorkerDied);
    assert!(
        refused.to_string().ends_with("4 of its owners had moved to the worker, and do not come back"),
        "{refused}"
    );
    let (parts, (first,)) = refused.handle;
    assert_eq!(parts.iter().map(Option::is_some).collect::<Vec<_>>(), [false; 3]);
    assert!(first.unwrap().is_none());
    store.reap().unwrap();
    assert_empty(&store);

    // A worker that is killed before it claims an owner has none of them.
    let workers = Workers::builder(1).env("REF_POINT", "kill:remote.received").start().unwrap();
    let refused = pass_all::call_or_return(&workers, grids(&store, [1, 2, 3])).unwrap_err();
    assert!(!refused.to_string().contains("come back"), "{refused}");
    assert_eq!(all_back(refused.handle), [1, 2, 3]);
    assert_empty(&store);
}

#[test]
fn a_run_that_is_cancelled_in_the_queue_gives_all_owners_back() {
    let (scene, store, workers) = lab(1);
    let [begun_at, go] = ["begun", "go"].map(|name| scene.base().join(name));
    let mut busy = Grid::default();
    let back = workers.scope(|s| {
        let running = hold::spawn(s, &mut busy, text(&begun_at), text(&go))?;
        begun(&begun_at);
        let back = pass_all::spawn_or_return(s, grids(&store, [1, 2]))?.cancel_or_return();
        std::fs::write(&go, "").unwrap();
        running.join()?;
        Ok(back)
    });
    assert_eq!(all_back(back.unwrap().handle), [1, 2]);
    assert_empty(&store);
}

#[test]
fn returned_owners_of_which_one_cannot_be_sent_are_dropped() {
    let (_scene, store, workers) = lab(1);
    let error = add_an_unreachable::call(&workers, grids(&store, [1, 2])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains(": the element 2 of a list: "), "{error}");
    assert_empty(&store);
}

/// The ticket of the second owner expires before the worker sends the third, and so before the owners arrive.
#[test]
fn returned_owners_of_which_one_cannot_be_claimed_are_dropped() {
    let (scene, store, workers) = lab(1);
    let [here, there] = [scene.folder(), scene.base().join("there")].map(|folder| format!("file:{}", folder.display()));
    let (hasty, go) = (Store::open(&there).unwrap(), scene.base().join("go"));
    let error = workers.scope(|s| {
        let run = make_hasty::spawn(s, &here, &there, text(&go).to_owned())?;
        while hasty.stats()?.in_transit == 0 {
            std::thread::yield_now();
        }
        while hasty.stats()?.objects > 0 {
            hasty.reap()?;
        }
        std::fs::write(&go, "").unwrap();
        run.join().map(|made| drop(made.unwrap()))
    });
    let error = error.unwrap_err();
    assert!([ErrorKind::Gone, ErrorKind::Expired].contains(&error.kind()), "{error}");
    assert!(error.to_string().starts_with("the element 1 of a tuple: "), "{error}");
    assert_empty(&store);
}

#[test]
fn thousands_of_owners_move_in_one_call() {
    let (_scene, store, workers) = lab(1);
    let parts: Vec<_> = (0..3_000).map(|_| store.put(Grid::of(&[1])).unwrap()).collect();
    let parts = pass_all::call(&workers, parts).unwrap();
    assert_eq!(parts.len(), 3_000);
    drop(parts);
    assert_empty(&store);
}
