//! Forked children of a process whose calls are under way.

use super::functions::{Grid, add, hold, process};
use super::lab;
use super::scopes::{begun, text};
use ref_core::ErrorKind;
use ref_tests::{_exit, fork, in_a_child};
use rustix::process::{Pid, WaitOptions, waitpid};
use std::cell::{Cell, RefCell};
use std::time::Duration;

fn is_forked<T>(result: ref_core::Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::Forked)
}

/// The child has none of the threads that end a call, so a wait for the call would never end.
#[test]
fn a_child_neither_waits_for_its_parent_s_calls_nor_cancels_them() {
    let (scene, store, workers) = lab(1);
    let (mut held, mut more) = (store.put(Grid::default()).unwrap(), Grid::of(&[1]));
    let (one, begun_at, go) = (Grid::of(&[1]), scene.base().join("begun"), scene.base().join("go"));
    let pid = workers
        .scope(|s| {
            let running = hold::spawn(s, &mut held, text(&begun_at), text(&go))?;
            let pid = begun(&begun_at);
            let runs = RefCell::new(Some((running, add::spawn(s, &one, &mut more, 1)?)));
            let cancels_the_running = || {
                let (running, queued) = runs.take().unwrap();
                let over = [running.is_finished(), running.wait(Duration::MAX).is_ok(), workers.idle().is_empty()];
                let ended = [running.cancel().kind() == ErrorKind::Forked, is_forked(queued.join())];
                [&over[..], &ended[..]].concat()
            };
            let cancels_the_queued = || {
                let (running, queued) = runs.take().unwrap();
                vec![queued.cancel().kind() == ErrorKind::Forked, is_forked(running.join())]
            };
            assert_eq!((in_a_child(cancels_the_running), in_a_child(cancels_the_queued)), (0, 0));
            std::fs::write(&go, "").unwrap();
            let (running, queued) = runs.take().unwrap();
            assert_eq!((running.join()?, queued.join()?), (1, Ok(2)));
            Ok(pid)
        })
        .unwrap();
    assert_eq!(process::call(&workers).unwrap(), pid, "a child has killed its parent's worker");
    assert_eq!((held.borrow().unwrap().step, more.cells), (1, vec![2]));
}

/// The child returns from the closure of a scope whose call goes on in the parent.
#[test]
fn a_scope_that_a_child_leaves_is_forked_and_goes_on_in_the_parent() {
    let (scene, _store, workers) = lab(1);
    let (mut held, begun_at, go) = (Grid::default(), scene.base().join("begun"), scene.base().join("go"));
    let child = Cell::new(-1);
    let result = workers.scope(|s| {
        process::spawn(s)?.join()?;
        let run = hold::spawn(s, &mut held, text(&begun_at), text(&go))?;
        let pid = begun(&begun_at);
        child.set(fork());
        if child.get() == 0 {
            return Ok(pid);
        }
        let ended = waitpid(Pid::from_raw(child.get()), WaitOptions::empty()).unwrap().unwrap();
        assert_eq!(ended.1.exit_status(), Some(0));
        std::fs::write(&go, "").unwrap();
        run.join()?;
        Ok(pid)
    });
    if child.get() == 0 {
        _exit(i32::from(!is_forked(result)));
    }
    assert_eq!(process::call(&workers).unwrap(), result.unwrap());
    assert_eq!(held.step, 1);
}
