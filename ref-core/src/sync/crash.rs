//! Fault injection: in a debug build, a process can be killed or stopped at named points, and named system calls can be
//! refused. Release builds have none of this.
//!
//! With `REF_POINT=kill:NAME`, the process gets SIGKILL when it reaches the [`point`] of that name; with `stop:NAME` it
//! gets SIGSTOP. With `:N` at the end, the process gets the signal when it reaches the point for the N-th time. Unit
//! tests unwind instead of dying, so that thousands of deaths fit into one process: [`play`].
//!
//! With `REF_POINT=enospc:NAME`, the system call of that name fails for want of room ([`fault`]). With `:N` at the end,
//! the N-th call of that name fails. In a unit test the call is chosen by its number, whatever its name: [`refuse`].

#[cfg(all(debug_assertions, not(test)))]
use std::sync::OnceLock;
#[cfg(all(debug_assertions, not(test)))]
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(test)]
pub(crate) use in_tests::patience;
#[cfg(all(test, not(loom)))]
pub(crate) use in_tests::{Outcome, alone, interrupt, interrupt_twice, play, refuse};

/// Returns how long to wait for another process: `usual`, but zero in a test where no other session runs.
#[cfg(not(test))]
pub(crate) fn patience(usual: std::time::Duration) -> std::time::Duration {
    usual
}

/// Counts that the process has reached the point of this name, and kills or stops the process if `REF_POINT` says so.
#[cfg(all(debug_assertions, not(test)))]
pub(crate) fn point(name: &str) {
    let Some(plan) = Plan::chosen() else { return };
    match plan.act {
        Act::Send(signal) if plan.is_reached(name) => {
            // `kill_process` cannot fail here: a process may always signal itself.
            let _sent = rustix::process::kill_process(rustix::process::getpid(), signal);
        }
        Act::Send(_) | Act::Refuse => {}
    }
}

#[cfg(test)]
pub(crate) fn point(name: &'static str) {
    in_tests::reach(name);
}

#[cfg(not(any(debug_assertions, test)))]
pub(crate) fn point(_name: &str) {}

/// Counts the system call of this name, and refuses the call if `REF_POINT` says so. The caller makes the call after
/// `Ok`.
///
/// # Errors
/// `NOSPC` if the call is refused. The caller then fails as a full file system would make it fail.
#[cfg(all(debug_assertions, not(test)))]
pub(crate) fn fault(name: &str) -> rustix::io::Result<()> {
    match Plan::chosen() {
        Some(plan) if plan.act == Act::Refuse && plan.is_reached(name) => Err(rustix::io::Errno::NOSPC),
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(crate) fn fault(_name: &str) -> rustix::io::Result<()> {
    in_tests::ask()
}

#[cfg(not(any(debug_assertions, test)))]
pub(crate) fn fault(_name: &str) -> rustix::io::Result<()> {
    Ok(())
}

#[cfg(all(debug_assertions, not(test)))]
struct Plan {
    act: Act,
    /// The name of the point or call; empty for any.
    name: String,
    /// How many more times the name has to be reached until the plan acts.
    left: AtomicU32,
}

/// What the plan does at the point or call.
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

    /// Counts the name, and returns whether this is the time at which the plan acts.
    fn is_reached(&self, name: &str) -> bool {
        // Relaxed: the counter orders nothing else, and only one `fetch_sub` sees the 1.
        let meant = self.name.is_empty() || self.name == name;
        meant && self.left.load(Ordering::Relaxed) > 0 && self.left.fetch_sub(1, Ordering::Relaxed) == 1
    }
}

#[cfg(test)]
mod in_tests {
    use std::cell::{Cell, RefCell};
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::time::Duration;

    thread_local! {
        /// How many more points this thread passes before it dies at one.
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
        /// How many more points this thread passes before `OTHER` runs.
        static QUIET: Cell<u32> = const { Cell::new(0) };
        /// Whether this thread runs in [`alone`], while no other session runs.
        static ALONE: Cell<bool> = const { Cell::new(false) };
        /// Code of another session, to run in the middle of a command.
        static OTHER: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
        /// The interruption after the one in `OTHER`.
        static NEXT: RefCell<Option<Interruption>> = const { RefCell::new(None) };
        /// How many more calls of the system this thread makes before one is refused.
        static GRANTED: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// Code that runs in the middle of a command, and the number of points before it.
    type Interruption = (u32, Box<dyn FnOnce()>);

    /// How `play` ended.
    #[derive(Debug, PartialEq, Eq)]
    pub(crate) enum Outcome<T> {
        Done(T),
        /// The code died at this point.
        Died(&'static str),
    }

    struct Death(&'static str);

    /// Runs `act`, and ends it at its `nth` point, counted from 0, if `act` reaches that many points. Returns how `act`
    /// ended.
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

    /// Runs `act`, and `other` in the middle of it: at the `nth` point of `act`, counted from 0. Returns the result of
    /// `act`, and whether `act` reached that many points.
    pub(crate) fn interrupt<T>(nth: u32, other: Box<dyn FnOnce()>, act: impl FnOnce() -> T) -> (T, bool) {
        QUIET.set(nth);
        OTHER.set(Some(other));
        let value = act();
        (value, OTHER.take().is_none())
    }

    /// Does what [`interrupt`] does, with two interruptions. The number of the second counts the points after the
    /// first. Returns the result of `act`, and whether both interruptions ran.
    pub(crate) fn interrupt_twice<T>(first: Interruption, second: Interruption, act: impl FnOnce() -> T) -> (T, bool) {
        NEXT.set(Some(second));
        let (value, _interrupted) = interrupt(first.0, first.1, act);
        (value, NEXT.take().is_none() && OTHER.take().is_none())
    }

    /// Runs `act` while no other session runs. To wait for another session would be in vain, so [`patience`] is zero.
    pub(crate) fn alone<T>(act: impl FnOnce() -> T) -> T {
        ALONE.set(true);
        let value = act();
        ALONE.set(false);
        value
    }

    /// Runs `act`, and refuses its `nth` named system call, counted from 0, as a full file system would. Returns the
    /// result of `act`, and whether `act` made that many calls.
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
            // The code is taken out before it runs: the code reaches points itself, and must not run again at them.
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
