//! What a program can observe by the feature `tracing`: spans of a session's calls, and events.
//!
//! Events are refusals, and reports of failures that a `Drop` or a background thread cannot return to a caller. In debug
//! builds, a change that was dropped without a commit is also reported on standard error.
//!
//! `docs/guide-observe.md` has the names of all spans and events.

#[cfg(feature = "tracing")]
mod spans;
#[cfg(not(feature = "tracing"))]
#[path = "without.rs"]
mod spans;

pub(crate) use spans::*;

use crate::error::Error;
use crate::sync::per_process::PerProcess;
use crate::sync::{Mutex, lock};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::Write as _;
use std::panic::Location;
use std::time::Duration;

/// Reports that a session's lease has run out.
#[cfg(feature = "redis")]
pub(crate) fn session_lost(session: &str) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "session_lost", target: "ref_core", session, "the session's lease has run out");
    #[cfg(not(feature = "tracing"))]
    let _unreported = session;
}

/// Reports that a session's lease could not be renewed. The renewal is tried again.
#[cfg(feature = "redis")]
pub(crate) fn not_renewed(error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "not_renewed", target: "ref_core", %error, "the session's lease was not renewed");
    #[cfg(not(feature = "tracing"))]
    let _unreported = error;
}

/// Reports that a process has no connection for the server's messages. Its waits look at their objects more often.
#[cfg(feature = "redis")]
pub(crate) fn not_listening(error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "not_listening", target: "ref_core", %error, "the process gets no messages of the server");
    #[cfg(not(feature = "tracing"))]
    let _unreported = error;
}

/// Reports that a server's clock went back by the time `by`. No deadline passes until the clock has caught up.
#[cfg(feature = "redis")]
pub(crate) fn clock_went_back(by: std::time::Duration) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "clock_went_back", target: "ref_core", ?by, "the server's clock went back; until it has caught up, no session is found dead");
    #[cfg(not(feature = "tracing"))]
    let _unreported = by;
}

/// Reports that `what` could not be given back. A later call of this session gives `what` back, or another session
/// recovers it when this session is over.
pub(crate) fn not_given_back(what: &str, error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "not_given_back", target: "ref_core", what, %error, "not given back by drop");
    #[cfg(not(feature = "tracing"))]
    let _unreported = (what, error);
}

/// Emits the event of a call that has failed.
#[cfg(feature = "tracing")]
fn refused(error: &Error) {
    let kind = error.kind();
    tracing::debug!(name: "refused", target: "ref_core", ?kind, %error, "refused");
}

/// Reports that the process `holder` died as the borrower of `object`.
pub(crate) fn borrower_died(object: &dyn Display, holder: &dyn Display) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "borrower_died", target: "ref_core", %object, %holder, "the borrower has died");
    #[cfg(not(feature = "tracing"))]
    let _unreported = (object, holder);
}

/// Reports that `object` was held for long: `lent` or `borrowed` by this session, which has ended that, or `in the way` of
/// this session's call, by the process `holder`.
pub(crate) fn held_long(
    object: &dyn Display,
    what: &str,
    held: Duration,
    at: Option<String>,
    holder: Option<&dyn Display>,
) {
    #[cfg(feature = "tracing")]
    {
        let holder = holder.map(tracing::field::display);
        tracing::warn!(name: "held", target: "ref_core", %object, what, ?held, at, holder, "held for long");
    }
    #[cfg(not(feature = "tracing"))]
    let _unreported = (object, what, held, at, holder);
}

/// Reports that the store has used `percent` of the room that it has for objects or bytes.
pub(crate) fn almost_full(percent: u64, objects: u64, bytes: u64) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "full", target: "ref_core", percent, objects, bytes, "the store is almost full");
    #[cfg(not(feature = "tracing"))]
    let _unreported = (percent, objects, bytes);
}

/// Reports that `object` is detached, and that its version is so old.
pub(crate) fn kept(object: &dyn Display, age: Duration) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "kept", target: "ref_core", %object, ?age, "a detached object is old");
    #[cfg(not(feature = "tracing"))]
    let _unreported = (object, age);
}

/// Reports that a session was found dead, and that what it held of so many objects was taken back.
#[allow(dead_code, reason = "a session of `memory:` does not die")]
pub(crate) fn session_died(session: &dyn Display, process: Option<&dyn Display>, objects: usize) {
    #[cfg(feature = "tracing")]
    {
        let process = process.map(tracing::field::display);
        tracing::warn!(name: "session_died", target: "ref_core", %session, process, objects, "a dead session is recovered");
    }
    #[cfg(not(feature = "tracing"))]
    let _unreported = (session, process, objects);
}

/// The environment variable that, if it is not empty, turns off the lines on standard error.
const QUIET: &str = "REF_QUIET";

