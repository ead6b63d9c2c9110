//! Commands at the same time, systematically: in each of [`SITUATIONS`], every command is interrupted at every point by
//! one command of another session, or by two. The ledger's rules must explain the results of all commands, in some
//! order.

use super::{RETURN, RIGHT, Shm, Stage, VersionsIn, here};
use crate::backend::conformance::explain::{Reference, Seen};
use crate::backend::conformance::linear::{Call, is_explained};
use crate::backend::conformance::moves::{Heard, Move};
use crate::backend::{Backend as _, conformance};
use crate::error::{ErrorKind, HeldAs};
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Command, Reply, SessionId};
use crate::sync::interrupt;
use std::cell::RefCell;
use std::rc::Rc;

const OWNER: u32 = 0;
const FIRST: u32 = 1;
const SECOND: u32 = 2;
const OTHER_RIGHT: Right = Right(8);

/// A situation: commands on a new object, each with the session that gave it.
type Situation = (&'static str, &'static [(u32, Move)]);

const SITUATIONS: &[Situation] = &[
    ("idle", &[]),
    ("lent", &[(OWNER, Move::OpenShared)]),
    ("read", &[(OWNER, Move::OpenShared), (FIRST, Move::Redeem)]),
    ("closing", &[(OWNER, Move::OpenShared), (FIRST, Move::Redeem), (OWNER, Move::End)]),
    ("offered", &[(OWNER, Move::OpenExclusive)]),
    ("written", &[(OWNER, Move::OpenExclusive), (FIRST, Move::Take)]),
    ("taken", &[(OWNER, Move::OpenExclusive), (FIRST, Move::Take), (FIRST, Move::Abort)]),
    ("revoked", &[(OWNER, Move::OpenExclusive), (FIRST, Move::Take), (OWNER, Move::Revoke)]),
    ("dropped and read", &[(OWNER, Move::OpenShared), (FIRST, Move::Redeem), (OWNER, Move::Drop)]),
    ("dropped and written", &[(OWNER, Move::OpenExclusive), (FIRST, Move::Take), (OWNER, Move::Drop)]),
    ("sent", &[(OWNER, Move::Send)]),
    ("sent again", &[(OWNER, Move::Send), (OWNER, Move::Claim), (OWNER, Move::Send)]),
    ("detached", &[(OWNER, Move::Detach)]),
    ("detached and read", &[(OWNER, Move::Detach), (FIRST, Move::Share)]),
    ("reserved", &[(OWNER, Move::Detach), (FIRST, Move::Reserve)]),
    ("granted", &[(OWNER, Move::Detach), (FIRST, Move::Reserve), (FIRST, Move::Grant)]),
];

const OWNERS: &[Move] = &[
    Move::OpenShared,
    Move::OpenExclusive,
    Move::Reissue,
    Move::End,
    Move::Revoke,
    Move::Write,
    Move::Drop,
    Move::Send,
    Move::Detach,
];
const ANYBODYS: &[Move] = &[
    Move::Redeem,
    Move::Take,
    Move::Return,
    Move::Abort,
    Move::Commit,
    Move::Claim,
    Move::Share,
    Move::Reserve,
    Move::Grant,
    Move::Adopt,
    Move::Evict,
];

/// What the sessions know of the object, and the results that they got.
struct Play {
    object: ObjectId,
    /// The id by which the owner knows the object, which a revoke may have moved to another record.
    home: ObjectId,
    loan: Epoch,
    /// The loan of each session's newest shared borrow; `None` if that borrow is by key.
    borrowed: [Option<Epoch>; 3],
    token: Epoch,
    seq: u64,
    base: Epoch,
    clock: u64,
    calls: [Vec<Call>; 3],
}

