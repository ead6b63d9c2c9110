//! Futures whose tasks do what tasks rarely do: they end their session as soon as they are woken, wait beside a reservation
//! of their own session, are dropped while their request stands in the queue, and are polled in a forked child.

use crate::futures::run;
use crate::places::{Grid, Place, everywhere};
use ref_core::{ErrorKind, Result};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};

/// A waker that runs `F`.
struct OnWake<F>(F);

impl<F: Fn() + Send + Sync> Wake for OnWake<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn waker(on_wake: impl Fn() + Send + Sync + 'static) -> Waker {
    Arc::new(OnWake(on_wake)).into()
}

/// Returns a waker, and a channel that has a message for each time that the task is woken.
fn told() -> (Waker, mpsc::Receiver<()>) {
    let (tell, told) = mpsc::channel();
    (waker(move || _ = tell.send(())), told)
}

/// Returns a waker whose thread tells that it wakes the task, and then stands still until it is told to go on.
fn held() -> (Waker, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (tell, told) = mpsc::channel();
    let (go_on, goes_on) = mpsc::channel::<()>();
    let goes_on = Mutex::new(goes_on);
    (waker(move || _ = tell.send(()).map(|()| goes_on.lock().map(|goes_on| goes_on.recv()))), told, go_on)
}

fn poll<F: Future>(future: &mut Pin<Box<F>>, waker: &Waker) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// Polls the future until only the reactor can wake it: at a server, another thread tries the call first.
fn wait<F: Future>(place: &Place, future: &mut Pin<Box<F>>) {
    let (waker, told) = told();
    assert!(poll(future, &waker).is_pending());
    if place.is_on_a_server() {
        told.recv().unwrap();
        assert!(poll(future, &waker).is_pending());
    }
}

/// The thread that has woken the task keeps nothing of the store, although it is still in the waker.
#[test]
fn a_task_that_is_woken_ends_its_session_at_once() {
    everywhere(|place| {
        let mut writes = place.lender.named("grid").unwrap();
        writes.set(Grid::at(1)).unwrap();
        let mut watcher = place.open().named::<Grid>("grid").unwrap().watch().unwrap();
        let mut change = Box::pin(async move { watcher.changed_async().await });
        wait(place, &mut change);
        let (waker, woken, go_on) = held();
        assert!(poll(&mut change, &waker).is_pending());
        writes.set(Grid::at(2)).unwrap();
        woken.recv().unwrap();
        drop(change);
        assert_eq!(place.lender.stats().unwrap().sessions, 2);
        drop(go_on);
    });
}

/// Of two tasks of one session, one has reserved an object that nothing reads any more, and is not polled. The other one
/// waits for it, and does not wake itself.
#[test]
fn a_task_beside_a_reservation_of_its_session_sleeps() {
    everywhere(|place| {
        let (mut ours, theirs) = (place.lender.named("grid").unwrap(), place.borrower.named::<Grid>("grid").unwrap());
        ours.set(Grid::at(1)).unwrap();
        let (mut writes, reader) = (theirs.clone(), ours.borrow().unwrap());
        let mut reserved = Box::pin(writes.borrow_mut_async());
        wait(place, &mut reserved);
        drop(reader);
        let polling = std::thread::current().id();
        let (tell, wakers) = mpsc::channel();
        let waker = waker(move || _ = tell.send(std::thread::current().id()));
        let mut waits = Box::pin(theirs.borrow_async());
        assert!(poll(&mut waits, &waker).is_pending());
        assert!(wakers.try_iter().all(|thread| thread != polling), "the poll has woken its own task");
        drop(reserved);
        assert_eq!(run(waits).unwrap().step, 1);
    });
}

/// The thread for requests stands still. A future that has reserved the object, and whose next request waits for that
/// thread, is dropped: the session has not reserved the object any more.
#[test]
fn a_reservation_is_given_back_although_a_request_is_queued() {
    everywhere(|place| {
        if !place.is_on_a_server() {
            return;
        }
        let (mut ours, theirs) = (place.lender.named("grid").unwrap(), place.borrower.named::<Grid>("grid").unwrap());
        ours.set(Grid::at(1)).unwrap();
        let (mut writes, mut writes_too, reader) = (theirs.clone(), theirs.clone(), ours.borrow().unwrap());
        let mut reserved = Box::pin(writes.borrow_mut_async());
        wait(place, &mut reserved);
        let (to_reserved, readers_left) = told();
        assert!(poll(&mut reserved, &to_reserved).is_pending());
        let mut watcher = theirs.watch().unwrap();
        let mut change = Box::pin(watcher.changed_async());
        let (holds, stands_still, go_on) = held();
        assert!(poll(&mut change, &holds).is_pending());
        stands_still.recv().unwrap();
        drop(reader);
        readers_left.recv().unwrap();
        assert!(poll(&mut reserved, Waker::noop()).is_pending());
        drop(reserved);
        // A later call of the session takes effect after what the drop has sent.
        drop(writes_too.try_borrow_mut().unwrap());
        drop(go_on);
    });
}

/// The child has none of the threads that could go on with the call.
#[test]
fn a_forked_child_is_told_so_by_every_future() {
    everywhere(|place| {
        let mut named = place.lender.named("grid").unwrap();
        named.set(Grid::at(1)).unwrap();
        let (_promise, key) = place.lender.promise::<u64>().unwrap();
        let loan = place.lender.put(1_u64).unwrap().into_loan_mut().unwrap();
        let mut watcher = named.watch().unwrap();
        let mut waits = Box::pin(watcher.changed_async());
        wait(place, &mut waits);
        let asked = named.clone();
        let mut asked = Box::pin(asked.borrow_async());
        let _pending_at_a_server = poll(&mut asked, Waker::noop());
        let wrong = ref_tests::in_a_child(|| {
            fn is_forked<R>(polled: Poll<Result<R>>) -> bool {
                matches!(polled, Poll::Ready(Err(error)) if error.kind() == ErrorKind::Forked)
            }
            let mut new = Box::pin(place.lender.wait_async(&key));
            let mut lent = Box::pin(loan.wait_async());
            let mut answers = vec![is_forked(poll(&mut waits, Waker::noop()))];
            answers.push(is_forked(poll(&mut new, Waker::noop())));
            answers.push(is_forked(poll(&mut lent, Waker::noop())));
            answers.push(!place.is_on_a_server() || is_forked(poll(&mut asked, Waker::noop())));
            drop((waits, new, lent, asked));
            answers
        });
        assert_eq!(wrong, 0);
    });
}
