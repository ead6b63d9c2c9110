//! How a process leaves its pool when a signal asks it to end: it takes no more calls, gives the answer to the one that it
//! runs, and exits.

use super::renewals::MemberLease;
use crate::error::{Error, Result};
use crate::remote::caller::transport::Transport;
use crate::sync::signals::{EndSignals, end_this_process};
use crate::sync::{Arc, Condvar, Mutex, PoisonError, lock};
use std::{process, thread};

/// Whether this process is asked to end, and what it has to do before.
pub(super) struct Departure {
    /// The pool's address.
    shown: String,
    /// The worker process.
    worker: Arc<dyn Transport>,
    state: Mutex<DepartureState>,
    /// Notified when the process is not busy any more.
    free: Condvar,
}

#[derive(Default)]
struct DepartureState {
    is_asked: bool,
    /// Whether this process joins, or has a call whose answer the server does not have.
    is_busy: bool,
    /// The lease in the pool.
    lease: Option<Arc<MemberLease>>,
}

impl Departure {
    /// Takes the signals over, and starts the thread that waits for them.
    pub(super) fn start(shown: String, worker: &Arc<dyn Transport>) -> Result<Arc<Self>> {
        let (state, free) = (Mutex::default(), Condvar::new());
        let departure = Arc::new(Self { shown, worker: Arc::clone(worker), state, free });
        let signals = EndSignals::take_over();
        let mut signals =
            signals.map_err(|error| Error::io("cannot take over the signals that end this process", error))?;
        let thread = Arc::clone(&departure);
        let watch = move || {
            if signals.wait().is_ok() {
                thread.begin();
            }
            if signals.wait().is_ok() {
                thread.cut_short();
            }
        };
        spawn("ref-signals", watch)?;
        Ok(departure)
    }

    pub(super) fn joined(&self, lease: &Arc<MemberLease>) {
        lock(&self.state).lease = Some(Arc::clone(lease));
    }

    /// Notes that this process is about to begin a call, or to join. Returns false if it is asked to end: then it does
    /// neither, and stays busy if it has a call whose answer the server does not have.
    pub(super) fn begin_step(&self) -> bool {
        let mut state = lock(&self.state);
        state.is_busy |= !state.is_asked;
        !state.is_asked
    }

    /// Notes that the server has the answer to the call or no call was begun, or that the request to join is over.
    pub(super) fn end_step(&self) {
        lock(&self.state).is_busy = false;
        self.free.notify_all();
    }

    /// If this process is asked to end and is not busy, waits for its end.
    pub(super) fn end_here_if_asked(&self) {
        let is_ending = {
            let state = lock(&self.state);
            state.is_asked && !state.is_busy
        };
        if is_ending {
            loop {
                thread::park();
            }
        }
    }

    /// Takes no more calls, and has the process end after the one that runs.
    fn begin(self: &Arc<Self>) {
        let is_busy = {
            let mut state = lock(&self.state);
            state.is_asked = true;
            state.is_busy
        };
        if is_busy {
            eprintln!("leaves the pool `{}` when its call is over; a second signal kills the call", self.shown);
        }
        let thread = Arc::clone(self);
        // In a thread of its own: the next signal is waited for meanwhile.
        if spawn("ref-departure", move || thread.end()).is_err() {
            self.end();
        }
    }

    /// Ends this process when it is not busy any more.
    fn end(&self) {
        let mut state = lock(&self.state);
        while state.is_busy {
            state = self.free.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        // Before the process is no member any more: a call that comes to it now is taken from it by its end.
        self.worker.close();
        self.leave();
        process::exit(0);
    }

    /// Kills the call that runs, and ends this process.
    fn cut_short(&self) {
        self.leave();
        end_this_process();
    }

    /// Leaves the pool, once. This process joins no more: it is asked to end.
    fn leave(&self) {
        let lease = lock(&self.state).lease.take();
        lease.inspect(|lease| lease.leave());
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<()> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map(drop).map_err(|error| Error::io("cannot start a thread for the end of this process", error))
}
