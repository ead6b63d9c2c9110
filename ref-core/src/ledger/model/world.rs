//! One object, the sessions around it, and the results that they got.

use super::invariants;
use super::owner::{HandleCall, LoanMark, Owned};
use crate::id::{Epoch, Right};
use crate::ledger::step::StepResult;
use crate::ledger::{Command, Life, Object, Orphans, Refusal, Reply, SessionId, settle, step_under};
use std::collections::BTreeSet;
use std::time::Duration;

/// What a session does next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Act {
    /// The session sends a command to the ledger, sensible or not.
    Ask(SessionId, Command),
    /// The session, as the owner, uses its handle.
    Use(SessionId, HandleCall),
    Die(SessionId),
}

/// A session, with what it knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Participant {
    pub(super) dead: bool,
    pub(super) owned: Option<Owned>,
    /// Shared borrows: the loan and the version of each. A borrow by key has no loan.
    pub(super) reading: BTreeSet<(Option<Epoch>, Epoch)>,
    /// The newest exclusive borrow: the token, and the version that its commit builds on.
    pub(super) writing: Option<(Epoch, Epoch)>,
    pub(super) reserved: Option<Epoch>,
}

impl Participant {
    fn read(&mut self, loan: Option<Epoch>, version: Epoch) {
        self.reading.insert((loan, version));
    }
}

/// A simpler account of the object, which follows from deaths and the results of commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Account {
    /// The shared loan that borrowers can join.
    pub(super) lent: Option<Epoch>,
    /// The exclusive ticket that is not redeemed yet.
    pub(super) offered: Option<Right>,
    /// The departure that is not claimed yet.
    pub(super) sent: Option<u64>,
    /// The last commit of a borrower.
    pub(super) committed: Option<(SessionId, Epoch)>,
    /// The last revoked epoch. Borrows of this epoch and of all epochs before are revoked.
    pub(super) revoked: Epoch,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) orphans: Orphans,
    pub(super) object: Object,
    pub(super) participants: Vec<Participant>,
    pub(super) account: Account,
}

/// One command and its result.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) session: SessionId,
    pub(super) command: Command,
    /// The object as the command finds it.
    pub(super) before: Object,
    pub(super) result: StepResult,
    pub(super) after: Object,
}

impl World {
    pub(super) fn new(sessions: u32, orphans: Orphans) -> Self {
        let participants = (0..sessions).map(|_| Participant::default()).collect();
        Self { orphans, object: Object::default(), participants, account: Account::default() }
    }

    pub(super) fn sessions(&self) -> impl Iterator<Item = SessionId> + use<> {
        (0..self.participants.len() as u32).map(SessionId)
    }

    pub(super) fn participant(&mut self, session: SessionId) -> &mut Participant {
        &mut self.participants[session.0 as usize]
    }

    pub(super) fn is_dead(&self, session: SessionId) -> bool {
        self.participants[session.0 as usize].dead
    }

    pub(super) fn living(&self) -> impl Iterator<Item = &Participant> {
        self.participants.iter().filter(|participant| !participant.dead)
    }

    pub(super) fn owner(&self) -> Option<&Owned> {
        self.living().find_map(|participant| participant.owned.as_ref())
    }

    /// Returns whether the loan or the exclusive borrow of this epoch is revoked.
    pub(super) fn is_revoked(&self, epoch: Epoch) -> bool {
        epoch <= self.account.revoked
    }

    /// Returns the version of each shared borrow of a live session that is not revoked. A borrow by key is never
    /// revoked: an object that is borrowed so has no owner, and gets none before the borrow ends.
    pub(super) fn current_reads<'a>(&'a self, participant: &'a Participant) -> impl Iterator<Item = Epoch> + 'a {
        let is_revoked = |loan: Option<Epoch>| loan.is_some_and(|loan| self.is_revoked(loan));
        participant.reading.iter().filter(move |(loan, _)| !is_revoked(*loan)).map(|&(_, version)| version)
    }

    /// Returns the object as the next command will find it.
    pub(super) fn settled(&self) -> Object {
        let mut object = self.object.clone();
        settle(self.orphans, &mut object, &|s| self.is_dead(s));
        object
    }

