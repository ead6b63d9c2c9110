//! A call that is tried again and again until it need not wait any more, as a future.

use super::requests;
use super::waiters::Registration;
use crate::backend::{Awaited, Watch, forked, trying_again};
use crate::error::Result;
use crate::store::Store;
use crate::sync::{Arc, Instant, Mutex, lock};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// How often a poll tries a call whose state changes again and again. Then the task is woken at once.
const TRIES: u32 = 8;

/// A call that may have to wait. If the call is dropped between two tries, it gives back what it holds.
pub(crate) trait Attempt: Unpin {
    type Output;

    /// Returns the store of the call.
    fn store(&self) -> &Store;

    /// Tries the call, without waiting. Returns `None` if the call has to wait. Runs no user code.
    fn attempt(&mut self) -> Result<Option<Self::Output>>;

    /// Returns what the call has to wait for, after an attempt that returned `None`.
    fn awaited(&self) -> Awaited;
}

/// What a call has to wait for, and since when.
struct WaitSince {
    awaited: Awaited,
    since: Instant,
}

/// What came of a try.
enum Tried<R> {
    Done(R),
    /// The call has to wait, and the wait is armed.
    Waits(Awaited, Watch),
    /// The state changes all the time.
    Unsettled,
}

/// A call as a future that each poll tries. When the future is dropped, it takes itself out of the reactor's list, and its
/// attempt gives back what it holds.
pub(crate) struct PolledCall<A: Attempt> {
    attempt: A,
    wait: Option<WaitSince>,
    registration: Option<Registration>,
}

impl<A: Attempt> PolledCall<A> {
    pub(crate) fn new(attempt: A) -> Self {
        Self { attempt, wait: None, registration: None }
    }
}

impl<A: Attempt> Future for PolledCall<A> {
    type Output = Result<A::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if still_waits(&mut this.registration, context) {
            return Poll::Pending;
        }
        let tried = try_call(&mut this.attempt, &mut this.wait);
        settle(tried, this.attempt.store(), &mut this.registration, context)
    }
}

/// A call as a future, as [`PolledCall`]. But if the call asks a server, the thread for requests to that server tries it,
/// and no poll waits for a reply. If the future is dropped while that thread tries the call, the thread drops the attempt,
/// and what came of the try.
pub(crate) enum WaitingCall<A: Attempt> {
    PolledCall(PolledCall<A>),
    ByRequests(Requested<A>),
}

pub(crate) struct Requested<A: Attempt> {
    store: Store,
    /// The number of the server.
    server: usize,
    asked: Arc<Mutex<Asked<A>>>,
    registration: Option<Registration>,
}

/// What came of a try. An `Err` is what it has panicked with, in a subscriber of the program.
type TriedOrPanicked<R> = std::thread::Result<Result<Tried<R>>>;

/// A call that the thread for requests tries.
struct Asked<A: Attempt> {
    /// `None` while the thread tries.
    attempt: Option<A>,
    /// Whether the thread is to try, and has not begun.
    is_queued: bool,
    tried: Option<TriedOrPanicked<A::Output>>,
    waker: Option<Waker>,
    wait: Option<WaitSince>,
    is_dropped: bool,
}

impl<A: Attempt> WaitingCall<A> {
    pub(crate) fn new(attempt: A) -> Self {
        let store = attempt.store().clone();
        let Some(server) = store.backend().server() else { return Self::PolledCall(PolledCall::new(attempt)) };
        let asked =
            Asked { attempt: Some(attempt), is_queued: false, tried: None, waker: None, wait: None, is_dropped: false };
        Self::ByRequests(Requested { store, server, asked: Arc::new(Mutex::new(asked)), registration: None })
    }
}

