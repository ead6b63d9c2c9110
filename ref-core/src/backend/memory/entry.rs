//! One object: its state in the ledger, the bytes of its versions, and its [holdings](super::holding).

use super::super::inspect::{FoundObject, HEAD, ObjectEntry, ObjectHolder, ObjectState};
use super::super::{Caller, Hold, Pieces, Stats, Watch, joined};
use super::holding::{HoldKind, Holding, Holdings};
use crate::error::{AccessKind, HeldAs, Holder};
use crate::id::{Epoch, ObjectId};
use crate::ledger::{
    Command, Life, LoanState, Object, Orphans, Owner, Refusal, Reply, SessionId, Writer, settle, step,
};
use crate::sync::{Arc, Instant, deadline};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// The result of a command. A refusal comes with the holders that are in the way.
pub(super) type ApplyResult = Result<Reply, (Refusal, Vec<Holder>)>;

/// The sessions of a store: how many have begun, and which are alive.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    begun: u32,
    alive: BTreeSet<SessionId>,
}

impl Sessions {
    pub(super) fn begin(&mut self) -> SessionId {
        self.begun += 1;
        let session = SessionId(self.begun);
        self.alive.insert(session);
        session
    }

    pub(super) fn end(&mut self, session: SessionId) {
        self.alive.remove(&session);
    }

    pub(super) fn count(&self) -> u64 {
        self.alive.len() as u64
    }

    pub(super) fn alive(&self) -> impl Iterator<Item = SessionId> {
        self.alive.iter().copied()
    }

    pub(super) fn is_dead(&self, session: SessionId) -> bool {
        !self.alive.contains(&session)
    }
}

/// One object, as the store keeps it.
#[derive(Debug, Default)]
pub(super) struct Entry {
    object: Object,
    versions: BTreeMap<Epoch, Arc<Vec<u8>>>,
    holdings: Holdings,
    changes: u32,
    /// How many calls wait for a change.
    waiting: u32,
    /// The writers that wait in the queue: the numbers of their arrivals, and their sessions.
    queue: VecDeque<(u64, SessionId)>,
    /// Whether async calls wait for a change.
    is_awaited: bool,
    /// When the ticket of the last departure expires, or the time of a detached object; `None` if it never does, or if
    /// there was none.
    deadline: Option<Instant>,
    /// The last writer that died before it committed; `None` from the next exclusive loan, reissue or borrow on.
    died: Option<Holder>,
}

impl Entry {
    /// Returns an entry for an object that is gone.
    pub(super) fn gone() -> Self {
        Self { object: Object { life: Life::Gone, ..Object::default() }, ..Self::default() }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.object.life == Life::Gone
    }

    pub(super) fn is_live(&self) -> bool {
        self.object.life == Life::Live
    }

    /// Returns whether a name may lead to the object.
    pub(super) fn is_published(&self) -> bool {
        self.is_live() && self.object.owner == Owner::Published
    }

    pub(super) fn is_detached(&self) -> bool {
        let is_over = self.object.timed && self.deadline.is_some_and(|deadline| deadline <= Instant::now());
        self.is_live() && self.object.owner == Owner::Detached && !is_over
    }

    /// Returns how `session` borrows the object; `None` if it does not, if its borrow was revoked, or if it is the
    /// writer of a doomed object.
    pub(super) fn hold(&self, session: SessionId) -> Option<Hold> {
        match self.object.writer {
            Writer::Active(writer, token) if writer == session && self.is_live() => Some(Hold::Exclusive(token)),
            _ => self.object.holders.iter().any(|(holder, _)| *holder == session).then_some(Hold::Shared),
        }
    }

    pub(super) fn is_offered(&self) -> bool {
        matches!(self.object.loan, LoanState::Offered(..))
    }

    pub(super) fn count_in(&self, stats: &mut Stats) {
        stats.objects += 1;
        stats.bytes += self.bytes(self.version()).map_or(0, |bytes| bytes.len() as u64);
        match self.object.owner {
            Owner::Transit { .. } => stats.in_transit += 1,
            Owner::Detached => stats.detached += 1,
            _ => {}
        }
        match self.object.loan {
            LoanState::Shared(_) | LoanState::Closing(_) => stats.lent_shared += 1,
            LoanState::Offered(..) | LoanState::Taken(..) => stats.lent_exclusively += 1,
            LoanState::None => {}
        }
    }

