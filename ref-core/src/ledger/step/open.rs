//! Objects without an owner, detached or published. Sessions borrow them without a ticket, under the rules of a
//! readers-writer lock.

use super::StepResult;
use crate::error::HeldAs;
use crate::ledger::{Life, Object, Owner, Refusal, Reply, SessionId, Writer};

impl Object {
    fn is_open(&self) -> Result<(), Refusal> {
        match self.owner {
            Owner::Detached | Owner::Published => Ok(()),
            _ => Err(self.owned_otherwise()),
        }
    }

    fn unwritten(&self) -> Result<(), Refusal> {
        if self.writer == Writer::None { Ok(()) } else { Err(Refusal::Conflict(HeldAs::BorrowMut)) }
    }

    /// Returns the current version, and keeps no borrow. A writer does not exclude the call: what it writes is another
    /// version, which is current only after the commit.
    pub(super) fn get(&self) -> StepResult {
        self.is_open()?;
        Ok(Reply::Version(self.version))
    }

    /// Removes a detached object, by its key, or a published object whose writer the session is. Refused for every
    /// other object.
    pub(super) fn evict(&mut self, me: SessionId) -> StepResult {
        match (self.owner, self.writer) {
            (Owner::Detached, _) => {}
            (Owner::Published, Writer::Active(writer, _)) if writer == me => {}
            _ => return Err(self.owned_otherwise()),
        }
        self.doom();
        Ok(Reply::Done)
    }

    /// Refused for every object but a detached one, and while a session writes the object. The backend moves the end of
    /// the object's time, to a later moment only.
    pub(super) fn extend(&mut self) -> StepResult {
        match self.owner {
            Owner::Detached => self.unwritten().map(|()| Reply::Done),
            _ => Err(self.owned_otherwise()),
        }
    }

    /// Removes a detached object whose time is over. Its readers read on, and its writer's commit is refused.
    pub(super) fn time_expired(&mut self) -> StepResult {
        if self.owner != Owner::Detached || !self.timed {
            return Err(self.misfit());
        }
        self.doom();
        Ok(Reply::Done)
    }

    /// Lets the session read the object if there is no writer. A writer that waits keeps new readers out too, so that
    /// the writer does not wait for ever.
    pub(super) fn share(&mut self, me: SessionId) -> StepResult {
        self.is_open()?;
        self.unwritten()?;
        self.holders.insert((me, None));
        Ok(Reply::Shared { version: self.version })
    }

    /// Makes the session the next writer. From then on no reader is admitted. The session then repeats `Grant` until no
    /// reader is left.
    pub(super) fn reserve(&mut self, me: SessionId) -> StepResult {
        self.is_open()?;
        self.unwritten()?;
        let token = self.next_epoch()?;
        self.writer = Writer::Pending(me, token);
        Ok(Reply::Opened(token))
    }

    /// Turns the reservation into an exclusive borrow if no reader is left. If the object is doomed, ends the
    /// reservation and refuses.
    pub(super) fn grant(&mut self, me: SessionId) -> StepResult {
        match self.writer {
            Writer::Pending(writer, token) if writer == me => {
                if self.life != Life::Live {
                    self.writer = Writer::None;
                    return Err(Refusal::Gone);
                }
                if !self.holders.is_empty() {
                    return Err(Refusal::Conflict(HeldAs::Borrow));
                }
                self.writer = Writer::Active(me, token);
                Ok(Reply::Exclusive { token, version: self.version })
            }
            Writer::None => Err(self.misfit()),
            _ => Err(Refusal::Conflict(HeldAs::BorrowMut)),
        }
    }
}
