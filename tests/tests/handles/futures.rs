//! Calls that wait as futures: they are woken, a future that is dropped leaves nothing behind, and thousands of them wait
//! on one thread.

use crate::places::{Grid, Place, everywhere};
use ref_core::{ErrorKind, Named, Snapshot};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A runtime with one thread: if a call blocks that thread, no other task goes on.
pub(crate) fn run<R>(tasks: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(tasks)
}

/// Polls the future once.
fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Runs both, each on after the other has to wait.
async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    tokio::join!(a, b)
}

fn grid(place: &Place) -> (Named<Grid>, Named<Grid>) {
    (place.lender.named("grid").unwrap(), place.borrower.named("grid").unwrap())
}

#[test]
fn a_watcher_is_woken_by_the_first_version_the_next_one_and_the_removal() {
    everywhere(|place| {
        let (mut writes, reads) = grid(place);
        let mut watcher = reads.watch().unwrap();
        run(async {
            for step in 1..=2 {
                let changes = async { writes.set(Grid::at(step)).map(drop) };
                let (seen, changed) = both(watcher.changed_async(), changes).await;
                seen.and(changed).unwrap();
                assert_eq!(watcher.snapshot().unwrap().step, step);
            }
            let (seen, removed) = both(watcher.changed_async(), async { writes.remove() }).await;
            assert!(removed.unwrap());
            seen.unwrap();
            assert_eq!(watcher.snapshot().unwrap_err().kind(), ErrorKind::NotFound);
        });
    });
}

#[test]
fn a_stream_has_the_newest_version_of_each_object_of_a_name() {
    use futures_core::Stream as _;
    everywhere(|place| {
        let (mut writes, reads) = grid(place);
        writes.set(Grid::at(1)).unwrap();
        let mut versions = pin!(reads.watch().unwrap().versions());
        run(async {
            let mut next = async |change: &mut dyn FnMut()| -> Snapshot<Grid> {
                let next = poll_fn(|context| versions.as_mut().poll_next(context));
                both(next, async { change() }).await.0.unwrap().unwrap()
            };
            let first = next(&mut || (2..=3).for_each(|step| writes.set(Grid::at(step)).map(drop).unwrap())).await;
            assert!(first.step == 2 || first.step == 3);
            let mut other = || {
                writes.remove().unwrap();
                writes.set(Grid::at(4)).unwrap();
            };
            let mut seen = next(&mut other).await.step;
            while seen < 4 {
                seen = next(&mut || {}).await.step;
            }
            assert_eq!(seen, 4);
        });
    });
}

/// A borrow waits for a writer, a writer for readers and for another writer.
#[test]
fn a_borrow_that_waits_is_woken_by_the_end_of_the_one_in_the_way() {
    everywhere(|place| {
        let (mut ours, mut theirs) = grid(place);
        ours.set(Grid::at(1)).unwrap();
        run(async {
            let mut writer = ours.borrow_mut().unwrap();
            writer.step = 2;
            let (reader, committed) = both(theirs.borrow_async(), async { writer.commit() }).await;
            committed.unwrap();
            assert_eq!(reader.unwrap().step, 2);

            let reader = ours.borrow().unwrap();
            let (writer, ()) = both(theirs.borrow_mut_async(), async { drop(reader) }).await;
            let mut writer = writer.unwrap();
            writer.step = 3;
            let (changed, committed) = both(ours.update_async(|grid| grid.step += 1), async { writer.commit() }).await;
            committed.and(changed).unwrap();
            assert_eq!(ours.snapshot().unwrap().step, 4);

            // The object goes while a task waits for it.
            let mut removes = ours.clone();
            let writer = ours.borrow_mut().unwrap();
            let removes = async {
                drop(writer);
                while let Err(error) = removes.remove() {
                    assert_eq!(error.kind(), ErrorKind::Conflict);
                    tokio::task::yield_now().await;
                }
            };
            let lost = async { theirs.borrow_mut_async().await.map(drop) };
            if let (Err(error), ()) = both(lost, removes).await {
                assert_eq!(error.kind(), ErrorKind::NotFound);
            }
        });
    });
}

#[test]
fn a_value_that_is_waited_for_comes_or_is_abandoned() {
    everywhere(|place| {
        run(async {
            let (promise, key) = place.lender.promise::<u64>().unwrap();
            let (value, kept) = both(place.borrower.wait_async(&key), async { promise.fulfil(7) }).await;
            kept.unwrap();
            assert_eq!(value.unwrap(), 7);
            let (promise, key) = place.lender.promise::<u64>().unwrap();
            let (value, ()) = both(place.borrower.wait_async(&key), async { drop(promise) }).await;
            assert_eq!(value.unwrap_err().kind(), ErrorKind::Abandoned);
            let elsewhere = ref_core::Store::open("memory:").unwrap().wait_async(&key).await;
            assert_eq!(elsewhere.unwrap_err().kind(), ErrorKind::WrongStore);
        });
    });
}