impl Play {
    fn command(&self, who: u32, what: Move) -> Command {
        let Self { loan, token, seq, base, .. } = *self;
        let (fresh, anew, borrowed) = (RIGHT, OTHER_RIGHT, self.borrowed[who as usize]);
        what.command(&Heard { loan, borrowed, base, token, seq, departure: RIGHT, offered: RIGHT, fresh, anew })
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn note(
        &mut self,
        who: u32,
        begun: u64,
        at: ObjectId,
        command: Command,
        told: Result<Reply, (ErrorKind, Option<HeldAs>)>,
    ) {
        match told {
            Ok(Reply::Opened(epoch)) if command == Command::OpenShared => self.loan = epoch,
            Ok(Reply::Opened(epoch)) if command == Command::Reserve => self.token = epoch,
            Ok(Reply::Shared { .. }) => self.borrowed[who as usize] = command.shared_loan(),
            Ok(Reply::Exclusive { token, .. }) => self.token = token,
            Ok(Reply::Sent { seq }) => self.seq = seq,
            Ok(Reply::Revoked { moved: Some(moved), version }) => (self.home, self.base) = (moved, version),
            _ => {}
        }
        // A session that waits for an interrupted session gives up, and has changed nothing.
        if matches!(told, Err((ErrorKind::Timeout, _))) {
            return;
        }
        let seen = Seen { session: SessionId(who), at, command, told };
        let ended = self.tick();
        self.calls[who as usize].push(Call { begun, ended, seen });
    }
}

/// Runs a command of one session, and notes its result in `play`. The cell is not borrowed while the command runs,
/// since an interruption borrows the cell too.
fn perform(play: &Rc<RefCell<Play>>, sessions: &[Shm; 3], who: u32, what: Move) {
    let (begun, command, object) = {
        let mut play = play.borrow_mut();
        let object = if who == OWNER { play.home } else { play.object };
        (play.tick(), play.command(who, what), object)
    };
    let told = sessions[who as usize].ask(object, command).map_err(|error| conformance::why(&error));
    play.borrow_mut().note(who, begun, object, command, told);
}

fn rehearse(
    sessions: &Rc<[Shm; 3]>,
    situation: &Situation,
    act: (u32, Move),
    others: &[(u32, Move)],
    nth: u32,
) -> bool {
    let (object, version) = sessions[0].put(&[b"the old version"], here()).unwrap();
    let unknown = Epoch(u64::MAX);
    let play = Play {
        object,
        home: object,
        loan: unknown,
        borrowed: [None; 3],
        token: unknown,
        seq: u64::MAX,
        base: version,
        clock: 0,
        calls: Default::default(),
    };
    let play = Rc::new(RefCell::new(play));
    situation.1.iter().for_each(|&(who, what)| perform(&play, sessions, who, what));
    let interrupter = {
        let (play, sessions, others) = (Rc::clone(&play), Rc::clone(sessions), others.to_vec());
        Box::new(move || others.into_iter().for_each(|(who, what)| perform(&play, &sessions, who, what)))
    };
    let ((), interrupted) = interrupt(nth, interrupter, || perform(&play, sessions, act.0, act.1));
    if interrupted {
        let reference = Reference::new(object, SessionId(OWNER), version);
        let calls = &play.borrow().calls;
        let told = || calls.iter().flatten().map(|call| format!("\n  {call:?}")).collect::<String>();
        assert!(
            is_explained(&reference, calls),
            "{}: {act:?} interrupted by {others:?} at point {nth}:{}",
            situation.0,
            told()
        );
    }
    leave(sessions, object);
    interrupted
}

/// Ends what the sessions hold, and removes the objects. So the store never gets full.
fn leave(sessions: &[Shm; 3], object: ObjectId) {
    let records: Vec<ObjectId> = sessions[0].shared.used_records().map(|record| record.id()).collect();
    for session in sessions {
        for object in records.iter().copied().chain([object]) {
            let token = session.record(object).map_or(Epoch(0), |record| Epoch(record.state().epoch()));
            for command in [RETURN, RETURN, Command::Abort { token }, Command::Revoke] {
                let _not_its_own = session.ask(object, command);
            }
        }
    }
    for object in records {
        for command in [Command::Adopt, Command::DropOwner] {
            for session in sessions {
                let _not_its_own = session.ask(object, command);
            }
        }
    }
    sessions[0].shared.used_records().for_each(|record| record.set_note(0));
    sessions[0].reap().unwrap();
}

fn whose(who: u32) -> impl Iterator<Item = (u32, Move)> {
    let owners = if who == OWNER { OWNERS } else { &[] };
    owners.iter().chain(ANYBODYS).map(move |&what| (who, what))
}

/// Returns every sequence of two of these moves, both of the session with this number.
fn twice(session: u32, moves: &'static [Move]) -> impl Iterator<Item = [(u32, Move); 2]> {
    moves.iter().flat_map(move |first| moves.iter().map(move |second| [(session, *first), (session, *second)]))
}

#[test]
fn every_command_is_interrupted_by_every_command_at_every_point() {
    let stage = Stage::new(VersionsIn::Cells);
    let sessions = Rc::new([stage.open(), stage.open(), stage.open()]);
    let mut played = 0;
    for situation in SITUATIONS {
        for (act, other) in [(OWNER, FIRST), (FIRST, OWNER), (FIRST, SECOND), (SECOND, FIRST)] {
            for act in whose(act) {
                for other in whose(other) {
                    played += (0..).take_while(|nth| rehearse(&sessions, situation, act, &[other], *nth)).count();
                }
            }
        }
    }
    assert!(played > 5_000, "only {played} interruptions were played");
}

/// Two commands run in the middle of another session's command, and their results agree: a session that was told that
/// an object is gone is not told afterwards that the object is owned.
#[test]
fn every_command_is_interrupted_by_every_two_commands_at_every_point() {
    let stage = Stage::new(VersionsIn::Files);
    let sessions = Rc::new([stage.open(), stage.open(), stage.open()]);
    let mut played = 0;
    for situation in SITUATIONS {
        for (acts, others, moves) in [(OWNER, SECOND, ANYBODYS), (FIRST, SECOND, ANYBODYS), (FIRST, OWNER, OWNERS)] {
            for (act, others) in whose(acts).flat_map(|act| twice(others, moves).map(move |others| (act, others))) {
                played += (0..).take_while(|nth| rehearse(&sessions, situation, act, &others, *nth)).count();
            }
        }
    }
    assert!(played > 40_000, "only {played} interruptions were played");
}

/// The record of an object that is being dropped is not given to another object before the owner's last step on the
/// record.
#[test]
fn a_record_is_reused_only_when_nobody_is_busy_with_it() {
    for scene in super::scenes::SCENES {
        for nth in 0.. {
            let stage = Stage::new(VersionsIn::Cells);
            let (actor, partner, other) = (stage.open(), stage.open(), Rc::new(stage.open()));
            let props = (scene.prepare)(&actor, &partner);
            let made = Rc::new(RefCell::new(Vec::new()));
            let maker = {
                let (other, made, corpse) = (Rc::clone(&other), Rc::clone(&made), stage.open());
                Box::new(move || {
                    // The death makes `other` look at every doomed record.
                    corpse.die();
                    other.reap().unwrap();
                    // Makes as many objects as there is room for. So one of them gets the record in question, if that
                    // record is free.
                    made.borrow_mut().extend(std::iter::from_fn(|| other.put(&[b"the old version"], here()).ok()));
                })
            };
            let (_refused_or_done, interrupted) = interrupt(nth, maker, || (scene.act)(&actor, &props));
            for &(object, base) in made.borrow().iter() {
                let written = other.ask(object, Command::OwnerCommit { base });
                assert!(written.is_ok(), "{}, interrupted at point {nth}: {written:?}", scene.name);
            }
            if !interrupted {
                break;
            }
        }
    }
}
