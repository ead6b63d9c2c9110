//! Conformance tests: a function for each thing that a backend has to do. Each function gets an [`Open`], which opens a
//! fresh store of the backend.
//!
//! Each use of [`conforms!`](conforms) below makes a test of each function, for one backend.
//!
//! * `bytes`: versions
//! * `loans`: what may be borrowed when, and what refusals say
//! * `deaths`: what happens to the objects and borrows of a dead session
//! * `looks`: calls that change nothing
//! * `inspected`: looks at all objects and sessions
//! * `names`: published objects and their names
//! * `times`: detached objects that go when their time is over
//! * `queues`: the writers of a published object have their turns in the order in which they came
//! * `histories`: random commands, one after the other, whose results must be those of [`step`](crate::ledger::step)
//! * `threads`: random commands from several threads at once, whose results must be those of some order of these
//!   commands (linearizability)
//! * `faulty`: backends with one flaw each, which random histories and races have to find
//!
//! `explain` and `linear` compare results with those of the ledger. `moves` has the commands of the threads.

mod bytes;
mod deaths;
pub(crate) mod explain;
mod faulty;
pub(crate) mod histories;
mod inspected;
pub(crate) mod linear;
mod loans;
mod looks;
pub(crate) mod moves;
mod names;
mod queues;
mod threads;
mod times;

use super::{Backend, Caller, Pieces, Settings};
use crate::error::{Error, ErrorKind, HeldAs, Result};
use crate::id::ObjectId;
use crate::ledger::{Command, Reply};
use crate::sync::Arc;
use std::any::Any;
use std::panic::Location;
use std::time::Duration;

/// The sessions of one fresh store.
pub(crate) struct Fresh {
    pub(crate) sessions: Vec<Arc<dyn Backend>>,
    /// What has to outlive the sessions, such as the store's folder.
    pub(crate) place: Box<dyn Any>,
}

/// How long to wait for an event that has to come. If the event does not come, the test hangs.
pub(crate) const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// Opens a fresh store with that many sessions.
pub(crate) type Open = fn(usize) -> Fresh;

/// Makes a test of each conformance function, for one backend.
macro_rules! conforms {
    ($backend:ident, $open:expr) => {
        conforms! { $backend, $open;
            bytes: what_was_put_is_read, an_empty_value_is_a_value, pieces_follow_each_other, bytes_are_filled_where_they_stay, a_version_never_changes,
                a_commit_is_the_next_version, a_refused_commit_leaves_nothing, every_object_has_its_own_id;
            loans: many_may_read, one_may_write, a_reader_keeps_the_writer_out, a_writer_keeps_every_other_out,
                a_ticket_of_an_ended_loan_has_expired, an_exclusive_ticket_is_redeemed_once,
                a_reissued_ticket_voids_the_old_one, a_loan_that_is_held_does_not_end,
                a_closed_loan_admits_no_borrower, a_session_gives_back_as_often_as_it_borrowed,
                overlapping_shared_loans_are_one, a_closing_loan_is_followed_by_a_new_one,
                a_checkpoint_keeps_the_borrow, a_revoked_writer_is_fenced, a_revoked_reader_reads_on, after_a_revocation_the_owner_lends_at_once,
                ownership_is_claimed_once, what_is_lent_is_not_sent, an_owner_does_not_fork_the_history,
                a_dropped_object_is_gone_when_its_last_reader_is, a_conflict_names_its_holders, a_conflict_names_a_few_holders_and_counts_all,
                a_waiting_session_is_woken;
            deaths: the_objects_of_the_dead_are_gone, a_dead_reader_is_not_waited_for,
                a_dead_writer_leaves_the_old_version, a_dead_writer_leaves_its_last_checkpoint, a_dead_owners_borrower_reads_on, a_sent_object_outlives_its_sender,
                a_detached_object_outlives_its_owner, a_lasting_object_that_is_dropped_is_gone,
                only_an_owner_keeps_its_object;
            looks: a_session_sees_what_it_borrows, an_offer_is_one_until_it_is_redeemed, a_revoked_borrow_is_seen_as_none, a_doomed_object_has_no_current_version,
                what_is_in_the_store_is_counted, sessions_and_bytes_are_counted;
            inspected: a_look_finds_what_an_owned_object_is_doing, a_look_finds_what_an_object_without_an_owner_is_doing,
                a_look_finds_versions_and_holders, a_look_finds_how_long_an_object_stays, a_look_copies_one_version, a_look_finds_the_sessions,
                a_look_finds_that_an_object_is_waited_for, a_look_changes_nothing;
            names: a_name_leads_every_session_to_one_object, only_an_owner_publishes_and_only_what_is_at_rest,
                a_name_is_forgotten_only_when_its_object_is_not_published, a_name_of_a_dead_publisher_is_free,
                a_reaping_session_takes_names_that_lead_to_nothing, a_snapshot_waits_for_no_borrow,
                a_session_that_waits_for_a_published_object_is_woken, a_published_object_is_removed_by_its_writer,
                a_session_that_waits_for_a_version_is_woken, a_version_that_comes_before_the_wait_ends_it,
                a_session_that_waits_for_a_name_is_woken, a_session_that_waits_for_a_detachment_is_woken,
                a_wait_without_a_thread_is_told_of_a_change;
            times: an_object_goes_when_its_time_is_over, an_extended_object_stays, who_reads_an_object_when_its_time_ends_reads_on,
                an_adopted_object_has_no_time, an_adopter_is_told_the_time_that_was_left, what_goes_is_reaped;
            histories: owned_objects_behave_as_the_ledger_says, open_objects_behave_as_the_ledger_says;
            threads: exclusive_loans_are_linearizable, shared_loans_are_linearizable, ownership_is_linearizable,
                open_objects_are_linearizable;
        }
    };
    ($backend:ident, $open:expr; $($topic:ident: $($line:ident),*;)*) => {
        mod $backend {
            $($(
                #[test]
                fn $line() {
                    super::$topic::$line($open);
                }
            )*)*
        }
    };
}

