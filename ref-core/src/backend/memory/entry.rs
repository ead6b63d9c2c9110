//! One object: its state in the ledger, the bytes of its versions, and who took what where.

use super::super::{Hold, Place, Stats, Watch};
use super::holding::{Access, Holding, Holdings};
use crate::error::{HeldAs, Holder};
use crate::id::Epoch;
use crate::ledger::{Command, Life, Loan, Object, Orphans, Owner, Refusal, Reply, Session, Writer, settle, step};
use crate::sync::{Arc, Instant, deadline};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The ledger's answer; a refusal comes with those who are in the way.
pub(super) type Told = Result<Reply, (Refusal, Vec<Holder>)>;

/// Who is alive.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    begun: u32,
    alive: BTreeSet<Session>,
}

impl Sessions {
    pub(super) fn begin(&mut self) -> Session {
        self.begun += 1;
        let session = Session(self.begun);
        self.alive.insert(session);
        session
    }

    pub(super) fn end(&mut self, session: Session) {
        self.alive.remove(&session);
    }

    pub(super) fn count(&self) -> u64 {
        self.alive.len() as u64
    }

    pub(super) fn is_dead(&self, session: Session) -> bool {
        !self.alive.contains(&session)
    }
}

/// One object.
#[derive(Debug, Default)]
pub(super) struct Entry {
    object: Object,
    versions: BTreeMap<Epoch, Arc<[u8]>>,
    holdings: Holdings,
    changes: u32,
    /// Until when it may be claimed, while in transit; `None` is for ever.
    deadline: Option<Instant>,
    died: Option<Holder>,
}

impl Entry {
    /// An object that the ledger has no record of any more.
    pub(super) fn gone() -> Self {
        Self { object: Object { life: Life::Gone, ..Object::default() }, ..Self::default() }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.object.life == Life::Gone
    }

    pub(super) fn is_live(&self) -> bool {
        self.object.life == Life::Live
    }

    /// How the session borrows it.
    pub(super) fn hold(&self, session: Session) -> Option<Hold> {
        match self.object.writer {
            Writer::Active(writer, token) if writer == session && self.is_live() => Some(Hold::Exclusive(token)),
            _ => self.object.holders.contains(&session).then_some(Hold::Shared),
        }
    }