    pub(super) fn version(&self) -> Epoch {
        self.object.version
    }

    pub(super) fn bytes(&self, version: Epoch) -> Option<Arc<Vec<u8>>> {
        self.versions.get(&version).cloned()
    }

    pub(super) fn watch(&self) -> Watch {
        Watch(self.changes)
    }

    /// Notes that an async call waits for a change after `watch`. Returns false if there was one already.
    pub(super) fn arm(&mut self, watch: Watch) -> bool {
        self.is_awaited |= self.watch() == watch;
        self.watch() == watch
    }

    /// Returns what [`watch`](Self::watch) returns, if async calls wait for a change.
    pub(super) fn awaited(&self) -> Option<Watch> {
        self.is_awaited.then(|| self.watch())
    }

    /// Counts one more call that waits for a change, or one less.
    pub(super) fn count_waiting(&mut self, begins: bool) {
        self.waiting = if begins { self.waiting.saturating_add(1) } else { self.waiting.saturating_sub(1) };
    }

    /// Returns whether no call has joined the queue of writers before this one, which has joined it as the call number
    /// `joined`, or not at all.
    pub(super) fn is_first_in_queue(&self, joined: Option<u64>) -> bool {
        self.queue.front().is_none_or(|(first, _)| joined.is_some_and(|joined| joined <= *first))
    }

    pub(super) fn join_queue(&mut self, arrival: u64, session: SessionId) {
        self.queue.push_back((arrival, session));
    }

    pub(super) fn leave_queue(&mut self, joined: Option<u64>) {
        self.queue.retain(|(arrival, _)| Some(*arrival) != joined);
    }

    /// Returns what a look at the object finds.
    pub(super) fn look(&self, id: ObjectId) -> FoundObject {
        let is_doomed = self.object.life == Life::Doomed;
        let reads = |h: &Holding| {
            let of = |loan| (h.session, loan);
            matches!(h.kind, HoldKind::Shared(loan) if self.object.holders.contains(&of(loan))
                || is_doomed && self.object.stale.contains(&of(loan)))
        };
        let found = |access, named: Vec<(SessionId, Holder)>| {
            let is_alive = true; // A session of this process is recovered when it ends.
            named.into_iter().map(move |(session, process)| ObjectHolder {
                session: session.0.to_string(),
                access,
                process,
                is_alive,
            })
        };
        let writer = match self.object.writer {
            Writer::Active(session, token) => {
                self.holdings.sessions(|h| (h.session, h.kind) == (session, HoldKind::Exclusive(token)))
            }
            Writer::None | Writer::Pending(..) => Vec::new(),
        };
        let bytes = self.bytes(self.version());
        let mut entry = ObjectEntry::new(id, self.state());
        entry.bytes = bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        entry.version = self.version().0;
        entry.owner = found(AccessKind::Own, self.holdings.sessions(|h| h.kind == HoldKind::Owner)).next();
        entry.holders = found(AccessKind::BorrowMut, writer)
            .chain(found(AccessKind::Borrow, self.holdings.sessions(reads)))
            .collect();
        let has_end = match self.object.owner {
            Owner::Transit { .. } => true,
            Owner::Detached => self.object.timed,
            _ => false,
        };
        let deadline = self.deadline.filter(|_| has_end && self.is_live());
        entry.time_left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        entry.is_waited_for = self.waiting > 0 || self.is_awaited || matches!(self.object.writer, Writer::Pending(..));
        let head = bytes.map(|bytes| bytes.iter().copied().take(HEAD).collect()).unwrap_or_default();
        FoundObject { entry, head }
    }

    fn state(&self) -> ObjectState {
        match (self.object.life, self.object.owner, self.object.loan) {
            (Life::Doomed | Life::Gone | Life::Absent, ..) | (_, Owner::None, _) => ObjectState::Doomed,
            (_, Owner::Transit { .. }, _) => ObjectState::InTransit,
            (_, Owner::Orphan { .. }, _) => ObjectState::Orphan,
            (_, Owner::Detached, _) => ObjectState::Detached,
            (_, Owner::Published, _) => ObjectState::Published,
            (_, Owner::Session(_), LoanState::None) => ObjectState::Idle,
            (_, Owner::Session(_), LoanState::Shared(_)) => ObjectState::LentShared,
            (_, Owner::Session(_), LoanState::Closing(_)) => ObjectState::Closing,
            (_, Owner::Session(_), LoanState::Offered(..)) => ObjectState::Offered,
            (_, Owner::Session(_), LoanState::Taken(..)) => ObjectState::LentExclusively,
        }
    }

