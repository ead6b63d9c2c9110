//! A forked child of a process that has a store open: it reads what is loaded, and nothing that it does reaches the
//! parent's store.

use ref_core::{ErrorKind, Result, Store};
use ref_tests::Scene;

unsafe extern "C" {
    safe fn fork() -> i32;
    safe fn _exit(code: i32) -> !;
}

/// Runs `child` in a forked child, and returns how many of its answers were false. The child never returns.
fn in_a_child(child: impl FnOnce() -> Vec<bool>) -> i32 {
    let number = fork();
    if number == 0 {
        let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child));
        _exit(wrong.map_or(100, |answers| answers.into_iter().filter(|answer| !answer).count() as i32));
    }
    let number = rustix::process::Pid::from_raw(number).expect("a child");
    let ended = rustix::process::waitpid(Some(number), rustix::process::WaitOptions::empty());
    let (_, status) = ended.expect("it can be waited for").expect("it ended");
    status.exit_status().expect("it ended by itself")
}

fn forked<T>(result: Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::Forked)
}

#[test]
fn a_child_reads_what_is_loaded_and_reaches_no_store() {
    let scene = Scene::new();
    let address = format!("file:{}", scene.folder().display());
    let store = scene.store();
    let mut owned = store.put(1_u64).unwrap();
    let lent = store.put(2_u64).unwrap();
    let loan = lent.lend().unwrap();
    let lease = store.redeem(loan.ticket().unwrap()).unwrap();
    let wrong = in_a_child(|| {
        let mut answers = vec![owned.borrow().is_ok_and(|value| *value == 1)];
        *owned.borrow_mut().unwrap() = 100;
        answers.push(forked(owned.flush()));
        answers.push(forked(owned.lend()));
        answers.push(forked(store.put(3_u64).map_err(Into::into)));
        answers.push(forked(Store::open(&address)));
        answers.push(forked(store.reap()));
        answers
    });
    assert_eq!(wrong, 0);
    assert_eq!(*owned.borrow().unwrap(), 1);
    owned.flush().unwrap();
    lease.release().unwrap();
    loan.end().unwrap();
}

#[test]
fn a_child_s_destructors_give_nothing_back() {
    let scene = Scene::new();
    let store = scene.store();
    let owned = store.put(1_u64).unwrap();
    let mut lent = store.put(2_u64).unwrap();
    let number = fork();
    if number == 0 {
        drop((owned, lent, store));
        _exit(0);
    }
    let number = rustix::process::Pid::from_raw(number).unwrap();
    rustix::process::waitpid(Some(number), rustix::process::WaitOptions::empty()).unwrap();
    assert_eq!(scene.versions(), 2);
    let loan = lent.lend_mut().unwrap();
    let reader = Store::open(&format!("file:{}", scene.folder().display())).unwrap();
    assert_eq!(*reader.redeem(loan.ticket().unwrap()).unwrap().borrow().unwrap(), 2);
    loan.end().unwrap();
    assert_eq!(owned.into_inner().unwrap(), 1);
}

#[test]
fn a_store_in_memory_is_copied_with_the_rest() {
    let store = Store::open("memory:").unwrap();
    let mut owned = store.put(1_u64).unwrap();
    let wrong = in_a_child(|| {
        *owned.borrow_mut().unwrap() = 100;
        vec![owned.flush().is_ok(), store.put(2_u64).is_ok()]
    });
    assert_eq!(wrong, 0);
    assert_eq!(owned.into_inner().unwrap(), 1);
}
