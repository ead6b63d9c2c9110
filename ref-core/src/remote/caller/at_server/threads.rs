//! The three threads of a caller. One reads answers while calls are open that no thread waits for with `f::call`. One sends
//! calls and stops that other threads must not wait for. One renews the lease, and does nothing else: no number of calls
//! and no long argument may keep it from that. Each ends when the session is over. The first may then wait for an answer
//! for a while longer.

use super::due::Due;
use super::session::CallerSession;
use crate::backend::calls::LEASE;
use crate::error::{Error, Result};
use crate::sync::{Arc, Instant};
use std::thread;
use std::time::Duration;

/// The pause after a request that failed.
const PAUSE: Duration = Duration::from_millis(50);

/// Starts the threads of a session. If that fails, ends the session.
pub(super) fn start(session: &Arc<CallerSession>) -> Result<()> {
    let thread = |name: &str, run: fn(&Arc<CallerSession>)| {
        let session = Arc::clone(session);
        let started = thread::Builder::new().name(name.to_owned()).spawn(move || run(&session));
        started.map_err(|error| Error::io("cannot start a thread for a pool of workers", error))
    };
    let started = thread("ref-answers", read_answers).and_then(|_| thread("ref-sends", send));
    let started = started.and_then(|_| thread("ref-renewals", renew));
    if started.is_err() {
        session.end();
    }
    started.map(drop)
}

fn read_answers(session: &Arc<CallerSession>) {
    while session.begin_reading() {
        while session.is_awaited() {
            session.read_once(None);
        }
        session.end_reading();
    }
}

fn send(session: &Arc<CallerSession>) {
    loop {
        match session.due() {
            Due::End => return,
            Due::Calls => session.send_all(),
            Due::Stop(number, how) => {
                if session.send_stop(number, how).is_err() {
                    session.stop(number, how);
                    thread::sleep(PAUSE);
                }
            }
        }
    }
}

fn renew(session: &Arc<CallerSession>) {
    let mut next = Instant::now() + LEASE / 3;
    while let Some(due) = session.renewal(next) {
        let sent = Instant::now();
        match session.server.renew_caller(&session.id, &due.read) {
            // The server has lost calls that it had acknowledged.
            Ok(Some(renewal)) if renewal.last < due.acknowledged => session.lose_and_leave(),
            Ok(Some(renewal)) => {
                session.renewed(renewal.workers);
                next = sent + LEASE / 3;
            }
            Ok(None) => session.lose(),
            Err(_) => next = Instant::now() + PAUSE,
        }
        if session.has_run_out() {
            session.lose_and_leave();
        }
    }
}
