//! The async calls of this process that wait, and the thread that wakes their tasks: the reactor.

use crate::backend::{Awaited, Doorbell, Watch};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::sync::per_process::PerProcess;
use crate::sync::plain::AtomicU32;
use crate::sync::{Arc, Instant, Mutex, OnceLock, bell, lock};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
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
    /// The stores that calls wait for, by their numbers.
    stores: BTreeMap<u64, StoreCalls>,
    /// The calls that the reactor has not looked at.
    new: Vec<u64>,
    is_running: bool,
}

/// The calls that wait for one store.
struct StoreCalls {
    /// `None` if a change of the store rings the bell of this process.
    doorbell: Option<Arc<dyn Doorbell>>,
    calls: BTreeSet<u64>,
    /// The number of the doorbell, or of the changes that have rung the bell, before the last look at all these calls.
    looked: Option<u32>,
}

/// What the reactor has seen before a look.
struct BeforeLook<'a> {
    /// The number of the changes that have rung the bell.
    changes: u32,
    /// The word of each doorbell, and its number, by the store's number.
    doorbells: BTreeMap<u64, (&'a AtomicU32, u32)>,
    /// Whether the look is at all calls.
    is_round: bool,
}

/// The waiting calls of one process.
#[derive(Default)]
struct Reactor {
    /// The number of the process. A forked child must not lock the list: a thread that only the parent has may hold it.
    pid: OnceLock<u32>,
    waiters: Mutex<Waiters>,
}

static REACTOR: PerProcess<Reactor> = PerProcess::new();

/// A call in the list of its reactor. The drop takes it out.
pub(super) struct Registration {
    reactor: &'static Reactor,
    number: u64,
}

impl Reactor {
    /// Returns the reactor of this process.
    fn of_process() -> &'static Self {
        let reactor = REACTOR.get();
        reactor.pid.get_or_init(std::process::id);
        reactor
    }

    fn is_of_this_process(&self) -> bool {
        self.pid.get() == Some(&std::process::id())
    }

    /// Takes the calls out whose words have changed, and of the others some whose turn it is, if this is a round. Returns
    /// the wakers of the former, and the latter as they are.
    fn take(&self, before: &BeforeLook<'_>) -> (Vec<Waiter>, Vec<Waiter>) {
        let mut waiters = lock(&self.waiters);
        let looked_at = waiters.looked_at(before);
        let is_changed = |waiter: &Waiter| waiter.store.backend().is_changed(&waiter.awaited, waiter.watch);
        let changed: Vec<u64> =
            looked_at.into_iter().filter(|number| waiters.calls.get(number).is_some_and(is_changed)).collect();
        let changed = changed.into_iter().filter_map(|number| waiters.remove(number)).collect();
        let due = if before.is_round { waiters.due() } else { Vec::new() };
        (changed, due)
    }

    /// Wakes the tasks of the calls whose words have changed, until no call has waited for [`LINGER`].
    fn run(&self) {
        let mut round = Instant::now() + ROUND;
        let mut is_empty_since = None;
        loop {
            let (rung, changes) = (bell::rung(), bell::changes());
            let doorbells: Vec<(u64, Arc<dyn Doorbell>)> = {
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
                let stores = waiters.stores.iter();
                stores.filter_map(|(store, calls)| Some((*store, calls.doorbell.clone()?))).collect()
            };
            // The doorbells are announced before the look (event count): a change after the look ends the sleep.
            let doorbells = doorbells.iter().map(|(store, doorbell)| (*store, doorbell.announce())).collect();
            let before = BeforeLook { changes, doorbells, is_round: Instant::now() >= round };
            let (changed, due) = self.take(&before);
            if before.is_round {
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
                let words: Vec<(&AtomicU32, u32)> = before.doorbells.into_values().collect();
                bell::sleep(rung, &words, nap);
            }
        }
    }
}

impl Waiters {
    /// Returns the calls to look at: those of the stores whose doorbell or bell was rung since the last look at all their
    /// calls, and those that are new.
    fn looked_at(&mut self, before: &BeforeLook<'_>) -> BTreeSet<u64> {
        let mut looked_at: BTreeSet<u64> = self.new.drain(..).collect();
        for (store, calls) in &mut self.stores {
            let now = match &calls.doorbell {
                Some(_) => before.doorbells.get(store).map(|(_, number)| *number),
                None => Some(before.changes),
            };
            // A store without a number came after the doorbells were announced: its calls are new.
            if before.is_round || now.is_some() && now != calls.looked {
                looked_at.extend(&calls.calls);
                calls.looked = now;
            }
        }
        looked_at
    }

    fn remove(&mut self, number: u64) -> Option<Waiter> {
        let waiter = self.calls.remove(&number)?;
        bell::count_waiter(false);
        let store = waiter.store.id().0;
        if let Some(calls) = self.stores.get_mut(&store) {
            calls.calls.remove(&number);
            if calls.calls.is_empty() {
                self.stores.remove(&store);
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

    /// Returns the calls of the store, to which one is to be added.
    fn of_store(&mut self, store: &Store) -> Result<&mut StoreCalls> {
        match self.stores.entry(store.id().0) {
            Entry::Occupied(calls) => Ok(calls.into_mut()),
            Entry::Vacant(vacant) => {
                let doorbell = store.backend().doorbell()?;
                Ok(vacant.insert(StoreCalls { doorbell, calls: BTreeSet::new(), looked: None }))
            }
        }
    }

    /// Enters a call.
    fn enter(&mut self, number: u64, waiter: Waiter) {
        self.next = number + 1;
        self.calls.insert(number, waiter);
        self.new.push(number);
        bell::count_waiter(true);
    }

    fn start(&mut self, reactor: &'static Reactor) -> Result<()> {
        if self.is_running {
            return Ok(());
        }
        let thread = std::thread::Builder::new().name("ref-reactor".to_owned());
        thread
            .spawn(move || reactor.run())
            .map_err(|error| Error::io("the thread for async waits cannot start", error))?;
        self.is_running = true;
        Ok(())
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
        let reactor = Reactor::of_process();
        let due = Instant::now() + store.backend().slice();
        let waiter = Waiter { store: store.clone(), awaited, watch, waker, due };
        let mut waiters = lock(&reactor.waiters);
        let number = waiters.next;
        waiters.of_store(store)?.calls.insert(number);
        waiters.enter(number, waiter);
        let started = waiters.start(reactor);
        let removed = if started.is_err() { waiters.remove(number) } else { None };
        drop(waiters);
        drop(removed);
        started?;
        // The reactor looks at the call at once: there may have been a change before the call was in the list.
        bell::wake_reactor();
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
