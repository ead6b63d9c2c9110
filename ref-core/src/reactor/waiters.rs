//! The async calls of this process that wait, and the thread that wakes their tasks: the reactor.

use crate::backend::{Awaited, Doorbell, Watch};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::sync::plain::AtomicU32;
use crate::sync::{Arc, Instant, Mutex, bell, lock};
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;
use std::time::Duration;

/// How often the reactor looks for dead holders, and has calls tried again whose wake may have been lost with a process
/// that died.
const ROUND: Duration = Duration::from_millis(50);
/// How many calls of these the reactor takes in one round. The others have their turn in the next rounds.
const IN_A_ROUND: usize = 64;
/// How long the reactor stays when no call waits.
const LINGER: Duration = Duration::from_secs(1);

/// A call that waits.
struct Waiter {
    store: Store,
    awaited: Awaited,
    watch: Watch,
    waker: Waker,
    /// When the call is tried again even if nothing has changed.
    due: Instant,
}

#[derive(Default)]
struct Waiters {
    calls: BTreeMap<u64, Waiter>,
    /// The number of the next call.
    next: u64,
    /// The call that had its turn in a round last.
    turn: u64,
    /// The doorbells of the stores that calls wait for, by the stores' numbers, and how many calls do. `None` for a store
    /// without one.
    doorbells: BTreeMap<u64, (Option<Arc<dyn Doorbell>>, usize)>,
    is_running: bool,
}

/// The waiting calls of one process.
struct Reactor {
    /// The number of the process. A forked child must not lock the list: a thread that only the parent has may hold it.
    pid: u32,
    waiters: Mutex<Waiters>,
}

/// The reactors by their process: a forked child makes its own. The lock is held for a moment only.
static REACTORS: Mutex<Vec<Arc<Reactor>>> = Mutex::new(Vec::new());

/// A call in the list of its reactor. The drop takes it out.
pub(super) struct Registration {
    reactor: Arc<Reactor>,
    number: u64,
}

impl Reactor {
    /// Returns the reactor of this process.
    fn of_process() -> Arc<Self> {
        let pid = std::process::id();
        let mut reactors = lock(&REACTORS);
        if let Some(reactor) = reactors.iter().find(|reactor| reactor.pid == pid) {
            return Arc::clone(reactor);
        }
        let reactor = Arc::new(Self { pid, waiters: Mutex::default() });
        reactors.push(Arc::clone(&reactor));
        reactor
    }

    fn is_of_this_process(&self) -> bool {
        self.pid == std::process::id()
    }

    /// Takes the calls out whose words have changed, and of the others some whose turn it is, if `is_round`. Returns the
    /// wakers of the former, and the latter as they are.
    fn take(&self, is_round: bool) -> (Vec<Waiter>, Vec<Waiter>) {
        let mut waiters = lock(&self.waiters);
        let is_changed = |waiter: &Waiter| waiter.store.backend().is_changed(&waiter.awaited, waiter.watch);
        let changed: Vec<u64> = waiters.calls.iter().filter(|(_, call)| is_changed(call)).map(|(at, _)| *at).collect();
        let changed = changed.into_iter().filter_map(|number| waiters.remove(number)).collect();
        let due = if is_round { waiters.due() } else { Vec::new() };
        (changed, due)
    }

    /// Wakes the tasks of the calls whose words have changed, until no call has waited for [`LINGER`].
    fn run(&self) {
        let mut round = Instant::now() + ROUND;
        let mut is_empty_since = None;
        loop {
            let rung = bell::rung();
            let doorbells: Vec<Arc<dyn Doorbell>> = {
                let mut waiters = lock(&self.waiters);
                match is_empty_since {
                    _ if !waiters.calls.is_empty() => is_empty_since = None,
                    Some(since) if Instant::now().saturating_duration_since(since) >= LINGER => {
                        waiters.is_running = false;
                        return;
                    }
                    None => is_empty_since = Some(Instant::now()),
                    Some(_) => {}
                }
                waiters.doorbells.values().filter_map(|(doorbell, _)| doorbell.clone()).collect()
            };
            // The doorbells are announced before the look (event count): a change after the look ends the sleep.
            let words: Vec<(&AtomicU32, u32)> = doorbells.iter().map(|doorbell| doorbell.announce()).collect();
            let is_round = Instant::now() >= round;
            let (changed, due) = self.take(is_round);
            if is_round {
                round = Instant::now() + ROUND;
            }
            let is_idle = changed.is_empty() && due.is_empty();
            changed.into_iter().for_each(Waiter::wake);
            for waiter in &due {
                // A recovery has spans, which are code of the program's subscriber.
                let recover = || waiter.store.backend().recover_awaited(&waiter.awaited);
                let _panicked = catch_unwind(AssertUnwindSafe(recover));
            }
            due.into_iter().for_each(Waiter::wake);
            if is_idle {
                let nap =
                    if is_empty_since.is_some() { LINGER } else { round.saturating_duration_since(Instant::now()) };
                bell::sleep(rung, &words, nap);
            }
        }
    }
}