impl<A: Attempt<Output: Send> + Send + 'static> Future for WaitingCall<A> {
    type Output = Result<A::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = match &mut *self {
            Self::PolledCall(polled) => return Pin::new(polled).poll(context),
            Self::ByRequests(requested) => requested,
        };
        if !this.store.backend().is_opener() {
            // A forked child has no thread that tries.
            return Poll::Ready(Err(forked()));
        }
        if still_waits(&mut this.registration, context) {
            return Poll::Pending;
        }
        match poll_asked(this.server, &this.asked, context.waker()) {
            Ok(None) => Poll::Pending,
            Ok(Some(tried)) => settle(tried, &this.store, &mut this.registration, context),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

/// Returns whether the reactor has the call in its list. If so, the reactor wakes this poll's task from now on.
fn still_waits(registration: &mut Option<Registration>, context: &Context<'_>) -> bool {
    let waits = registration.as_ref().is_some_and(|registration| registration.renew(context.waker()));
    if !waits {
        *registration = None;
    }
    waits
}

/// Turns what came of a try into what a poll returns. If the call has to wait, enters it into the reactor's list.
fn settle<R>(
    tried: Result<Tried<R>>,
    store: &Store,
    registration: &mut Option<Registration>,
    context: &Context<'_>,
) -> Poll<Result<R>> {
    match tried {
        Ok(Tried::Done(output)) => Poll::Ready(Ok(output)),
        Ok(Tried::Waits(awaited, watch)) => match Registration::new(store, awaited, watch, context.waker().clone()) {
            Ok(entered) => {
                *registration = Some(entered);
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        },
        Ok(Tried::Unsettled) => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
        Err(error) => Poll::Ready(Err(error)),
    }
}

/// Tries a call. If the call has to wait, arms the wait. `wait` is that of the tries before, and becomes `None` when the
/// call is over.
fn try_call<A: Attempt>(call: &mut A, wait: &mut Option<WaitSince>) -> Result<Tried<A::Output>> {
    let mut armed: Option<(Awaited, Watch)> = None;
    for nth in 0..TRIES {
        let is_first = nth == 0 && wait.is_none();
        let tried = if is_first { call.attempt() } else { trying_again(|| call.attempt()) };
        if !matches!(tried, Ok(None)) {
            if let Some(WaitSince { awaited, since }) = wait.take() {
                call.store().backend().has_waited(&awaited, since);
            }
            return tried.map(|output| output.map_or(Tried::Unsettled, Tried::Done));
        }
        let (awaited, backend) = (call.awaited(), call.store().backend());
        // The wait needs a watch that was taken before the attempt (event count): the first attempt has none.
        if let Some((awaited, watch)) = armed.take().filter(|(before, _)| *before == awaited)
            && backend.arm(&awaited, watch)
        {
            wait.get_or_insert_with(|| WaitSince { awaited: awaited.clone(), since: Instant::now() });
            return Ok(Tried::Waits(awaited, watch));
        }
        let watch = awaited.watch(backend);
        armed = Some((awaited, watch));
    }
    Ok(Tried::Unsettled)
}

/// Returns what the thread for requests has found. If it has not tried the call, has it do so, and returns `None`. Passes
/// on a panic of the try.
fn poll_asked<A: Attempt<Output: Send> + Send + 'static>(
    server: usize,
    asked: &Arc<Mutex<Asked<A>>>,
    waker: &Waker,
) -> Result<Option<Result<Tried<A::Output>>>> {
    let mut locked = lock(asked);
    if let Some(tried) = locked.tried.take() {
        drop(locked);
        return tried.map_or_else(|panic| resume_unwind(panic), |tried| Ok(Some(tried)));
    }
    let before = locked.waker.replace(waker.clone());
    let is_queued_now = locked.attempt.is_some() && !std::mem::replace(&mut locked.is_queued, true);
    drop(locked);
    drop(before);
    if is_queued_now {
        let of_request = Arc::clone(asked);
        requests::send(server, Box::new(move || ask(&of_request)))?;
    }
    Ok(None)
}

/// Tries the call, on the thread for requests, and wakes its task.
fn ask<A: Attempt>(asked: &Mutex<Asked<A>>) {
    let (taken, mut wait) = {
        let mut locked = lock(asked);
        locked.is_queued = false;
        (locked.attempt.take(), locked.wait.take())
    };
    // A future that was dropped has taken the attempt.
    let Some(mut attempt) = taken else { return };
    // A try has spans, which are code of the program's subscriber. A panic there goes to the poll, as it would from a try
    // of the poll itself.
    let tried = catch_unwind(AssertUnwindSafe(|| try_call(&mut attempt, &mut wait)));
    let mut locked = lock(asked);
    if locked.is_dropped {
        // What the attempt holds is given back by requests, so after the lock.
        drop(locked);
        return;
    }
    (locked.attempt, locked.wait, locked.tried) = (Some(attempt), wait, Some(tried));
    let waker = locked.waker.take();
    drop(locked);
    waker.into_iter().for_each(Waker::wake);
}

impl<A: Attempt> Drop for Requested<A> {
    fn drop(&mut self) {
        if !self.store.backend().is_opener() {
            return; // a forked child: a thread that only the parent has may hold the lock
        }
        let mut locked = lock(&self.asked);
        locked.is_dropped = true;
        // What they hold is given back after the lock, by posts, which wait for no reply.
        let left = (locked.attempt.take(), locked.tried.take(), locked.waker.take());
        drop(locked);
        drop(left);
    }
}

#[cfg(all(test, feature = "bincode"))]
mod tests {
    use super::*;
    use crate::id::{Epoch, ObjectId};

    /// A call whose try panics.
    struct PanickingAttempt(Store);

    impl Attempt for PanickingAttempt {
        type Output = ();

        fn store(&self) -> &Store {
            &self.0
        }

        fn attempt(&mut self) -> Result<Option<()>> {
            panic!("in a subscriber")
        }

        fn awaited(&self) -> Awaited {
            Awaited::Version(ObjectId { index: 0, birth: 0 }, Epoch(0))
        }
    }

    struct Unpark(std::thread::Thread);

    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// The try runs on the thread for requests, and the panic is the task's.
    #[test]
    fn a_panic_of_a_try_is_passed_on_by_the_poll() {
        let store = Store::open("memory:").unwrap();
        let attempt = Some(PanickingAttempt(store.clone()));
        let asked = Asked { attempt, is_queued: false, tried: None, waker: None, wait: None, is_dropped: false };
        let requested = Requested { store, server: 0, asked: Arc::new(Mutex::new(asked)), registration: None };
        let mut call = WaitingCall::ByRequests(requested);
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            while Pin::new(&mut call).poll(&mut Context::from_waker(&waker)).is_pending() {
                std::thread::park();
            }
        }));
        assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"in a subscriber"));
    }
}
