//! The server's side: `session.lua`, the scripts of one object, `close.lua`, and recovery. A script is one step.

use super::state::{Answer, Call, Reply, Request, Script};

/// The session that owns the object, or the state in which the object has no owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in `ledger.lua`")]
pub enum Keeper {
    /// The session whose requests are modelled.
    Session,
    Another,
    Detached,
    Transit,
    Orphan,
    /// The object is removed.
    Gone,
}

/// How the object is lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in `ledger.lua`")]
pub enum Loan {
    None,
    /// Lent shared, by the request with this number.
    Shared(u8),
    Offered,
    Taken,
}

/// What the server knows of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in `ledger.lua`")]
pub struct ObjectRecord {
    pub owner: Keeper,
    pub from: Keeper,
    /// The request by which the session took the object.
    pub taken: u8,
    pub loan: Loan,
    pub reader: bool,
    /// The token of the session's exclusive borrow, or 0.
    pub writer: u8,
    pub seq: u8,
    pub last: u8,
    pub version: u8,
    pub bytes: u8,
    /// The token and the bytes of the session's last commit as a writer.
    pub committed: (u8, u8),
    /// Whether the object outlives the loss of its owner's session: it was detached once.
    pub lasting: bool,
}

/// What the server knows of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in `close.lua`")]
pub enum SessionLife {
    Alive,
    /// Closed. The number is that of the last request whose answer was taken up.
    Closed(u8),
    Lost,
    /// Dead, and recovered by another session.
    Recovered,
}

/// The server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in `session.lua`")]
pub struct Server {
    pub life: SessionLife,
    /// The number of the last request that was obeyed.
    pub last: u8,
    pub reply: (u8, Answer),
    pub object: ObjectRecord,
    /// A bit for each request that was obeyed, by its id.
    pub obeyed: u64,
    /// Whether a request was obeyed twice.
    pub twice: bool,
}

impl Server {
    pub(crate) fn new(owner: Keeper, loan: Loan) -> Self {
        let object = ObjectRecord {
            owner,
            from: Keeper::Gone,
            taken: 0,
            loan,
            reader: false,
            writer: 0,
            seq: 0,
            last: 1,
            version: 1,
            bytes: 0,
            committed: (0, 0),
            lasting: owner == Keeper::Detached,
        };
        let life = SessionLife::Alive;
        Self { life, last: 0, reply: (0, Answer::Done), object, obeyed: 0, twice: false }
    }

    pub(crate) fn was_obeyed(&self, id: u8) -> bool {
        self.obeyed & 1 << id != 0
    }

    /// Reads one request, as `session.lua` does, and obeys it if its turn has come. Returns the reply.
    pub(crate) fn obey(&mut self, request: Request, mutant: Option<&str>) -> Reply {
        if self.life != SessionLife::Alive {
            return Reply::Lost;
        }
        let Request { id, number, call } = request;
        if number == self.last && mutant != Some("forget the last reply") {
            return Reply::Answered(self.reply.0, self.reply.1);
        }
        if number < self.last && mutant != Some("obey an old number") {
            return Reply::Old;
        }
        if number > self.last + 1 && mutant != Some("obey behind a gap") {
            return Reply::Gap(self.last);
        }
        let answer = self.object.run(call, number, mutant);
        self.twice |= self.was_obeyed(id);
        self.obeyed |= 1 << id;
        self.last = number;
        self.reply = (id, answer);
        Reply::Answered(id, answer)
    }

    /// Ends the session if it is alive, as `close.lua` does.
    pub(crate) fn end(&mut self, how: SessionLife) {
        if self.life == SessionLife::Alive {
            self.life = how;
        }
    }

    /// Takes from the dead session what it held, as `reclaim` in `ledger.lua` does.
    pub(crate) fn recover(&mut self, mutant: Option<&str>) {
        let object = &mut self.object;
        object.reader &= mutant == Some("recover only what it owned");
        object.writer = 0;
        if object.owner == Keeper::Session {
            object.loan = Loan::None;
            match self.life {
                SessionLife::Closed(answered) if object.taken > answered && mutant != Some("close drops all") => {
                    object.put_back();
                }
                SessionLife::Closed(_) => object.owner = Keeper::Gone,
                _ if object.lasting => object.owner = Keeper::Detached,
                _ => object.depart(Keeper::Orphan),
            }
        }
        self.life = SessionLife::Recovered;
    }
}