    pub(super) fn is_offered(&self) -> bool {
        matches!(self.object.loan, Loan::Offered(..))
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
            Loan::Shared(_) | Loan::Closing(_) => stats.lent_shared += 1,
            Loan::Offered(..) | Loan::Taken(..) => stats.lent_exclusively += 1,
            Loan::None => {}
        }
    }

    pub(super) fn version(&self) -> Epoch {
        self.object.version
    }

    pub(super) fn bytes(&self, version: Epoch) -> Option<Arc<[u8]>> {
        self.versions.get(&version).cloned()
    }

    pub(super) fn watch(&self) -> Watch {
        Watch(self.changes)
    }

    pub(super) fn died(&self) -> Option<Holder> {
        self.died.clone()
    }

    /// Asks the ledger, and carries out what it grants.
    pub(super) fn apply(
        &mut self,
        sessions: &Sessions,
        session: Session,
        command: Command,
        bytes: &[u8],
        at: Place,
    ) -> Told {
        self.settle(sessions);
        if self.keeps_another_borrow(session, command) {
            return Ok(Reply::Done);
        }
        let before = self.object.clone();
        let answer = step(&mut self.object, &|s| sessions.is_dead(s), session, command);
        if let Ok(reply) = answer {
            self.record(session, command, reply, bytes, at);
        }
        self.forget_writer(session, command);
        self.tidy(&before);
        answer.map_err(|refusal| (refusal, self.in_the_way(refusal)))
    }

    /// Sets the end of the time in which a ticket may be claimed.
    pub(super) fn wait_for_a_claim(&mut self, time: Duration) {
        self.deadline = deadline(time);
    }

    /// Takes from the dead what they held.
    pub(super) fn settle(&mut self, sessions: &Sessions) {
        let before = self.object.clone();
        settle(Orphans::Reclaim, &mut self.object, &|s| sessions.is_dead(s));
        if before.writer != self.object.writer {
            self.died = self.writer(before.writer).pop();
        }
        self.holdings.retain(|holding| !sessions.is_dead(holding.session));
        self.tidy(&before);
    }

    /// Drops an object whose ownership ticket was not claimed in time.
    pub(super) fn sweep(&mut self, sessions: &Sessions, session: Session, now: Instant) -> Option<()> {
        let Owner::Transit { seq, .. } = self.object.owner else { return None };
        self.deadline.filter(|&deadline| deadline <= now)?;
        let before = self.object.clone();
        step(&mut self.object, &|s| sessions.is_dead(s), session, Command::TransitExpired { seq }).ok()?;
        self.tidy(&before);
        Some(())
    }

    /// Whether this gives back one borrow of several, which the ledger need not hear of.
    fn keeps_another_borrow(&mut self, session: Session, command: Command) -> bool {
        matches!(command, Command::Return | Command::Unshare) && self.holdings.give_back(session, Access::Shared) > 0
    }

    /// What a granted command means beside the ledger.
    fn record(&mut self, session: Session, command: Command, reply: Reply, bytes: &[u8], at: Place) {
        match (command, reply) {
            (Command::Put | Command::Commit { .. } | Command::OwnerCommit { .. }, Reply::Version(version)) => {
                self.versions.entry(version).or_insert_with(|| bytes.into());
            }
            (Command::OpenExclusive { .. } | Command::Reissue { .. }, _) => self.died = None,
            (_, Reply::Shared { version }) => self.holdings.take(session, Access::Shared, version, at),
            (_, Reply::Exclusive { token, version }) => {
                self.died = None;
                self.holdings.take(session, Access::Exclusive(token), version, at);
            }
            _ => {}
        }
        if matches!(command, Command::Put | Command::Claim { .. } | Command::Adopt) {
            self.holdings.take(session, Access::Ownership, self.object.version, at);
        }
    }

    /// A writer that committed or gave up holds nothing, whatever it was told.
    fn forget_writer(&mut self, session: Session, command: Command) {
        if let Command::Commit { token } | Command::Abort { token } = command {
            self.holdings.give_back(session, Access::Exclusive(token));
        }
    }

    /// Lets go of what nobody needs any more, and tells those who wait.
    fn tidy(&mut self, before: &Object) {
        if self.object != *before {
            self.changes = self.changes.wrapping_add(1);
        }
        let owner = self.object.owner;
        self.holdings.retain(|h| h.access != Access::Ownership || owner == Owner::Session(h.session));
        let (current, holdings) = (self.object.version, &self.holdings);
        self.versions.retain(|&version, _| version == current || holdings.may_read(version));
    }

    /// Whom an error names.
    fn in_the_way(&self, refusal: Refusal) -> Vec<Holder> {
        match refusal {
            Refusal::Conflict(HeldAs::Owner) => self.holdings.name(|h| h.access == Access::Ownership),
            Refusal::Conflict(HeldAs::Borrow) => {
                self.holdings.name(|h| h.access == Access::Shared && self.object.holders.contains(&h.session))
            }
            Refusal::Conflict(HeldAs::BorrowMut) | Refusal::AlreadyRedeemed => self.writer(self.object.writer),
            _ => Vec::new(),
        }
    }

    fn writer(&self, writer: Writer) -> Vec<Holder> {
        let its =
            |h: &Holding| matches!(writer, Writer::Active(s, t) if (h.session, h.access) == (s, Access::Exclusive(t)));
        self.holdings.name(its)
    }
}

#[cfg(test)]
impl Entry {
    /// As if the deadline of its ticket had come.
    pub(super) fn let_run_out(&mut self) {
        self.deadline = Some(Instant::now());
    }

    /// How many versions it keeps.
    pub(super) fn kept(&self) -> usize {
        self.versions.len()
    }
}
