//! Handles in async programs, with a real runtime: the programs of the guide's page, waits for processes that are killed,
//! and which handles a task may have.

#![cfg(feature = "async")]

use ref_core::{ErrorKind, Exclusive, Key, Lease, Named, Owned, OwnedLoan, Result, Shared, Store, Ticket, Watcher};
use ref_tests::{Actor, Note, Scene};
use tokio::task::spawn_blocking;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap()
}

async fn increment(store: Store, ticket: Ticket<u64, Exclusive>) -> Result<()> {
    let work = move || {
        let mut lease = store.redeem(ticket)?;
        *lease.borrow_mut()? += 1;
        lease.commit()?;
        Ok(())
    };
    spawn_blocking(work).await.unwrap()
}

async fn lend_out(store: Store, count: Owned<u64>) -> Result<Owned<u64>> {
    let loan = spawn_blocking(move || count.into_loan_mut()).await.unwrap()?;
    increment(store, loan.ticket()?).await?;
    let (count, _ended) = spawn_blocking(move || loan.end()).await.unwrap()?;
    Ok(count)
}

#[test]
fn the_program_of_the_guide_runs_on_one_thread_of_a_runtime() {
    let store = Store::open("memory:").unwrap();
    let count = store.put(1_u64).unwrap();
    let count = runtime().block_on(async { tokio::spawn(lend_out(store, count)).await.unwrap() }).unwrap();
    assert_eq!(*count.borrow().unwrap(), 2);
}

#[test]
fn a_closure_that_has_begun_commits_though_its_future_is_dropped() {
    let store = Store::open("memory:").unwrap();
    let mut count = store.put(1_u64).unwrap();
    let loan = count.lend_mut().unwrap();
    let ticket = loan.ticket().unwrap();
    let (begun, begins) = std::sync::mpsc::channel();
    let (go_on, goes_on) = std::sync::mpsc::channel();
    let runtime = runtime();
    let borrower = store.clone();
    let waiting = runtime.spawn(async move {
        let work = move || -> Result<()> {
            let mut lease = borrower.redeem(ticket)?;
            begun.send(()).unwrap();
            goes_on.recv().unwrap();
            *lease.borrow_mut()? += 1;
            lease.commit().map(|_token| ())
        };
        spawn_blocking(work).await.unwrap()
    });
    begins.recv().unwrap();
    waiting.abort();
    assert!(runtime.block_on(waiting).unwrap_err().is_cancelled());
    go_on.send(()).unwrap();
    assert!(loan.end().unwrap().committed.is_some());
    assert_eq!(*count.borrow().unwrap(), 2);
}

/// Runs the task until it waits, then kills the process, and returns what the task has waited for.
fn meanwhile<R>(task: impl Future<Output = R>, kill: impl FnOnce()) -> R {
    let tasks = async {
        let killed = async {
            tokio::task::yield_now().await;
            kill();
        };
        tokio::join!(task, killed).0
    };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(tasks)
}

/// A task waits for no killed process: the reactor recovers it.
#[test]
fn a_killed_borrower_is_not_waited_for() {
    for order in ["named read notes/a", "named write notes/a 9"] {
        let scene = Scene::new();
        let mut note: Named<Note> = scene.store().named("notes/a").unwrap();
        note.set(Note::sized(3, 100)).unwrap();
        let mut holder: Actor = scene.actor();
        holder.ask(order).ok();
        let added = meanwhile(note.update_async(|note| note.n + 1), || holder.kill());
        assert_eq!(added.unwrap(), 4, "{order}");
    }
}

/// A change of a dead process is told, also if that process could wake no other one any more.
#[test]
fn a_task_is_told_of_the_last_change_of_a_killed_process() {
    for (point, order, left) in [
        ("commit.swapped", "named add notes/a 1", Some(4)),
        ("commit.current", "named add notes/a 1", Some(4)),
        ("evict.doomed", "named remove notes/a", None),
        ("name.published", "named set notes/b 4 100", Some(4)),
    ] {
        let scene = Scene::new();
        let mut note: Named<Note> = scene.store().named("notes/a").unwrap();
        note.set(Note::sized(3, 100)).unwrap();
        let watched: Named<Note> = scene.store().named(order.split(' ').nth(2).unwrap()).unwrap();
        let mut watcher: Watcher<Note> = watched.watch().unwrap();
        let mut writer = scene.actor_with(&format!("kill:{point}"));
        let kill = || {
            writer.tell(order);
            writer.wait_killed();
        };
        meanwhile(watcher.changed_async(), kill).unwrap();
        assert_eq!(watched.snapshot().ok().map(|snapshot| snapshot.n), left, "at {point}");
    }
}

#[test]
fn the_promise_of_a_killed_process_is_abandoned() {
    let scene = Scene::new();
    let mut maker = scene.actor();
    let key: Key<Note> = maker.ask("promised make p").ok().parse().unwrap();
    let value = meanwhile(scene.store().wait_async(&key), || maker.kill());
    assert_eq!(value.unwrap_err().kind(), ErrorKind::Abandoned);
}

#[test]
fn every_handle_may_move_from_thread_to_thread_with_its_task() {
    fn is_send<T: Send>() {}
    is_send::<Store>();
    is_send::<Ticket<u64, Exclusive>>();
    is_send::<Owned<u64>>();
    is_send::<OwnedLoan<u64, Shared>>();
    is_send::<Lease<u64, Exclusive>>();
    is_send::<ref_core::Loan<'static, u64, Exclusive>>();
    is_send::<ref_core::Ref<'static, u64>>();
    is_send::<ref_core::RefMut<'static, u64>>();
    is_send::<ref_core::VersionStream<u64>>();
}

/// The futures that wait may move with their task, also those of borrows that stay on their thread.
#[test]
fn every_future_may_move_from_thread_to_thread() {
    fn is_send(_: impl Future + Send) {}
    let store = Store::open("memory:").unwrap();
    let mut named: Named<u64> = store.named("count").unwrap();
    let (_promise, key) = store.promise::<u64>().unwrap();
    let loan = store.put(1_u64).unwrap().into_loan().unwrap();
    is_send(named.watch().unwrap().changed_async());
    is_send(named.borrow_async());
    is_send(named.borrow_mut_async());
    is_send(named.update_async(|count| *count += 1));
    is_send(store.wait_async(&key));
    is_send(loan.wait_async());
    is_send(async move {
        named.borrow_mut_async().await?.commit()?;
        named.watch()?.changed_async().await
    });
}
