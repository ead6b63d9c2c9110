//! Named moments at which a process can be made to die or to stop, and named calls of the system that can be made to
//! fail. Compiled out of release builds.
//!
//! `REF_POINT=kill:NAME` or `stop:NAME` sends the process SIGKILL or SIGSTOP there, `:N` at the N-th time. Unit tests
//! unwind instead, to have the next one die within the same millisecond: [`play`].
//!
//! `REF_POINT=enospc:NAME` has the call of that name fail for want of room ([`fault`]). In unit tests it is the N-th
//! call, whatever its name: [`refuse`].

#[cfg(all(debug_assertions, not(test)))]
use std::sync::OnceLock;
#[cfg(all(debug_assertions, not(test)))]
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(test)]
pub(crate) use rehearsal::patience;
#[cfg(all(test, not(loom)))]
pub(crate) use rehearsal::{Outcome, alone, interrupt, interrupt_twice, play, refuse};

/// How long to wait for another process: in a rehearsal, nobody else moves.
#[cfg(not(test))]
pub(crate) fn patience(usual: std::time::Duration) -> std::time::Duration {
    usual
}

/// A moment by this name is reached.
#[cfg(all(debug_assertions, not(test)))]
pub(crate) fn point(name: &str) {
    let Some(plan) = Plan::chosen() else { return };
    match plan.act {
        Act::Send(signal) if plan.is_reached(name) => {
            // Cannot fail: a process may always signal itself.
            let _sent = rustix::process::kill_process(rustix::process::getpid(), signal);
        }
        Act::Send(_) | Act::Refuse => {}
    }
}

#[cfg(test)]
pub(crate) fn point(name: &'static str) {
    rehearsal::reach(name);
}

#[cfg(not(any(debug_assertions, test)))]
pub(crate) fn point(_name: &str) {}

/// The call of the system by this name is about to be made.
///
/// # Errors
/// What it is to fail with instead: that there is no room.
#[cfg(all(debug_assertions, not(test)))]
pub(crate) fn fault(name: &str) -> rustix::io::Result<()> {
    match Plan::chosen() {
        Some(plan) if plan.act == Act::Refuse && plan.is_reached(name) => Err(rustix::io::Errno::NOSPC),
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(crate) fn fault(_name: &str) -> rustix::io::Result<()> {
    rehearsal::ask()
}

#[cfg(not(any(debug_assertions, test)))]
pub(crate) fn fault(_name: &str) -> rustix::io::Result<()> {
    Ok(())
}

#[cfg(all(debug_assertions, not(test)))]
struct Plan {
    act: Act,
    /// Empty for any.
    name: String,
    left: AtomicU32,
}

/// What happens at the name.
#[cfg(all(debug_assertions, not(test)))]
#[derive(PartialEq, Eq)]
enum Act {
    Send(rustix::process::Signal),
    Refuse,
}

#[cfg(all(debug_assertions, not(test)))]
impl Plan {
    fn chosen() -> Option<&'static Self> {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        PLAN.get_or_init(Self::from_env).as_ref()
    }

    fn from_env() -> Option<Self> {
        let plan = std::env::var("REF_POINT").ok()?;
        let mut parts = plan.split(':');
        let act = match parts.next()? {
            "kill" => Act::Send(rustix::process::Signal::KILL),
            "stop" => Act::Send(rustix::process::Signal::STOP),
            "enospc" => Act::Refuse,
            _ => return None,
        };
        let name = parts.next()?.to_owned();
        let nth = parts.next().and_then(|nth| nth.parse().ok()).unwrap_or(1);
        Some(Self { act, name, left: AtomicU32::new(nth) })
    }

    /// Whether this is the name, for the time that is meant.
    fn is_reached(&self, name: &str) -> bool {
        let meant = self.name.is_empty() || self.name == name;
        meant && self.left.load(Ordering::Relaxed) > 0 && self.left.fetch_sub(1, Ordering::Relaxed) == 1
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
        /// The interruption after `OTHER`, so many points later.
        static NEXT: RefCell<Option<Interruption>> = const { RefCell::new(None) };
        /// How many more calls of the system this thread makes before one is refused.
        static GRANTED: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// Other code that runs in the middle of a command, after so many points.
    type Interruption = (u32, Box<dyn FnOnce()>);

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

    /// The same with two interruptions, the second so many points after the first; whether `act` had so many.
    pub(crate) fn interrupt_twice<T>(first: Interruption, second: Interruption, act: impl FnOnce() -> T) -> (T, bool) {
        NEXT.set(Some(second));
        let (value, _interrupted) = interrupt(first.0, first.1, act);
        (value, NEXT.take().is_none() && OTHER.take().is_none())
    }

    /// Runs `act` while everybody else stands still: nobody is worth waiting for.
    pub(crate) fn alone<T>(act: impl FnOnce() -> T) -> T {
        ALONE.set(true);
        let value = act();
        ALONE.set(false);
        value
    }

    /// Runs `act` on a file system without room for its `nth` call, counted from 0. Returns what `act` did, and whether it
    /// had so many.
    pub(crate) fn refuse<T>(nth: u32, act: impl FnOnce() -> T) -> (T, bool) {
        GRANTED.set(Some(nth));
        let value = act();
        (value, GRANTED.take().is_none())
    }

    pub(super) fn ask() -> rustix::io::Result<()> {
        match GRANTED.get() {
            Some(0) => {
                GRANTED.set(None);
                Err(rustix::io::Errno::NOSPC)
            }
            granted => {
                GRANTED.set(granted.map(|calls| calls - 1));
                Ok(())
            }
        }
    }

    pub(crate) fn patience(usual: Duration) -> Duration {
        if ALONE.get() { Duration::ZERO } else { usual }
    }

    pub(super) fn reach(name: &'static str) {
        match QUIET.get() {
            // Taken before it runs, since it reaches points of its own.
            0 => OTHER.take().into_iter().for_each(|other| {
                alone(other);
                if let Some((quiet, next)) = NEXT.take() {
                    QUIET.set(quiet);
                    OTHER.set(Some(next));
                }
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
