//! Named moments at which a process can be made to die or to stop. Compiled out of release builds.
//!
//! `REF_POINT=kill:NAME` or `stop:NAME` sends the process SIGKILL or SIGSTOP there, `:N` at the N-th time. Unit tests
//! unwind instead, to have the next one die within the same millisecond: [`play`].

#[cfg(all(debug_assertions, not(test)))]
use super::{OnceLock, Ordering, plain::AtomicU32};

#[cfg(test)]
pub(crate) use rehearsal::patience;
#[cfg(all(test, not(loom)))]
pub(crate) use rehearsal::{Outcome, alone, interrupt, play};

/// How long to wait for another process: in a rehearsal, nobody else moves.
#[cfg(not(test))]
pub(crate) fn patience(usual: std::time::Duration) -> std::time::Duration {
    usual
}

/// A moment by this name is reached.
#[cfg(all(debug_assertions, not(test)))]
pub(crate) fn point(name: &str) {
    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    if let Some(plan) = PLAN.get_or_init(Plan::from_env) {
        plan.reach(name);
    }
}

#[cfg(test)]
pub(crate) fn point(name: &'static str) {
    rehearsal::reach(name);
}

#[cfg(not(any(debug_assertions, test)))]
pub(crate) fn point(_name: &str) {}

#[cfg(all(debug_assertions, not(test)))]
struct Plan {
    signal: rustix::process::Signal,
    /// Empty for any.
    name: String,
    left: AtomicU32,
}

#[cfg(all(debug_assertions, not(test)))]
impl Plan {
    fn from_env() -> Option<Self> {
        let plan = std::env::var("REF_POINT").ok()?;
        let mut parts = plan.split(':');
        let signal = match parts.next()? {
            "kill" => rustix::process::Signal::KILL,
            "stop" => rustix::process::Signal::STOP,
            _ => return None,
        };
        let name = parts.next()?.to_owned();
        let nth = parts.next().and_then(|nth| nth.parse().ok()).unwrap_or(1);
        Some(Self { signal, name, left: AtomicU32::new(nth) })
    }

    fn reach(&self, name: &str) {
        let meant = self.name.is_empty() || self.name == name;
        if !meant || self.left.load(Ordering::Relaxed) == 0 {
            return;
        }
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            // Cannot fail: a process may always signal itself.
            let _sent = rustix::process::kill_process(rustix::process::getpid(), self.signal);
        }
    }
}

#[cfg(test)]
mod rehearsal {
    use std::cell::{Cell, RefCell};
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::time::Duration;

    thread_local! {
        /// How many more points this thread passes before it dies of one.
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
        /// How many more points this thread passes before somebody else acts.
        static QUIET: Cell<u32> = const { Cell::new(0) };
        /// Whether everybody else stands still.
        static ALONE: Cell<bool> = const { Cell::new(false) };
        static OTHER: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    }

    /// How a thread came through.
    #[derive(Debug, PartialEq, Eq)]
    pub(crate) enum Outcome<T> {
        Done(T),
        /// It died at this point.
        Died(&'static str),
    }

    struct Death(&'static str);

    /// Runs `act`, which dies at its `nth` point, counted from 0, if it has so many.
    pub(crate) fn play<T>(nth: u32, act: impl FnOnce() -> T) -> Outcome<T> {
        LEFT.set(Some(nth));
        let played = catch_unwind(AssertUnwindSafe(act));
        LEFT.set(None);
        match played {
            Ok(value) => Outcome::Done(value),
            Err(cause) => match cause.downcast::<Death>() {
                Ok(death) => Outcome::Died(death.0),
                Err(other) => resume_unwind(other),
            },
        }
    }

    /// Runs `act`, and `other` in the middle of it: at its `nth` point, counted from 0. Answers what `act` did, and
    /// whether it had so many.
    pub(crate) fn interrupt<T>(nth: u32, other: Box<dyn FnOnce()>, act: impl FnOnce() -> T) -> (T, bool) {
        QUIET.set(nth);
        OTHER.set(Some(other));
        let value = act();
        (value, OTHER.take().is_none())
    }

    /// Runs `act` while everybody else stands still: nobody is worth waiting for.
    pub(crate) fn alone<T>(act: impl FnOnce() -> T) -> T {
        ALONE.set(true);
        let value = act();
        ALONE.set(false);
        value
    }

    pub(crate) fn patience(usual: Duration) -> Duration {
        if ALONE.get() { Duration::ZERO } else { usual }
    }

    pub(super) fn reach(name: &'static str) {
        match QUIET.get() {
            // Taken before it runs, since it reaches points of its own.
            0 => OTHER.take().into_iter().for_each(|other| {
                alone(other);
            }),
            quiet => QUIET.set(quiet - 1),
        }
        match LEFT.get() {
            None => {}
            Some(0) => {
                LEFT.set(None);
                resume_unwind(Box::new(Death(name)));
            }
            Some(left) => LEFT.set(Some(left - 1)),
        }
    }
}
