//! Random histories: commands that run one after the other. Each command has to return what the ledger returns.

use super::explain::{Care, Reference, Seen};
use super::*;
use crate::id::{Epoch, Right};
use crate::ledger::{Life, Owner, Reader, SessionId};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;

pub(super) fn owned_objects_behave_as_the_ledger_says(open: Open) {
    try_out(&open, Scope::Owned, 200).unwrap_or_else(|found| panic!("{found}"));
}

pub(super) fn open_objects_behave_as_the_ledger_says(open: Open) {
    try_out(&open, Scope::Open, 200).unwrap_or_else(|found| panic!("{found}"));
}

/// Runs `cases` histories of owned objects, and as many in which objects are also detached or published. Panics if a
/// history differs from the ledger.
#[cfg(feature = "redis")]
pub(crate) fn many(open: Open, cases: u32, lose: Option<Lose>) {
    for scope in [Scope::Owned, Scope::Open] {
        try_out_losing(&open, scope, cases, lose).unwrap_or_else(|found| panic!("{found}"));
    }
}

/// Makes a session lost instead of dead. The arguments are the `place` of the [`Fresh`], and the session's number.
pub(crate) type Lose = fn(&dyn Any, usize);

/// Which commands a history has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Owned,
    /// Commands on owned objects, and on objects that are detached or published.
    Open,
}

/// A session, a number that decides which commands the session may try (0: the session dies), and which of these
/// commands it runs.
type Step = (u32, u8, Index);

/// Runs `cases` histories. The error is the shortest history found that differs from the ledger.
pub(super) fn try_out(open: &dyn Fn(usize) -> Fresh, scope: Scope, cases: u32) -> std::result::Result<(), String> {
    try_out_losing(open, scope, cases, None)
}

fn try_out_losing(
    open: &dyn Fn(usize) -> Fresh,
    scope: Scope,
    cases: u32,
    lose: Option<Lose>,
) -> std::result::Result<(), String> {
    let steps = proptest::collection::vec((0..3_u32, 0..40_u8, any::<Index>()), 1..60);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome =
        TestRunner::new_with_rng(config, proptest::test_runner::TestRng::deterministic_rng(Default::default()))
            .run(&steps, |steps| Run::new(open(3), scope, lose).go(&steps).map_err(TestCaseError::fail));
    outcome.map_err(|found| found.to_string())
}

/// One history as it runs.
struct Run {
    sessions: Vec<Option<Arc<dyn Backend>>>,
    reference: Reference,
    scope: Scope,
    lose: Option<Lose>,
    /// The id under which a ticket was made or a borrow was taken.
    addresses: BTreeMap<Name, ObjectId>,
    /// The bytes of each version.
    contents: BTreeMap<Epoch, Vec<u8>>,
    /// The versions that each reader may read. The loans have the backend's numbers.
    reading: BTreeMap<Reader, Vec<(ObjectId, Epoch)>>,
    place: Box<dyn Any>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Epoch(Epoch),
    Right(u64),
    Reader(Reader),
}

impl Run {
    fn new(fresh: Fresh, scope: Scope, lose: Option<Lose>) -> Self {
        let (object, version) = fresh.sessions[0].put(&[b"first"], here()).unwrap();
        Self {
            reference: Reference::new(object, SessionId(0), version),
            sessions: fresh.sessions.into_iter().map(Some).collect(),
            scope,
            lose,
            addresses: BTreeMap::new(),
            contents: BTreeMap::from([(version, b"first".to_vec())]),
            reading: BTreeMap::new(),
            place: fresh.place,
        }
    }

    fn go(mut self, steps: &[Step]) -> std::result::Result<(), String> {
        for (nth, &(session, mood, ref which)) in steps.iter().enumerate() {
            let session = SessionId(session);
            if self.sessions[session.0 as usize].is_none() {
                continue;
            }
            if mood == 0 {
                self.die(session);
            } else {
                let command = *which.get(&self.possible(session, mood));
                self.act(session, command, nth)?;
            }
            self.read_everything()?;
        }
        Ok(())
    }

    fn die(&mut self, session: SessionId) {
        if let Some(lose) = self.lose {
            lose(&*self.place, session.0 as usize);
            self.reference.lose(session);
        } else if self.sessions[session.0 as usize].as_ref().is_some_and(|backend| backend.liveness().is_some()) {
            self.reference.leave(session);
        } else {
            self.reference.die(session);
        }
        self.sessions[session.0 as usize] = None;
        // A survivor looks for dead sessions. Otherwise the death might not be noticed.
        self.sessions.iter().flatten().take(1).for_each(|survivor| assert!(survivor.reap().is_ok()));
        self.reading.retain(|&(reader, _), _| reader != session);
    }

    fn act(&mut self, session: SessionId, command: Command, nth: usize) -> std::result::Result<(), String> {
        let at = self.address(session, command);
        let bytes = format!("version of step {nth}").into_bytes();
        let writes =
            matches!(command, Command::Commit { .. } | Command::Checkpoint { .. } | Command::OwnerCommit { .. });
        let backend = self.sessions[session.0 as usize].as_ref().ok_or("dead")?;
        let pieces = [&bytes[..]];
        let told = backend.apply(at, command, if writes { &pieces } else { &[] }, here()).map_err(|error| why(&error));
        let (seen, before) = (Seen { session, at, command, told }, self.reference.version());
        self.reference.explain(&seen, Care::Exact)?;
        if matches!(told, Ok(Reply::Revoked { moved: Some(_), .. })) {
            self.contents.insert(self.reference.version(), self.contents[&before].clone());
        }
        self.note(&seen, bytes);
        Ok(())
    }