/// Reports that a lease of `object` was dropped without a commit, after the line `at` had borrowed the value to change
/// it. In debug builds, also writes a line on standard error, once for each `at`, unless [`QUIET`] is set.
#[cold]
pub(crate) fn not_committed(object: &dyn Display, at: &'static Location<'static>) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "change_dropped", target: "ref_core", %object, %at, "a change was dropped without a commit");
    // During a panic no line is written: the panic is why the change is lost, and the panic is reported already.
    if cfg!(debug_assertions) && !std::thread::panicking() && is_first_at(at) && is_loud() {
        let _unwritten = writeln!(
            std::io::stderr(),
            "ref: the change of {object} that began at {at} was dropped without `commit`, and is lost; `release` the \
             lease where that is meant, or set {QUIET}=1 (told once for each line, in debug builds)"
        );
    }
}

fn is_loud() -> bool {
    std::env::var_os(QUIET).is_none_or(|value| value.is_empty())
}

/// Returns whether this is the first report for the line `at` of the program.
fn is_first_at(at: &'static Location<'static>) -> bool {
    static REPORTED: PerProcess<Mutex<BTreeSet<&'static Location<'static>>>> = PerProcess::new();
    lock(REPORTED.get()).insert(at)
}

#[cfg(all(test, feature = "tracing", feature = "bincode"))]
mod tests {
    use crate::Store;
    use crate::error::{Error, ErrorKind, Result};
    use crate::sync::{Arc, Mutex, lock};
    use std::panic::Location;
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    /// Collects the names of events.
    #[derive(Clone, Default)]
    struct Collector(Arc<Mutex<Vec<&'static str>>>);

    impl Subscriber for Collector {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.is_event()
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            lock(&self.0).push(event.metadata().name());
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    /// Returns the names of the events that there are while `act` runs.
    fn names(act: impl FnOnce(&Store) -> Result<()>) -> Vec<&'static str> {
        let collector = Collector::default();
        let store = Store::open("memory:").unwrap();
        tracing::subscriber::with_default(collector.clone(), || act(&store).unwrap());
        std::mem::take(&mut *lock(&collector.0))
    }

    fn events(act: impl FnOnce(&Store) -> Result<()>) -> usize {
        names(act).len()
    }

    #[test]
    fn what_was_given_away_or_back_is_dropped_in_silence() {
        let of_owners = events(|store| {
            let owned = store.claim(store.put(1_u64)?.into_ticket()?)?;
            store.remove(&owned.detach()?)?;
            store.put(2_u64)?.remove()?;
            store.put(3_u64)?.into_inner()?;
            drop(store.put(4_u64)?.transition(|n| n.to_string())?);
            Ok(())
        });
        let of_loans = events(|store| {
            let mut owned = store.put(1_u64)?;
            let _ = owned.lend()?.end()?;
            let _ = owned.lend_mut()?.end()?;
            let _ = owned.lend_mut()?.revoke()?;
            let _ = owned.lend()?.revoke()?;
            drop(owned.lend()?);
            let (owned, _) = owned.into_loan()?.end()?;
            drop(owned.into_loan_mut()?.revoke()?);
            Ok(())
        });
        let of_leases = events(|store| {
            let mut owned = store.put(1_u64)?;
            let loan = owned.lend_mut()?;
            store.redeem(loan.ticket()?)?.commit()?;
            let _ = loan.end()?;
            let loan = owned.lend_mut()?;
            store.redeem(loan.ticket()?)?.release()?;
            let _ = loan.end()?;
            let loan = owned.lend()?;
            store.redeem(loan.ticket()?)?.release()?;
            drop(store.redeem(loan.ticket()?)?);
            let _ = loan.end()?;
            Ok(())
        });
        assert_eq!([of_owners, of_loans, of_leases], [0; 3]);
    }

    #[test]
    fn a_change_that_is_dropped_without_a_commit_is_told() {
        let change = |store: &Store, then: fn(crate::Lease<u64, crate::Exclusive>) -> Result<()>| {
            let mut owned = store.put(1_u64)?;
            let loan = owned.lend_mut()?;
            let mut lease = store.redeem(loan.ticket()?)?;
            *lease.borrow_mut()? = 2;
            then(lease)
        };
        let dropped = |lease| {
            drop(lease);
            Ok(())
        };
        assert_eq!(events(|store| change(store, dropped)), 1);
        assert_eq!(events(|store| change(store, |lease| lease.commit().map(drop))), 0);
        assert_eq!(events(|store| change(store, crate::Lease::release)), 0);
    }

    #[test]
    #[cfg(feature = "redis")]
    fn the_events_are_those_of_the_page() {
        let error = Error::new(ErrorKind::Io, "no disk");
        let emitted = names(|_| {
            super::refused(&error);
            super::borrower_died(&"#0.1", &"worker/7");
            super::not_committed(&"#0.1", Location::caller());
            super::not_given_back("a lease", &error);
            super::session_lost("7");
            super::not_renewed(&error);
            super::not_listening(&error);
            super::clock_went_back(std::time::Duration::MAX);
            super::held_long(&"#0.1", "lent", std::time::Duration::MAX, None, Some(&"worker/7"));
            super::session_died(&"7", None, 3);
            super::kept(&"#0.1", std::time::Duration::MAX);
            super::almost_full(80, 80, 1);
            Ok(())
        });
        let page = include_str!("../../docs/guide-observe.md");
        let table = page.split("| event |").nth(1).unwrap().split("\n\n").next().unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        assert_eq!(emitted, rows.collect::<Vec<_>>());
    }
}