conforms!(memory, super::memory);
#[cfg(all(feature = "shm", target_os = "linux"))]
conforms!(shm, super::shm);
#[cfg(feature = "redis")]
conforms!(redis, super::redis);

macro_rules! conforms_by_drop {
    ($backend:ident, $open:expr) => {
        conforms! {
            $backend, $open;
            deaths: a_lasting_object_is_detached_when_its_owner_dies, a_lasting_object_outlives_its_lender,
                a_commit_counts_when_the_lender_of_a_lasting_object_is_dead,
                a_ticket_of_a_dead_lender_has_expired_under_a_writer;
        }
    };
}

conforms_by_drop!(memory_by_drop, super::memory);
#[cfg(all(feature = "shm", target_os = "linux"))]
conforms_by_drop!(shm_by_drop, super::shm);

macro_rules! conforms_in_turn {
    ($backend:ident, $open:expr) => {
        conforms! {
            $backend, $open;
            queues: writers_have_their_turns_in_order, a_queue_orders_only_the_calls_that_ask,
                a_writer_that_gives_up_leaves_its_queue, a_dead_writer_leaves_its_queue;
        }
    };
}

conforms_in_turn!(memory_in_turn, super::memory);
#[cfg(all(feature = "shm", target_os = "linux"))]
conforms_in_turn!(shm_in_turn, super::shm);
#[cfg(feature = "redis")]
conforms_in_turn!(redis_in_turn, super::redis);

/// In memory no session stands still, so no call is skipped.
macro_rules! conforms_by_skips {
    ($backend:ident, $open:expr) => {
        conforms! {
            $backend, $open;
            queues: a_writer_that_does_not_ask_is_skipped_until_it_asks;
        }
    };
}

#[cfg(all(feature = "shm", target_os = "linux"))]
conforms_by_skips!(shm_by_skips, super::shm);
#[cfg(feature = "redis")]
conforms_by_skips!(redis_by_skips, super::redis);

/// Opens a fresh store of `memory:` with that many sessions.
fn memory(sessions: usize) -> Fresh {
    use crate::sync::{Ordering, plain::AtomicU64};
    static STORES: AtomicU64 = AtomicU64::new(0);
    let name = format!("conformance {}", STORES.fetch_add(1, Ordering::Relaxed));
    let sessions = (0..sessions).map(|_| super::memory::open(&name, Settings::default()).unwrap()).collect();
    Fresh { sessions, place: Box::new(()) }
}

/// Opens a fresh store in a folder of shared memory with that many sessions.
#[cfg(all(feature = "shm", target_os = "linux"))]
fn shm(sessions: usize) -> Fresh {
    let place = tempfile::tempdir_in("/dev/shm").unwrap();
    let folder = super::shm::Location::Folder(place.path().join("store"));
    let settings = Settings { max_sessions: 16, max_objects: 64, ..Settings::default() };
    let sessions = (0..sessions).map(|_| super::shm::open(&folder, settings).unwrap()).collect();
    Fresh { sessions, place: Box::new(place) }
}

/// Opens a fresh store with that many sessions in the Redis server that the tests of this process share.
#[cfg(feature = "redis")]
fn redis(sessions: usize) -> Fresh {
    let address = super::redis::tests::fresh_store();
    let sessions = (0..sessions).map(|_| super::redis::open(&address, Settings::default()).unwrap()).collect();
    Fresh { sessions, place: Box::new(()) }
}

/// Returns the line of code that calls this function.
#[track_caller]
fn here() -> Caller {
    Location::caller()
}

/// Runs a command that writes no bytes.
fn ask(backend: &Arc<dyn Backend>, object: ObjectId, command: Command) -> Result<Reply> {
    backend.apply(object, command, &[], here())
}

/// Runs a command that has to be granted.
#[track_caller]
fn granted(backend: &Arc<dyn Backend>, object: ObjectId, command: Command) -> Reply {
    ask(backend, object, command).unwrap_or_else(|error| panic!("{command:?}: {error:?}"))
}

/// Runs a command that has to be refused. Returns why it was refused.
#[track_caller]
fn refused(backend: &Arc<dyn Backend>, object: ObjectId, command: Command) -> (ErrorKind, Option<HeldAs>) {
    match ask(backend, object, command) {
        Ok(reply) => panic!("{command:?} was granted: {reply:?}"),
        Err(error) => why(&error),
    }
}

/// Returns the kind of a refusal and, for a conflict, how the object is held.
pub(crate) fn why(error: &Error) -> (ErrorKind, Option<HeldAs>) {
    (error.kind(), error.conflict().map(|conflict| conflict.held))
}
