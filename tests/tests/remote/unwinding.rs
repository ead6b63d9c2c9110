//! All calls are over when a panic of user code in the caller's process is passed on.

use super::functions::{Grid, add, explode, process};
use super::touchy::{
    Brittle, Glass, Moment, SHY, Touchy, brittle, has_panicked, hide, panic_in, panic_in_worker, panic_twice, raise,
    touchy,
};
use super::{assert_empty, lab};
use ref_core::{ErrorKind, Opaque, Owned, Result, Store, Workers};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::process::Command;
use std::sync::atomic::Ordering;

static ONE: std::sync::LazyLock<Grid> = std::sync::LazyLock::new(|| Grid::of(&[1]));

/// Calls `act`, in which a `Touchy` of this thread panics in that moment. Returns the message of the panic.
fn panic_of<R: Debug>(moment: Moment, before: u64, act: impl FnOnce() -> R) -> String {
    panic_in(moment, before);
    let payload = catch_unwind(AssertUnwindSafe(act)).unwrap_err();
    assert!(has_panicked(), "it was another panic");
    *payload.downcast().unwrap()
}

/// Asserts that the call that was begun beside a panic is over: its changes are made, and nothing is lent.
fn assert_added(to: &mut Owned<Grid>, plain: &Grid) {
    assert_eq!((to.lent_as(), plain.cells[0]), (None, 2));
    assert_eq!(to.borrow_mut().unwrap().cells, [2]);
}

fn grids(store: &Store) -> (Owned<Grid>, Grid) {
    (store.put(Grid::of(&[1])).unwrap(), Grid::of(&[1]))
}

#[test]
fn a_scope_waits_for_every_call_also_when_a_result_panics() {
    let (_scene, store, workers) = lab(2);
    for moment in [Moment::Reading, Moment::Dropping] {
        let (mut to, mut plain) = grids(&store);
        let told = panic_of(moment, 0, || {
            workers.scope(|s| {
                drop(touchy::spawn(s, 1)?);
                drop(add::spawn(s, &*ONE, &mut to, 1)?);
                drop(add::spawn(s, &*ONE, &mut plain, 1)?);
                Ok(())
            })
        });
        assert_eq!(told, format!("{moment:?}"));
        assert_added(&mut to, &plain);
    }
    assert_empty(&store);
}

#[test]
fn a_scope_waits_for_every_call_also_when_a_join_in_it_panics() {
    let (_scene, store, workers) = lab(2);
    let (mut to, mut plain) = grids(&store);
    let told = panic_of(Moment::Reading, 0, || {
        workers.scope(|s| {
            let run = touchy::spawn(s, 1)?;
            drop(add::spawn(s, &*ONE, &mut to, 1)?);
            drop(add::spawn(s, &*ONE, &mut plain, 1)?);
            run.join().map(drop)
        })
    });
    assert_eq!(told, "Reading");
    assert_added(&mut to, &plain);
}

#[test]
fn the_first_of_several_panics_is_passed_on_and_the_others_do_not_count() {
    let (_scene, store, workers) = lab(2);
    let (mut to, mut plain) = grids(&store);
    let payload = catch_unwind(AssertUnwindSafe(|| {
        workers.scope(|s| -> Result<()> {
            drop(touchy::spawn(s, 1)?);
            drop(add::spawn(s, &*ONE, &mut to, 1)?);
            drop(add::spawn(s, &*ONE, &mut plain, 1)?);
            panic_in(Moment::Reading, 0);
            panic_any(7_u64)
        })
    }));
    assert_eq!(payload.unwrap_err().downcast_ref(), Some(&7_u64));
    assert_added(&mut to, &plain);
}

/// The reading of one call's result panics, and another call fails. So the value of the scope's closure is dropped, and
/// its destructor panics as well.
#[test]
fn a_panic_of_the_destructor_of_a_scope_s_value_replaces_no_earlier_panic() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the value is dropped");
        }
    }
    let (_scene, _store, workers) = lab(1);
    let mut plain = Grid::of(&[1]);
    let told = panic_of(Moment::Reading, 0, || {
        let result = workers.scope(|s| {
            drop(touchy::spawn(s, 1)?);
            drop(explode::spawn(s, &mut plain, "unseen".into())?);
            Ok(Bomb)
        });
        result.map(std::mem::forget)
    });
    assert_eq!((told.as_str(), plain.cells[0]), ("Reading", 1));
}

#[test]
fn a_map_waits_for_every_call_also_when_its_iterator_panics() {
    struct Bomb<I>(I);
    impl<I: Iterator> Iterator for Bomb<I> {
        type Item = I::Item;

        fn next(&mut self) -> Option<I::Item> {
            Some(self.0.next().expect("one more"))
        }
    }
    let (_scene, store, workers) = lab(1);
    let (mut to, mut more) = (store.put(Grid::of(&[1])).unwrap(), store.put(Grid::of(&[1])).unwrap());
    let arguments = [(&*ONE, &mut to, 1), (&*ONE, &mut more, 1)];
    let panicked = catch_unwind(AssertUnwindSafe(|| add::map(&workers, Bomb(arguments.into_iter()))));
    assert!(panicked.is_err());
    assert_added(&mut to, &Grid::of(&[2]));
    assert_added(&mut more, &Grid::of(&[2]));
}

