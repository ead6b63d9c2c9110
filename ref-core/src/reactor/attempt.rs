//! A call that is tried again and again until it need not wait any more, as a future.

use super::requests;
use super::waiters::Registration;
use crate::backend::{Awaited, Watch, forked};
use crate::error::Result;
use crate::store::Store;
use crate::sync::{Arc, Mutex, lock};
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
    registration: Option<Registration>,
}

impl<A: Attempt> PolledCall<A> {
    pub(crate) fn new(attempt: A) -> Self {
        Self { attempt, registration: None }
    }
}

impl<A: Attempt> Future for PolledCall<A> {
    type Output = Result<A::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if still_waits(&mut this.registration, context) {
            return Poll::Pending;
        }
        let tried = try_call(&mut this.attempt);
        settle(tried, this.attempt.store(), &mut this.registration, context)
    }
}

/// A call as a future, as [`PolledCall`]. But if the call asks a server, the thread for requests tries it, and no poll waits
/// for a reply. If the future is dropped while that thread tries the call, the thread drops the attempt, and what came of
/// the try.
pub(crate) enum WaitingCall<A: Attempt> {
    PolledCall(PolledCall<A>),
    ByRequests(Requested<A>),
}

pub(crate) struct Requested<A: Attempt> {
    store: Store,
    asked: Arc<Mutex<Asked<A>>>,
    registration: Option<Registration>,
}

/// A call that the thread for requests tries.
struct Asked<A: Attempt> {
    /// `None` while the thread tries.
    attempt: Option<A>,
    /// Whether the thread is to try, and has not begun.
    is_queued: bool,
    tried: Option<Result<Tried<A::Output>>>,
    waker: Option<Waker>,
    is_dropped: bool,
}

impl<A: Attempt> WaitingCall<A> {
    pub(crate) fn new(attempt: A) -> Self {
        let store = attempt.store().clone();
        if !store.backend().asks_a_server() {
            return Self::PolledCall(PolledCall::new(attempt));
        }
        let asked = Asked { attempt: Some(attempt), is_queued: false, tried: None, waker: None, is_dropped: false };
        Self::ByRequests(Requested { store, asked: Arc::new(Mutex::new(asked)), registration: None })
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
        match poll_asked(&this.asked, context.waker()) {
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

/// Tries a call. If the call has to wait, arms the wait.
fn try_call<A: Attempt>(call: &mut A) -> Result<Tried<A::Output>> {
    let mut armed: Option<(Awaited, Watch)> = None;
    for _ in 0..TRIES {
        if let Some(output) = call.attempt()? {
            return Ok(Tried::Done(output));
        }
        let (awaited, backend) = (call.awaited(), call.store().backend());
        // The wait needs a watch that was taken before the attempt (event count): the first attempt has none.
        if let Some((awaited, watch)) = armed.take().filter(|(before, _)| *before == awaited)
            && backend.arm(&awaited, watch)
        {
            return Ok(Tried::Waits(awaited, watch));
        }
        let watch = awaited.watch(backend);
        armed = Some((awaited, watch));
    }
    Ok(Tried::Unsettled)
}

/// Returns what the thread for requests has found. If it has not tried the call, has it do so, and returns `None`.
fn poll_asked<A: Attempt<Output: Send> + Send + 'static>(
    asked: &Arc<Mutex<Asked<A>>>,
    waker: &Waker,
) -> Result<Option<Result<Tried<A::Output>>>> {
    let mut locked = lock(asked);
    if let Some(tried) = locked.tried.take() {
        return Ok(Some(tried));
    }
    let before = locked.waker.replace(waker.clone());
    let is_queued_now = locked.attempt.is_some() && !std::mem::replace(&mut locked.is_queued, true);
    drop(locked);
    drop(before);
    if is_queued_now {
        let of_request = Arc::clone(asked);
        requests::send(Box::new(move || ask(&of_request)))?;
    }
    Ok(None)
}

/// Tries the call, on the thread for requests, and wakes its task.
fn ask<A: Attempt>(asked: &Mutex<Asked<A>>) {
    let taken = {
        let mut locked = lock(asked);
        locked.is_queued = false;
        locked.attempt.take()
    };
    // A future that was dropped has taken the attempt.
    let Some(mut attempt) = taken else { return };
    let tried = try_call(&mut attempt);
    let mut locked = lock(asked);
    if locked.is_dropped {
        // What the attempt holds is given back by requests, so after the lock.
        drop(locked);
        return;
    }
    (locked.attempt, locked.tried) = (Some(attempt), Some(tried));
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
