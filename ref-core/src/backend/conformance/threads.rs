//! Commands from several threads at once, each with a session of its own, on one object.

use super::explain::{Reference, Seen};
use super::linear::{Call, is_explained};
use super::moves::{Heard, Move};
use super::*;
use crate::id::{Epoch, Right};
use crate::ledger::SessionId;
use crate::sync::{Ordering, plain::AtomicU64};
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::sync::Barrier;

use Move::*;

pub(super) fn exclusive_loans_are_linearizable(open: Open) {
    let owner = &[OpenExclusive, OpenExclusive, Reissue, End, Revoke, Write];
    let borrower = &[Take, Take, Checkpoint, Commit, Abort];
    race(&open, [owner, borrower, borrower], 150).unwrap_or_else(|found| panic!("{found}"));
}

pub(super) fn shared_loans_are_linearizable(open: Open) {
    let owner = &[OpenShared, OpenShared, End, End, OpenExclusive, Write];
    let borrower = &[Redeem, Redeem, Return, Return, Take, Commit];
    race(&open, [owner, borrower, borrower], 150).unwrap_or_else(|found| panic!("{found}"));
}

pub(super) fn ownership_is_linearizable(open: Open) {
    let all_moves = &[Send, Claim, Claim, Claim, OpenExclusive, End, Write, Take, Commit, Abort];
    let with_removal = &[Send, Claim, Claim, Claim, Claim, Write, OpenExclusive, End, Drop];
    race(&open, [all_moves, all_moves, with_removal], 150).unwrap_or_else(|found| panic!("{found}"));
}

pub(super) fn open_objects_are_linearizable(open: Open) {
    let all_moves = &[Detach, Detach, Adopt, Share, Share, Return, Return, Reserve, Grant, Grant, Commit, Abort];
    let with_removal = &[Detach, Detach, Adopt, Adopt, Share, Return, Reserve, Grant, Commit, Evict];
    race(&open, [all_moves, all_moves, with_removal], 150).unwrap_or_else(|found| panic!("{found}"));
}

/// Runs three threads, each with random moves of its own list, `cases` times. The error is a history that no order
/// explains, or a version that was read with other bytes than were written.
pub(super) fn race(
    open: &dyn Fn(usize) -> Fresh,
    may: [&'static [Move]; 3],
    cases: u32,
) -> std::result::Result<(), String> {
    let moves = may.map(|moves| proptest::collection::vec(select(moves), 4..14));
    // A race does not repeat, so proptest cannot look for a shorter case.
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(Default::default()))
        .run(&moves, |scripts| run(open(3), &scripts).map_err(TestCaseError::fail))
        .map_err(|found| found.to_string())
}

fn run(fresh: Fresh, scripts: &[Vec<Move>; 3]) -> std::result::Result<(), String> {
    let (object, version) = fresh.sessions[0].put(&[b"first"], here()).unwrap();
    let start = Reference::new(object, SessionId(0), version);
    let (zero, unknown) = (|| AtomicU64::new(0), || AtomicU64::new(u64::MAX));
    let board = Board { clock: zero(), loan: unknown(), departure: unknown(), offer: unknown(), rights: zero() };
    let barrier = Barrier::new(scripts.len());
    let logs: Vec<Log> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0_u32..)
            .zip(scripts.iter().zip(&fresh.sessions))
            .map(|(nth, (script, backend))| {
                let (session, board) = (SessionId(nth), &board);
                let player = Player { backend, object, session, board, borrowed: Vec::new(), log: Log::default() };
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    player.play(script, version)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    agree_on_bytes(version, &logs)?;
    let calls: Vec<_> = logs.into_iter().map(|log| log.calls).collect();
    if is_explained(&start, &calls) { Ok(()) } else { Err(format!("no order explains\n{}", told(&calls))) }
}

/// Returns the history as text, one call a line, in the order in which the calls began.
fn told(calls: &[Vec<Call>]) -> String {
    let mut calls: Vec<_> = calls.iter().flatten().collect();
    calls.sort_by_key(|call| call.begun);
    let line = |call: &&Call| {
        let Seen { session, command, told, .. } = &call.seen;
        format!("{:>3}..{:<3} {session:?} {command:?} -> {told:?}\n", call.begun, call.ended)
    };
    calls.iter().map(line).collect()
}

/// Checks that every version was read with the bytes with which it was written.
fn agree_on_bytes(first: Epoch, logs: &[Log]) -> std::result::Result<(), String> {
    let mut contents = BTreeMap::from([(first, b"first".to_vec())]);
    contents.extend(logs.iter().flat_map(|log| log.written.iter().cloned()));
    for (version, bytes) in logs.iter().flat_map(|log| &log.read) {
        if contents.get(version) != Some(bytes) {
            return Err(format!("{version:?} was read as {bytes:?}"));
        }
    }
    Ok(())
}

/// Numbers that the threads share.
struct Board {
    clock: AtomicU64,
    /// The epoch of the newest shared loan.
    loan: AtomicU64,
    /// The newest departure.
    departure: AtomicU64,
    /// The right of the newest offer, and the number of rights that were made.
    offer: AtomicU64,
    rights: AtomicU64,
}

/// The calls of one thread, and the versions that it wrote and read.
#[derive(Default)]
struct Log {
    calls: Vec<Call>,
    written: Vec<(Epoch, Vec<u8>)>,
    read: Vec<(Epoch, Vec<u8>)>,
}

struct Player<'a> {
    backend: &'a Arc<dyn Backend>,
    object: ObjectId,
    session: SessionId,
    board: &'a Board,
    /// The loans of the session's shared borrows. A borrow by key has none.
    borrowed: Vec<Option<Epoch>>,
    log: Log,
}