impl ObjectRecord {
    fn mine(&self) -> bool {
        self.owner == Keeper::Session
    }

    fn at_rest(&self) -> bool {
        !self.reader && self.writer == 0 && self.loan == Loan::None
    }

    fn depart(&mut self, owner: Keeper) {
        self.seq += 1;
        self.owner = owner;
    }

    fn put_back(&mut self) {
        match self.from {
            Keeper::Orphan => self.depart(Keeper::Orphan),
            from => self.owner = from,
        }
    }

    fn take(&mut self, number: u8) -> Answer {
        (self.from, self.taken, self.owner) = (self.owner, number, Keeper::Session);
        Answer::Version(self.version)
    }

    fn install(&mut self, version: u8, bytes: u8) -> Answer {
        (self.version, self.bytes) = (version, bytes);
        Answer::Version(version)
    }

    fn count(&mut self) -> u8 {
        self.last += 1;
        self.last
    }

    fn run(&mut self, call: Call, number: u8, mutant: Option<&str>) -> Answer {
        match call.script {
            Script::Adopt if matches!(self.owner, Keeper::Detached | Keeper::Orphan) && self.at_rest() => {
                self.take(number)
            }
            Script::Claim if self.owner == Keeper::Transit && self.seq == call.own => self.take(number),
            Script::Send if self.mine() && self.at_rest() => {
                self.depart(Keeper::Transit);
                Answer::Sent(self.seq)
            }
            Script::Detach if self.mine() && self.at_rest() => {
                (self.owner, self.lasting) = (Keeper::Detached, true);
                Answer::Done
            }
            Script::PutBack if self.mine() && self.at_rest() => {
                self.put_back();
                Answer::Done
            }
            Script::DropOwner if self.mine() => {
                (self.owner, self.loan) = (Keeper::Gone, Loan::None);
                Answer::Done
            }
            Script::OpenShared | Script::End if self.mine() => self.lend(call, number, mutant),
            Script::OwnerCommit if self.mine() && self.at_rest() => {
                if self.version != call.own {
                    return Answer::Diverged;
                }
                let version = self.count();
                self.install(version, call.bytes)
            }
            Script::Share if self.owner == Keeper::Detached && self.writer == 0 => {
                let before = std::mem::replace(&mut self.reader, true);
                if before { Answer::Joined } else { Answer::Shared }
            }
            Script::RedeemExclusive if self.loan == Loan::Offered => {
                (self.loan, self.writer) = (Loan::Taken, self.count());
                Answer::Exclusive(self.writer)
            }
            Script::GiveBack => {
                self.reader = false;
                Answer::Done
            }
            Script::Abort | Script::AbortBack => self.abort(call, mutant),
            Script::Commit => self.commit(call, mutant),
            Script::Other => Answer::Done,
            _ => Answer::Refused,
        }
    }

    fn lend(&mut self, call: Call, number: u8, mutant: Option<&str>) -> Answer {
        match (call.script, self.loan) {
            (Script::OpenShared, Loan::Shared(_)) => Answer::Opened,
            (Script::OpenShared, _) if self.at_rest() => {
                self.loan = Loan::Shared(number);
                Answer::Opened
            }
            (Script::End, Loan::Shared(opened)) => {
                if call.own == 0 || call.own == opened || mutant == Some("undo any loan") {
                    self.loan = Loan::None;
                }
                Answer::Done
            }
            (Script::End, _) => Answer::Done,
            _ => Answer::Refused,
        }
    }

    fn abort(&mut self, call: Call, mutant: Option<&str>) -> Answer {
        if self.writer == call.own && self.writer != 0 {
            self.writer = 0;
            let back = call.script == Script::AbortBack && mutant != Some("undo a redemption without its ticket");
            if back && self.loan == Loan::Taken {
                self.loan = Loan::Offered;
            }
        }
        Answer::Done
    }

    fn commit(&mut self, call: Call, mutant: Option<&str>) -> Answer {
        if self.writer != call.own || self.writer == 0 {
            return match self.committed {
                _ if mutant == Some("forget the commit") => Answer::Fenced,
                (token, bytes) if (token, bytes) == (call.own, call.bytes) => Answer::Version(token),
                (token, _) if token == call.own => Answer::Diverged,
                _ => Answer::Fenced,
            };
        }
        self.writer = 0;
        self.committed = (call.own, call.bytes);
        self.install(call.own, call.bytes)
    }
}