    /// Returns the id for a command. A command that shows a ticket or ends a borrow has the id under which that ticket
    /// was made or that borrow was taken, if the ticket or borrow is known. Every other command has the present id.
    fn address(&self, session: SessionId, command: Command) -> ObjectId {
        let name = match command {
            Command::RedeemShared { epoch: token }
            | Command::Commit { token }
            | Command::Checkpoint { token }
            | Command::Abort { token } => Name::Epoch(token),
            Command::RedeemExclusive { right } | Command::Claim { right, .. } => Name::Right(right.0),
            Command::Return { loan } => Name::Reader((session, loan)),
            _ => return self.reference.id,
        };
        self.addresses.get(&name).copied().unwrap_or(self.reference.id)
    }

    fn note(&mut self, seen: &Seen, bytes: Vec<u8>) {
        let Ok(reply) = seen.told else { return };
        match (seen.command, reply) {
            (Command::Commit { .. } | Command::OwnerCommit { .. }, Reply::Version(version)) => {
                self.contents.insert(version, bytes);
            }
            (Command::Checkpoint { .. }, Reply::Exclusive { token, version }) => {
                self.contents.insert(version, bytes);
                self.addresses.insert(Name::Epoch(token), seen.at);
            }
            (Command::OpenExclusive { right } | Command::Reissue { right } | Command::Send { right }, _) => {
                self.addresses.insert(Name::Right(right.0), seen.at);
            }
            (Command::OpenShared, Reply::Opened(epoch)) => drop(self.addresses.insert(Name::Epoch(epoch), seen.at)),
            (_, Reply::Exclusive { token, .. }) => drop(self.addresses.insert(Name::Epoch(token), seen.at)),
            (command, Reply::Shared { version }) => {
                let loan = command.shared_loan();
                self.addresses.insert(Name::Reader((seen.session, loan)), seen.at);
                self.reading.entry((seen.session, loan)).or_default().push((seen.at, version));
            }
            _ => {}
        }
        let reference = &self.reference;
        self.reading.retain(|&(session, loan), _| reference.borrowed(session).any(|borrowed| borrowed == loan));
    }

    /// Checks that each session reads the versions that it holds as they were written, and that the owner's session
    /// sees and reads the current version.
    fn read_everything(&self) -> std::result::Result<(), String> {
        for ((session, _), versions) in &self.reading {
            versions.iter().try_for_each(|&(object, version)| self.read(*session, object, version))?;
        }
        let Owner::Session(owner) = self.reference.object.owner else { return Ok(()) };
        let version = self.reference.version();
        let current = self.sessions[owner.0 as usize].as_ref().ok_or("dead")?.current(self.reference.id);
        if !matches!(current, Ok(current) if current == version) {
            return Err(format!("the current version is {version:?}, and not {current:?}"));
        }
        self.read(owner, self.reference.id, version)
    }

    fn read(&self, session: SessionId, object: ObjectId, version: Epoch) -> std::result::Result<(), String> {
        let read = self.sessions[session.0 as usize].as_ref().ok_or("dead")?.read(object, version);
        match read {
            Ok(bytes) if *bytes == *self.contents[&version] => Ok(()),
            other => Err(format!("{session:?} reads {other:?} as {version:?} of {object}")),
        }
    }

    /// Returns the commands that `session` may try, sensible or not, with the numbers that it may know.
    fn possible(&self, session: SessionId, mood: u8) -> Vec<Command> {
        let object = &self.reference.object;
        let mut all = self.tickets(session);
        let right = Right(object.last.0 + 1);
        if object.owner == Owner::Session(session) || mood < 4 {
            let base = self.reference.version();
            all.extend([Command::OpenShared, Command::OpenExclusive { right }, Command::Reissue { right }]);
            all.extend([Command::End, Command::Revoke, Command::OwnerCommit { base }]);
            all.extend([Command::Keep, Command::Send { right: departure(object.next_departure()) }]);
            if mood % 8 == 1 {
                all.push(Command::DropOwner);
            }
            if self.scope == Scope::Open {
                all.extend([Command::Detach, Command::Publish, Command::DetachFor { time: LONG }]);
            }
        }
        if self.scope == Scope::Open {
            all.extend([Command::Get, Command::Adopt, Command::Share, Command::Reserve, Command::Grant]);
            all.push(Command::Extend { time: LONG });
            all.extend((mood == 2).then_some(Command::Evict));
        }
        all
    }

    fn tickets(&self, session: SessionId) -> Vec<Command> {
        let object = &self.reference.object;
        // A session returns what it has borrowed. Without a borrow, it may try to return one.
        let mut all: Vec<_> = self.reference.borrowed(session).map(|loan| Command::Return { loan }).collect();
        if all.is_empty() {
            all.push(Command::Return { loan: self.reference.epochs.known().last().map(|(theirs, _)| Epoch(theirs)) });
        }
        for (theirs, ours) in self.reference.epochs.known() {
            let (token, right) = (Epoch(theirs), Right(ours));
            all.extend([Command::RedeemShared { epoch: token }, Command::RedeemExclusive { right }]);
            // The last commit or checkpoint is not repeated here, and its token not used again: only a backend whose
            // replies can be lost knows it still.
            if object.committed != Some((session, Epoch(ours))) {
                all.extend([Command::Commit { token }, Command::Checkpoint { token }, Command::Abort { token }]);
            }
            if object.life == Life::Live {
                all.push(Command::OwnerCommit { base: token });
            }
        }
        all.extend(self.reference.seqs.known().map(|(seq, ours)| Command::Claim { seq, right: departure(ours) }));
        all
    }
}

/// Returns the right of the departure `seq`.
fn departure(seq: u64) -> Right {
    Right(1000 + seq)
}