    /// Does `act`, and checks the invariants of commands at each of its commands.
    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Ask(session, command) => {
                let _result = self.ask(session, command);
            }
            Act::Use(session, call) => {
                let _result = self.use_handle(session, call);
            }
            Act::Die(session) => self.die(session),
        }
    }

    /// Runs the command, checks its result, and returns the result. Adds the result to the account if the session
    /// lives.
    pub(super) fn ask(&mut self, session: SessionId, command: Command) -> StepResult {
        let mut object = self.object.clone();
        let result = step_under(self.orphans, &mut object, &|s| self.is_dead(s), session, command);
        let before = if self.is_dead(session) { self.object.clone() } else { self.settled() };
        let event = Event { session, command, before, result, after: object };
        invariants::check_step(self, &event);
        if !self.is_dead(session) {
            self.write_down(&event);
        }
        self.object = event.after;
        result
    }

    fn die(&mut self, session: SessionId) {
        if self.participant(session).owned.is_some() {
            self.unlend();
        }
        *self.participant(session) = Participant { dead: true, ..Participant::default() };
    }

    fn unlend(&mut self) {
        self.account.lent = None;
        self.account.offered = None;
    }

    fn write_down(&mut self, event: &Event) {
        let session = event.session;
        match (event.command, event.result) {
            (Command::Put, Ok(Reply::Version(version))) => self.become_owner(session, version, Some(version)),
            (Command::Claim { .. }, Ok(Reply::Version(version))) => {
                self.account.sent = None;
                self.become_owner(session, version, None);
            }
            (Command::Adopt, Ok(Reply::Version(version) | Reply::Adopted { version, .. })) => {
                self.become_owner(session, version, None)
            }
            (Command::Send { .. }, Ok(Reply::Sent { seq })) => {
                self.account.sent = Some(seq);
                self.participant(session).owned = None;
            }
            (Command::TransitExpired { .. }, Ok(_)) => self.account.sent = None,
            (Command::Detach | Command::DetachFor { .. } | Command::Publish, Ok(_)) => {
                self.participant(session).owned = None
            }
            (Command::DropOwner, Ok(_)) => {
                self.unlend();
                self.participant(session).owned = None;
            }
            _ => self.write_down_loan(event),
        }
    }

    fn write_down_loan(&mut self, event: &Event) {
        match (event.command, event.result) {
            (Command::OpenShared, Ok(Reply::Opened(epoch))) => self.account.lent = Some(epoch),
            (Command::OpenExclusive { right } | Command::Reissue { right }, Ok(_)) => {
                self.account.offered = Some(right);
            }
            (Command::End, Ok(_)) => self.unlend(),
            (Command::End, Err(Refusal::Conflict(_))) if self.participant(event.session).owned.is_some() => {
                self.account.lent = None;
            }
            (Command::Revoke, Ok(_)) => {
                self.unlend();
                self.account.revoked = event.after.last;
            }
            _ => self.write_down_borrow(event),
        }
    }

    fn write_down_borrow(&mut self, event: &Event) {
        if let (Command::RedeemExclusive { .. }, Ok(_)) = (event.command, event.result) {
            self.account.offered = None;
        }
        if let (Command::Commit { token } | Command::Checkpoint { token }, Ok(_)) = (event.command, event.result) {
            self.account.committed = Some((event.session, token));
        }
        let me = self.participant(event.session);
        match (event.command, event.result) {
            (Command::RedeemShared { epoch: loan }, Ok(Reply::Shared { version })) => me.read(Some(loan), version),
            (Command::Share, Ok(Reply::Shared { version })) => me.read(None, version),
            (_, Ok(Reply::Exclusive { token, version })) => {
                me.writing = Some((token, version));
                me.reserved = None;
            }
            (Command::Return { loan }, Ok(_)) => me.reading.retain(|&(read, _)| read != loan),
            (Command::Reserve, Ok(Reply::Opened(token))) => me.reserved = Some(token),
            (Command::Grant, Err(Refusal::Gone)) => me.reserved = None,
            (Command::Abort { token }, _) => {
                me.writing = me.writing.filter(|&(held, _)| held != token);
                me.reserved = me.reserved.filter(|&held| held != token);
            }
            (Command::Commit { token }, _) | (Command::Checkpoint { token }, Err(Refusal::Fenced | Refusal::Gone)) => {
                me.writing = me.writing.filter(|&(held, _)| held != token);
            }
            _ => {}
        }
    }

    fn become_owner(&mut self, session: SessionId, base: Epoch, value: Option<Epoch>) {
        self.participant(session).owned = Some(Owned { value, base, dirty: false, mark: LoanMark::Idle });
    }

    /// Returns whether the object is not made yet.
    pub(super) fn is_absent(&self) -> bool {
        self.object.life == Life::Absent
    }
}

