//! Handles in async programs, with a real runtime: the program of the guide's page, and which handles a task may have.

use ref_core::{Exclusive, Lease, Owned, OwnedLoan, Result, Shared, Store, Ticket};
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
}