    pub(super) fn died(&self) -> Option<Holder> {
        self.died.clone()
    }

    /// Takes from dead sessions what they held, and runs the command on the object's state. If the command is granted,
    /// stores its bytes and notes the holding. A command that gives back one of several shared borrows does not reach
    /// the object's state.
    pub(super) fn apply(
        &mut self,
        sessions: &Sessions,
        session: SessionId,
        command: Command,
        bytes: Pieces<'_>,
        at: Caller,
    ) -> ApplyResult {
        self.clear_dead(sessions);
        if self.keeps_another_borrow(session, command) {
            return Ok(Reply::Done);
        }
        let before = self.object.clone();
        let result = step(&mut self.object, &|s| sessions.is_dead(s), session, command);
        let result = result.map(|reply| self.with_time_left(reply));
        if let Ok(reply) = result {
            self.record(session, command, reply, bytes, at);
        }
        self.forget_writer(session, command, result);
        self.tidy(&before);
        result.map_err(|refusal| (refusal, self.in_the_way(refusal)))
    }

    /// Notes the deadline of the object after a command that was granted: of its ownership ticket, or its own.
    pub(super) fn note_time(&mut self, command: Command, transit: Duration) {
        match command {
            Command::Send { .. } => self.deadline = deadline(transit),
            Command::DetachFor { time } => self.deadline = deadline(time),
            // `None` is later than every time.
            Command::Extend { time } if self.object.timed => {
                self.deadline = self.deadline.zip(deadline(time)).map(|(now, then)| now.max(then));
            }
            _ => {}
        }
    }

    /// Returns a reply of the rules, with what was left of the time of an object that was adopted.
    fn with_time_left(&self, reply: Reply) -> Reply {
        let Reply::Adopted { version, .. } = reply else { return reply };
        let left = self.deadline.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        Reply::Adopted { version, left }
    }

    /// Takes from dead sessions what they held.
    pub(super) fn clear_dead(&mut self, sessions: &Sessions) {
        let before = self.object.clone();
        settle(Orphans::Reclaim, &mut self.object, &|s| sessions.is_dead(s));
        if before.writer != self.object.writer && matches!(before.writer, Writer::Active(..)) {
            self.died = self.writer(before.writer).pop();
        }
        self.holdings.retain(|holding| !sessions.is_dead(holding.session));
        self.queue.retain(|(_, session)| !sessions.is_dead(*session));
        self.tidy(&before);
    }

    /// Drops the object if its ownership ticket was not claimed in time, or if its own time is over, and returns `Some`.
    /// Returns `None` if the object has no deadline, or if the deadline has not passed.
    pub(super) fn sweep(&mut self, sessions: &Sessions, session: SessionId, now: Instant) -> Option<()> {
        let expired = match self.object.owner {
            Owner::Transit { seq, .. } => Command::TransitExpired { seq },
            Owner::Detached if self.object.timed => Command::TimeExpired,
            _ => return None,
        };
        self.deadline.filter(|&deadline| deadline <= now)?;
        let before = self.object.clone();
        step(&mut self.object, &|s| sessions.is_dead(s), session, expired).ok()?;
        self.tidy(&before);
        Some(())
    }

    /// For a command that gives a shared borrow back, counts one borrow less, and returns whether the session has
    /// another of the same loan. Returns false for every other command. The ledger knows of one borrow for a session and
    /// a loan, so only the return of the last borrow reaches the ledger.
    fn keeps_another_borrow(&mut self, session: SessionId, command: Command) -> bool {
        let Command::Return { loan } = command else { return false };
        self.holdings.give_back(session, HoldKind::Shared(loan)) > 0
    }