const DEPARTURE: Right = Right(1007);

impl Player<'_> {
    fn play(mut self, script: &[Move], version: Epoch) -> Log {
        let (mut base, mut token) = (version, Epoch(u64::MAX));
        for (nth, &next) in script.iter().enumerate() {
            let bytes = format!("{:?} at {nth}", self.session).into_bytes();
            let command = self.command(next, base, token);
            match self.call(command, &bytes) {
                Ok(Reply::Exclusive { token: granted, version }) => {
                    token = granted;
                    self.read(version, false);
                }
                Ok(Reply::Opened(reserved)) if matches!(next, Reserve) => token = reserved,
                Ok(Reply::Shared { version }) => {
                    self.borrowed.push(command.shared_loan());
                    self.read(version, true);
                }
                Ok(Reply::Done) if matches!(next, Return) => drop(self.borrowed.pop()),
                // A second commit with this token would be a retry of the first.
                Ok(Reply::Version(_)) if matches!(next, Commit) => token = Epoch(u64::MAX),
                Ok(Reply::Version(version) | Reply::Ended { version, .. } | Reply::Revoked { version, .. }) => {
                    base = version;
                }
                _ => {}
            }
        }
        self.log
    }

    fn command(&self, next: Move, base: Epoch, token: Epoch) -> Command {
        let heard = |number: &AtomicU64| number.load(Ordering::SeqCst);
        let fresh = self.fresh_right();
        let (seq, loan, offered) =
            (heard(&self.board.departure), Epoch(heard(&self.board.loan)), Right(heard(&self.board.offer)));
        let borrowed = self.borrowed.last().copied().flatten();
        next.command(&Heard { loan, borrowed, base, token, seq, departure: DEPARTURE, offered, fresh, anew: fresh })
    }

    /// Returns a right that no thread has used. So no thread knows the secret of a ticket before the ticket's lender
    /// does.
    fn fresh_right(&self) -> Right {
        Right(self.board.rights.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn call(&mut self, command: Command, bytes: &[u8]) -> std::result::Result<Reply, (ErrorKind, Option<HeldAs>)> {
        let writes =
            matches!(command, Command::Commit { .. } | Command::Checkpoint { .. } | Command::OwnerCommit { .. });
        let begun = self.board.clock.fetch_add(1, Ordering::SeqCst);
        let pieces = [bytes];
        let result = self.backend.apply(self.object, command, if writes { &pieces } else { &[] }, here());
        let ended = self.board.clock.fetch_add(1, Ordering::SeqCst);
        let told = result.map_err(|error| why(&error));
        match (command, told) {
            (Command::OpenShared, Ok(Reply::Opened(epoch))) => self.board.loan.store(epoch.0, Ordering::SeqCst),
            (Command::OpenExclusive { right } | Command::Reissue { right }, Ok(_)) => {
                self.board.offer.store(right.0, Ordering::SeqCst);
            }
            (_, Ok(Reply::Sent { seq })) => self.board.departure.store(seq, Ordering::SeqCst),
            (Command::Checkpoint { .. }, Ok(Reply::Exclusive { version, .. })) | (_, Ok(Reply::Version(version)))
                if writes =>
            {
                self.log.written.push((version, bytes.to_vec()));
            }
            _ => {}
        }
        let seen = Seen { session: self.session, at: self.object, command, told };
        self.log.calls.push(Call { begun, ended, seen });
        told
    }

    /// Reads a version. The version of a shared borrow is `held`: panics if it cannot be read. The version of an
    /// exclusive borrow may be gone, since the borrow may have been revoked.
    fn read(&mut self, version: Epoch, held: bool) {
        match self.backend.read(self.object, version) {
            Ok(bytes) => self.log.read.push((version, bytes.to_vec())),
            Err(error) => assert!(!held, "{version:?} is held, and yet {error}"),
        }
    }
}
