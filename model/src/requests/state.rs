//! The state of the model: the server, the connections, the session's channel, and what its caller holds.

use super::channel::Channel;
use super::server::Server;

/// The scripts that the session calls, on its one object. `Other` stands for a call on another object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "they are the server's scripts")]
pub enum Script {
    Adopt,
    Claim,
    Send,
    /// `leave.lua` that detaches the object.
    Detach,
    /// `leave.lua` that undoes an adoption or a claim.
    PutBack,
    DropOwner,
    OpenShared,
    End,
    OwnerCommit,
    Share,
    GiveBack,
    RedeemExclusive,
    /// `abort.lua` of a caller that has the borrow.
    Abort,
    /// `abort.lua` that undoes a redemption: the ticket fits again.
    AbortBack,
    Commit,
    Other,
}

/// A call of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    /// The script.
    pub script: Script,
    /// The script's own number: a token, a base, a departure, or the request that is undone. 0 if it has none.
    pub own: u8,
    /// A number that stands for the bytes that the script writes, or 0 if it writes none.
    pub bytes: u8,
}

impl Call {
    pub(crate) fn new(script: Script, own: u8) -> Self {
        Self { script, own, bytes: 0 }
    }
}

/// A request on its way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// Tells requests apart, also two that have one number. The session does not send it; the rules compare it.
    pub id: u8,
    /// The session's number of the request.
    pub number: u8,
    /// The call of a script.
    pub call: Call,
}

/// A script's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are the scripts' answers")]
pub enum Answer {
    Done,
    Version(u8),
    Opened,
    Shared,
    Joined,
    Exclusive(u8),
    Sent(u8),
    Fenced,
    Diverged,
    Refused,
}

impl Answer {
    pub(crate) fn is_ok(self) -> bool {
        !matches!(self, Self::Fenced | Self::Diverged | Self::Refused)
    }
}

/// A reply on its way to the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// The id of a request, and the script's answer to it.
    Answered(u8, Answer),
    /// The request was not obeyed now: a later request was obeyed before.
    Old,
    /// The request was not obeyed, since a request before it is missing. The number is that of the last obeyed one.
    Gap(u8),
    /// The session is dead.
    Lost,
    /// An error in place of an answer, such as that of an unknown script. The request was not obeyed.
    Error,
}

/// The connection that the session uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Link {
    /// The requests that the server has not read, the first one first.
    pub requests: Vec<Request>,
    /// The replies that the session has not read.
    pub replies: Vec<Reply>,
    /// Whether replies get lost from now on.
    pub mute: bool,
}

/// What the session's caller has in its hands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Handles {
    /// Whether it has the owner.
    pub owns: bool,
    /// Whether the caller has dropped the owner that it had last.
    pub dropped: bool,
    /// The version that the owner knows.
    pub base: u8,
    /// Whether the owner is lent.
    pub lent: bool,
    /// How many shared borrows it has.
    pub reads: u8,
    /// The token of the exclusive borrow, or 0.
    pub token: u8,
    /// Whether the exclusive ticket was redeemed by it.
    pub redeemed: bool,
    /// The departure in the ticket that it got last, or 0.
    pub sent: u8,
}

/// How often each event may happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Calls of the session.
    pub calls: u8,
    /// Calls that stop waiting for their reply.
    pub give_ups: u8,
    /// Connections that break. Requests on such a connection may still arrive.
    pub breaks: u8,
    /// Single requests that are lost.
    pub lost_requests: u8,
    /// Connections on which replies are lost.
    pub lost_answers: u8,
    /// Errors in place of a reply.
    pub errors: u8,
    /// Restarts of the server with all that it had.
    pub restarts: u8,
    /// Restarts of the server with an older state.
    pub fall_backs: u8,
    /// Leases that run out.
    pub losses: u8,
    /// Steps of another session with the object.
    pub others: u8,
}

/// The whole state of the model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestState {
    /// The server.
    pub server: Server,
    /// An older state of the server: a restart may fall back to it.
    pub saved: Server,
    /// The session's side.
    pub channel: Channel,
    /// The connection in use.
    pub link: Option<Link>,
    /// Requests on connections that the session has left.
    pub late: Vec<Request>,
    /// The close on its way to the server. The close names the last request whose reply was taken up.
    pub closing: Option<u8>,
    /// A bit for each request, by its id, whose caller was told that it was not done.
    pub withdrawn: u64,
    /// Whether the server has fallen back.
    pub fell_back: bool,
    /// The last commit that was acknowledged: its version and bytes.
    pub acknowledged: (u8, u8),
    /// What may still happen.
    pub left: Budget,
    /// The seeded mistake, if there is one.
    pub mutant: Option<&'static str>,
    /// The first rule that does not hold.
    pub broken: Option<&'static str>,
}

impl RequestState {
    pub(crate) fn require(&mut self, sentence: &'static str, holds: bool) {
        if !holds && self.broken.is_none() {
            self.broken = Some(sentence);
        }
    }

    pub(crate) fn is_wrong(&self, mutant: &str) -> bool {
        self.mutant == Some(mutant)
    }
}