    /// Stores the bytes of a granted command, and notes the holding that the command gives.
    fn record(&mut self, session: SessionId, command: Command, reply: Reply, bytes: Pieces<'_>, at: Caller) {
        match (command, reply) {
            (Command::Put | Command::Commit { .. } | Command::OwnerCommit { .. }, Reply::Version(version)) => {
                self.versions.entry(version).or_insert_with(|| Arc::new(joined(bytes).into_owned()));
            }
            (Command::Checkpoint { token: before }, Reply::Exclusive { token, version }) => {
                self.versions.entry(version).or_insert_with(|| Arc::new(joined(bytes).into_owned()));
                self.holdings.rename(session, HoldKind::Exclusive(before), HoldKind::Exclusive(token), version);
            }
            (Command::Reserve, Reply::Opened(token)) => {
                self.holdings.take(session, HoldKind::Reserved(token), self.object.version, at);
            }
            (Command::OpenExclusive { .. } | Command::Reissue { .. }, _) => self.died = None,
            (_, Reply::Shared { version }) => {
                self.holdings.take(session, HoldKind::Shared(command.shared_loan()), version, at);
            }
            (_, Reply::Exclusive { token, version }) => {
                self.died = None;
                self.holdings.take(session, HoldKind::Exclusive(token), version, at);
            }
            _ => {}
        }
        if matches!(command, Command::Put | Command::Claim { .. } | Command::Adopt) {
            self.holdings.take(session, HoldKind::Owner, self.object.version, at);
        }
    }

    /// Forgets the exclusive borrow of a session that commits or aborts. The borrow is over even if the ledger refused
    /// the command. A checkpoint ends the borrow only if it is refused for the reasons of a commit.
    fn forget_writer(&mut self, session: SessionId, command: Command, result: Result<Reply, Refusal>) {
        match (command, result) {
            (Command::Commit { token } | Command::Abort { token }, _)
            | (Command::Checkpoint { token }, Err(Refusal::Fenced | Refusal::Gone)) => {
                self.holdings.give_back(session, HoldKind::Exclusive(token));
            }
            _ => {}
        }
    }

    /// Drops versions and holdings that no session needs any more. If the object's state is not `before`, counts the
    /// change for [`watch`](Self::watch).
    fn tidy(&mut self, before: &Object) {
        if self.object != *before {
            self.changes = self.changes.wrapping_add(1);
            // A call that still has to wait notes that again.
            self.is_awaited = false;
        }
        let (owner, writer) = (self.object.owner, self.object.writer);
        self.holdings.retain(|h| match h.kind {
            HoldKind::Owner => owner == Owner::Session(h.session),
            HoldKind::Reserved(token) => writer == Writer::Pending(h.session, token),
            HoldKind::Shared(_) | HoldKind::Exclusive(_) => true,
        });
        let (current, holdings) = (self.object.version, &self.holdings);
        self.versions.retain(|&version, _| version == current || holdings.may_read(version));
    }

    /// Returns the holders that an error for this refusal names.
    fn in_the_way(&self, refusal: Refusal) -> Vec<Holder> {
        match refusal {
            Refusal::Conflict(HeldAs::Owner) => self.holdings.holders(|h| h.kind == HoldKind::Owner),
            Refusal::Conflict(HeldAs::Borrow) => self.holdings.holders(
                |h| matches!(h.kind, HoldKind::Shared(loan) if self.object.holders.contains(&(h.session, loan))),
            ),
            Refusal::Conflict(HeldAs::BorrowMut) | Refusal::AlreadyRedeemed => self.writer(self.object.writer),
            _ => Vec::new(),
        }
    }

    fn writer(&self, writer: Writer) -> Vec<Holder> {
        let (session, kind) = match writer {
            Writer::None => return Vec::new(),
            Writer::Active(session, token) => (session, HoldKind::Exclusive(token)),
            Writer::Pending(session, token) => (session, HoldKind::Reserved(token)),
        };
        self.holdings.holders(|h| (h.session, h.kind) == (session, kind))
    }
}

#[cfg(all(test, not(loom)))]
impl Entry {
    /// Moves the deadline of the ticket to now.
    pub(super) fn expire(&mut self) {
        self.deadline = Some(Instant::now());
    }

    /// Returns how many versions the entry keeps.
    pub(super) fn kept(&self) -> usize {
        self.versions.len()
    }
}