/// The time of each object that has one. The ledger does not look at it.
pub(super) const TIME: Duration = Duration::from_secs(1);

/// Returns the right of the exclusive offer at `epoch`.
pub(super) fn offer(epoch: u64) -> Right {
    Right(epoch)
}

/// Returns the right of the departure `seq`.
pub(super) fn departure(seq: u64) -> Right {
    Right(1000 + seq)
}

/// Returns the acts that are worth trying now, with every number that was given out. A live session tries the commands
/// of borrowers, the owner's calls if it is the owner, and its death. A dead session tries a few commands. While the
/// object is not made yet, every session tries only `Put`.
pub(super) fn acts(world: &World) -> Vec<Act> {
    let mut acts = Vec::new();
    for session in world.sessions() {
        let numbers = 1..=world.object.last.0;
        let mut ask = |command| acts.push(Act::Ask(session, command));
        if world.is_absent() {
            ask(Command::Put);
            continue;
        }
        if world.is_dead(session) {
            [Command::Return { loan: None }, Command::End, Command::Adopt].into_iter().for_each(&mut ask);
            ask(Command::Commit { token: world.object.last });
            continue;
        }
        for epoch in numbers.map(Epoch) {
            ask(Command::RedeemShared { epoch });
            ask(Command::Return { loan: Some(epoch) });
            ask(Command::RedeemExclusive { right: offer(epoch.0) });
            ask(Command::Commit { token: epoch });
            ask(Command::Abort { token: epoch });
        }
        for seq in (1..=world.object.seq).step_by(2) {
            ask(Command::Claim { seq, right: departure(seq) });
            ask(Command::TransitExpired { seq });
        }
        // A writer's token is the last number, and after a checkpoint the one before.
        for token in [world.object.last.0.saturating_sub(1), world.object.last.0].map(Epoch) {
            ask(Command::Checkpoint { token });
        }
        [Command::Return { loan: None }, Command::Adopt].into_iter().for_each(&mut ask);
        [Command::Get, Command::Evict, Command::Share, Command::Reserve, Command::Grant].into_iter().for_each(&mut ask);
        [Command::Extend { time: TIME }, Command::TimeExpired].into_iter().for_each(&mut ask);
        if world.participants[session.0 as usize].owned.is_some() {
            acts.extend(HandleCall::all(world).map(|call| Act::Use(session, call)));
        }
        acts.push(Act::Die(session));
    }
    acts
}

/// Returns an owner's commands, and `Put`, for each live session that does not own the object.
pub(super) fn forbidden(world: &World) -> Vec<Act> {
    let strangers = world
        .sessions()
        .filter(|&session| world.participants[session.0 as usize].owned.is_none() && !world.is_dead(session));
    let (right, base) = (offer(world.object.last.0 + 1), world.object.version);
    let all = [
        Command::OpenShared,
        Command::OpenExclusive { right },
        Command::Reissue { right },
        Command::End,
        Command::Revoke,
        Command::OwnerCommit { base },
        Command::DropOwner,
        Command::Keep,
        Command::Send { right },
        Command::Detach,
        Command::DetachFor { time: TIME },
        Command::Publish,
        Command::Put,
    ];
    strangers.flat_map(|session| all.map(|command| Act::Ask(session, command))).collect()
}