#[test]
fn a_lender_is_woken_by_the_redemption_and_by_the_return() {
    everywhere(|place| {
        run(async {
            let mut count = place.lender.put(1_u64).unwrap();
            let loan = count.lend_mut().unwrap();
            let line = loan.ticket().unwrap().to_text();
            let borrows = async {
                let mut lease = place.borrower.redeem(line.parse::<ref_core::Ticket<u64, ref_core::Exclusive>>()?)?;
                tokio::task::yield_now().await;
                *lease.borrow_mut()? += 1;
                lease.commit()
            };
            let (waited, committed) = both(loan.wait_async(), borrows).await;
            waited.unwrap();
            assert_eq!(loan.end().unwrap().committed, Some(committed.unwrap()));

            let loan = count.lend().unwrap();
            let reader = place.borrower.redeem_async(loan.ticket().unwrap()).await.unwrap();
            assert_eq!(*reader.borrow().unwrap(), 2);
            let (ended, ()) = both(loan.end_async(), async { drop(reader) }).await;
            assert_eq!(ended.unwrap().cause, ref_core::LoanEndCause::Returned);

            let lent = count.into_loan().unwrap();
            let reader = place.borrower.redeem(lent.ticket().unwrap()).unwrap();
            let (waited, ()) = both(lent.wait_async(), async { drop(reader) }).await;
            waited.unwrap();
            assert_eq!(*lent.end().unwrap().0.borrow().unwrap(), 2);
        });
    });
}

/// Each future is polled until it waits, and then dropped. What it waited for is as before, for other sessions too.
#[test]
fn a_future_that_is_dropped_holds_nothing_and_loses_nothing() {
    everywhere(|place| {
        let (mut ours, mut theirs) = grid(place);
        ours.set(Grid::at(1)).unwrap();

        let mut watcher = theirs.watch().unwrap();
        assert!(poll(&mut pin!(watcher.changed_async())).is_pending());
        ours.set(Grid::at(2)).unwrap();
        assert!(watcher.changed_timeout(std::time::Duration::ZERO).unwrap(), "the mark has not moved");

        let writer = ours.borrow_mut().unwrap();
        for _ in 0..2 {
            assert!(poll(&mut pin!(theirs.borrow_mut_async())).is_pending());
            assert!(poll(&mut pin!(theirs.borrow_async())).is_pending());
            assert!(poll(&mut pin!(theirs.update_async(|grid| grid.step = 100))).is_pending());
        }
        drop(writer);
        // On a server the first polls may be granted in a moment, and are given back then.
        drop(ours.borrow_mut().unwrap());
        let reader = ours.borrow().unwrap();
        // It has reserved the object, and waits for the reader.
        assert!(poll(&mut pin!(theirs.borrow_mut_async())).is_pending());
        // On a server a reservation is given back a moment after the future is dropped.
        while let Err(refused) = ours.borrow() {
            assert!(place.address.starts_with("redis"), "{refused}");
        }
        drop(reader);
        drop(theirs.borrow_mut().unwrap());
        assert_eq!(ours.snapshot().unwrap().step, 2);

        let (promise, key) = place.lender.promise::<u64>().unwrap();
        assert!(poll(&mut pin!(place.borrower.wait_async(&key))).is_pending());
        promise.fulfil(7).unwrap();
        assert_eq!(run(place.borrower.wait_async(&key)).unwrap(), 7);

        let lent = place.lender.put(1_u64).unwrap().into_loan_mut().unwrap();
        let lease = place.borrower.redeem(lent.ticket().unwrap()).unwrap();
        assert!(poll(&mut pin!(lent.wait_async())).is_pending());
        lease.commit().unwrap();
        let (mut count, ended) = lent.end().unwrap();
        assert!(ended.committed.is_some());

        // The loan is closed, and the next one waits for the reader.
        let loan = count.lend().unwrap();
        let (ticket, reader) = (loan.ticket().unwrap(), place.borrower.redeem(loan.ticket().unwrap()).unwrap());
        assert!(poll(&mut pin!(loan.end_async())).is_pending());
        assert_eq!(place.borrower.redeem(ticket).unwrap_err().kind(), ErrorKind::Expired);
        assert_eq!(count.lend_mut().unwrap_err().kind(), ErrorKind::Conflict);
        drop(reader);

        // One is dropped before its first poll, and one after it: then the borrow is given back.
        let loan = count.lend().unwrap();
        drop(place.borrower.redeem_async(loan.ticket().unwrap()));
        drop(poll(&mut pin!(place.borrower.redeem_async(loan.ticket().unwrap()))));
        assert_eq!(loan.end().unwrap().cause, ref_core::LoanEndCause::Returned);
        let elsewhere = run(ref_core::Store::open("memory:").unwrap().redeem_async(ticket_of(&mut count)));
        assert_eq!(elsewhere.unwrap_err().kind(), ErrorKind::WrongStore);
    });
}

fn ticket_of(count: &mut ref_core::Owned<u64>) -> ref_core::Ticket<u64, ref_core::Exclusive> {
    count.lend_mut().unwrap().ticket().unwrap()
}

/// The names of this process's threads.
#[cfg(target_os = "linux")]
fn threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    // A thread may end before its name is read.
    tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok()).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_tasks_wait_on_one_thread() {
    everywhere(|place| {
        // On a server each task costs some round trips.
        let count = if place.address.starts_with("redis") { 1_000 } else { 10_000 };
        let (mut writes, reads) = grid(place);
        writes.set(Grid::at(1)).unwrap();
        run(async {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..count {
                let mut watcher = reads.watch().unwrap();
                tasks.spawn(async move { watcher.changed_async().await });
            }
            tokio::task::yield_now().await;
            assert!(threads().iter().filter(|name| name.trim() == "ref-reactor").count() <= 1);
            assert!(threads().len() < 1000);
            assert!(tasks.try_join_next().is_none());
            writes.set(Grid::at(2)).unwrap();
            while let Some(seen) = tasks.join_next().await {
                seen.unwrap().unwrap();
            }
        });
    });
}