#[test]
fn a_map_waits_for_every_call_also_when_an_argument_or_a_result_panics() {
    let (_scene, store, workers) = lab(1);
    for (moment, before) in [(Moment::Writing, 5), (Moment::Reading, 1), (Moment::Reading, 5), (Moment::Dropping, 3)] {
        let mut glasses: Vec<_> = (0..10).map(|number| store.put(Glass::of(number)).unwrap()).collect();
        let mut copies: Vec<_> = (0..10).map(Glass::of).collect();
        let told = panic_of(moment, before, || raise::map(&workers, glasses.iter_mut().zip(&mut copies)).map(drop));
        assert_eq!(told, format!("{moment:?}"));
        let raised = |now: u64, was: u64| now.checked_sub(was).filter(|by| *by <= 1).unwrap();
        let (mut owned, mut copied) = (0, 0);
        for (number, (glass, copy)) in glasses.iter_mut().zip(&copies).enumerate() {
            assert_eq!(glass.lent_as(), None);
            let by = raised(glass.borrow_mut().unwrap().number(), number as u64);
            assert_eq!(by, raised(copy.number(), number as u64), "one fate");
            (owned, copied) = (owned + by, copied + 1);
        }
        assert!(owned > 0 && copied == 10);
    }
    assert_empty(&store);
}

/// In each round, the decoding of the result or of one of the two new values panics.
#[test]
fn a_call_whose_answer_panics_when_it_is_read_has_changed_nothing() {
    let (_scene, store, workers) = lab(1);
    for before in 0..3 {
        let (mut owned, mut copied) = (store.put(Glass::of(1)).unwrap(), Glass::of(2));
        let told = panic_of(Moment::Reading, before, || raise::call(&workers, &mut owned, &mut copied));
        assert_eq!((told.as_str(), owned.lent_as(), copied.number()), ("Reading", None, 2));
        assert_eq!(owned.borrow_mut().unwrap().number(), 1);
    }
    assert_empty(&store);
}

/// The two old values are dropped after all changes were made. One of their destructors panics.
#[test]
fn a_call_whose_old_value_panics_when_it_is_dropped_has_changed_everything() {
    let (_scene, _store, workers) = lab(1);
    for before in 0..2 {
        let (mut first, mut second) = (Glass::of(1), Glass::of(2));
        let told = panic_of(Moment::Dropping, before, || raise::call(&workers, &mut first, &mut second).map(drop));
        assert_eq!((told.as_str(), first.number(), second.number()), ("Dropping", 2, 3));
    }
}

#[test]
fn a_call_whose_argument_panics_lends_nothing() {
    let (_scene, store, workers) = lab(1);
    let (mut owned, mut copied) = (store.put(Glass::of(1)).unwrap(), Glass::of(2));
    let told = panic_of(Moment::Writing, 0, || raise::call(&workers, &mut owned, &mut copied));
    assert_eq!((told.as_str(), owned.lent_as()), ("Writing", None));
    assert_eq!(owned.borrow_mut().unwrap().number(), 1);
}

/// An opaque value is written, read back, written again, and dropped, before anything is stored or sent.
#[test]
fn an_opaque_value_that_panics_when_it_is_read_back_is_neither_stored_nor_sent() {
    let (_scene, store, workers) = lab(1);
    for (moment, before) in [(Moment::Writing, 0), (Moment::Reading, 0), (Moment::Writing, 1), (Moment::Dropping, 0)] {
        let told = panic_of(moment, before, || store.put(Opaque(Brittle(Touchy(7)))).map(drop));
        assert_eq!(told, format!("{moment:?}"));
        assert_empty(&store);
        let told = panic_of(moment, before, || brittle::call(&workers, Brittle(Touchy(7))).map(drop));
        assert_eq!(told, format!("{moment:?}"));
    }
    // A panic in a worker becomes the call's error.
    panic_in_worker::call(&workers, Moment::Reading, 1).unwrap();
    assert_eq!(brittle::call(&workers, Brittle(Touchy(7))).unwrap_err().kind(), ErrorKind::Panicked);
    assert_eq!(brittle::call(&workers, Brittle(Touchy(7))).unwrap(), Brittle(Touchy(8)));
    let key = store.put(Opaque(Brittle(Touchy(7)))).unwrap().detach().unwrap();
    assert_eq!(store.get(&key).unwrap().0, Brittle(Touchy(7)));
}

#[test]
fn a_panic_whose_payload_panics_is_told_and_the_worker_goes_on() {
    let (_scene, _store, workers) = lab(1);
    let pid = workers.idle();
    assert_eq!(panic_twice::call(&workers).unwrap_err().kind(), ErrorKind::Panicked);
    assert_eq!(workers.idle(), pid);
}

/// `Stored::describe` is user code. `describe` runs in the caller when a returned owner arrives, and in a worker that
/// puts a value.
#[test]
fn a_description_that_panics_ends_its_call_alone() {
    let (scene, _store, workers) = lab(1);
    let (pid, address) = (workers.idle()[0], format!("file:{}", scene.folder().display()));
    SHY.store(2, Ordering::Relaxed);
    let error = hide::call(&workers, address.clone()).unwrap_err();
    assert!(error.kind() == ErrorKind::Decode && error.to_string().contains("describe"), "{error}");
    let error = workers.scope(|s| hide::spawn(s, address.clone())?.join()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    drop(hide::call(&workers, address.clone()).unwrap().unwrap());
    assert_eq!(process::call(&workers).unwrap(), pid);

    let workers = Workers::builder(1).env("REF_TEST_SHY", "1").start().unwrap();
    let pid = workers.idle()[0];
    assert_eq!(hide::call(&workers, address.clone()).unwrap_err().kind(), ErrorKind::Panicked);
    drop(hide::call(&workers, address).unwrap().unwrap());
    assert_eq!(process::call(&workers).unwrap(), pid);
}

/// A signature describes its types when workers are started. If a description panics, the panic hook reports it, and
/// only calls of that function fail.
#[test]
fn workers_start_beside_a_function_whose_type_cannot_be_described_or_read_from_nothing() {
    let output = Command::new(env!("CARGO_BIN_EXE_program")).arg("mute").env("REF_TEST_MUTE", "").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "served\n", "{output:?}");
}