impl Waiters {
    fn remove(&mut self, number: u64) -> Option<Waiter> {
        let waiter = self.calls.remove(&number)?;
        bell::count_waiter(false);
        let store = waiter.store.id().0;
        if let Some((_, count)) = self.doorbells.get_mut(&store) {
            *count -= 1;
            if *count == 0 {
                self.doorbells.remove(&store);
            }
        }
        Some(waiter)
    }

    /// Takes some calls out that are due, those first that had their turn longest ago.
    fn due(&mut self) -> Vec<Waiter> {
        let now = Instant::now();
        let later = self.calls.range((Excluded(self.turn), Unbounded));
        let in_turn = later.chain(self.calls.range(..=self.turn));
        let due: Vec<u64> =
            in_turn.filter(|(_, call)| call.due <= now).map(|(number, _)| *number).take(IN_A_ROUND).collect();
        self.turn = due.last().copied().unwrap_or(self.turn);
        due.into_iter().filter_map(|number| self.remove(number)).collect()
    }
}

impl Waiter {
    fn wake(self) {
        let Self { store, waker, .. } = self;
        // A waker is code of the runtime. Its panic must not end the waits of others. The store is dropped before: if the
        // task ends its session at once, this thread has no part in that.
        let _panicked = catch_unwind(AssertUnwindSafe(|| {
            drop(store);
            waker.wake();
        }));
    }
}

impl Registration {
    /// Has `waker` woken when `awaited` may have changed since `watch` was taken, and after a while in any case. The call
    /// has armed the wait.
    pub(super) fn new(store: &Store, awaited: Awaited, watch: Watch, waker: Waker) -> Result<Self> {
        let (reactor, backend) = (Reactor::of_process(), store.backend());
        let due = Instant::now() + backend.slice();
        let mut waiters = lock(&reactor.waiters);
        match waiters.doorbells.get_mut(&store.id().0) {
            Some((_, count)) => *count += 1,
            None => {
                waiters.doorbells.insert(store.id().0, (backend.doorbell()?, 1));
            }
        }
        let number = waiters.next;
        waiters.next += 1;
        waiters.calls.insert(number, Waiter { store: store.clone(), awaited, watch, waker, due });
        bell::count_waiter(true);
        let started = waiters.start(&reactor);
        let removed = if started.is_err() { waiters.remove(number) } else { None };
        drop(waiters);
        drop(removed);
        started?;
        // The reactor looks at the call at once: there may have been a change before the call was in the list.
        bell::ring_always();
        Ok(Self { reactor, number })
    }

    /// Has `waker` woken in place of the one before. Returns false if that one was woken already.
    pub(super) fn renew(&self, waker: &Waker) -> bool {
        if !self.reactor.is_of_this_process() {
            return false;
        }
        let mut waiters = lock(&self.reactor.waiters);
        let Some(waiter) = waiters.calls.get_mut(&self.number) else { return false };
        let before = if waiter.waker.will_wake(waker) {
            None
        } else {
            Some(std::mem::replace(&mut waiter.waker, waker.clone()))
        };
        drop(waiters);
        drop(before);
        true
    }
}

impl Waiters {
    fn start(&mut self, reactor: &Arc<Reactor>) -> Result<()> {
        if self.is_running {
            return Ok(());
        }
        let (thread, reactor) = (std::thread::Builder::new().name("ref-reactor".to_owned()), Arc::clone(reactor));
        thread
            .spawn(move || reactor.run())
            .map_err(|error| Error::io("the thread for async waits cannot start", error))?;
        self.is_running = true;
        Ok(())
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if !self.reactor.is_of_this_process() {
            return;
        }
        // The store may end its session when it is dropped, so it is dropped after the lock.
        let removed = lock(&self.reactor.waiters).remove(self.number);
        drop(removed);
    }
}
