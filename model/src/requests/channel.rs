//! The session's side: its numbered requests, and the connection. Follows `channel.rs`, `wire.rs`, `pending.rs`
//! and `posted.rs`.

use super::late::LateReplies;
use super::rules;
use super::server::SessionLife;
use super::state::{Answer, Call, Handles, Link, Reply, Request, RequestState, Script};

/// What is done with a request's reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in `pending.rs`")]
pub enum PendingKind {
    Called,
    GivenUp,
    Posted,
}

/// A request that has no reply yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in `pending.rs`")]
pub struct PendingCall {
    pub request: Request,
    pub kind: PendingKind,
    pub on_the_wire: bool,
    pub uncertain: bool,
    /// The number of the request that this one undoes, or 0.
    pub undoes: u8,
}

/// What the caller is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doing {
    /// No call is made. The background thread reads the replies to requests that were posted or given up.
    Nothing,
    /// A call waits until the fate of the request that was given up before is known.
    Finishing(Call),
    /// A call waits for its reply.
    Calling(Call),
    /// The session is closed: its last requests are completed.
    Closing,
    /// The session is closed or lost.
    Over,
}

/// The session's channel, and what its caller holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in `channel.rs`")]
pub struct Channel {
    pub window: Vec<PendingCall>,
    pub last: u8,
    pub postponed: Vec<(Call, u8)>,
    pub late: LateReplies,
    pub doing: Doing,
    /// How many replies are still to be dropped after an error.
    pub dropping: u8,
    pub handles: Handles,
    /// The id of the last request.
    pub ids: u8,
}

impl Channel {
    pub(crate) fn new(handles: Handles) -> Self {
        Self {
            window: Vec::new(),
            last: 0,
            postponed: Vec::new(),
            late: LateReplies::default(),
            doing: Doing::Nothing,
            dropping: 0,
            handles,
            ids: 0,
        }
    }

    pub(crate) fn has_given_up(&self) -> bool {
        self.window.iter().any(|sent| sent.kind == PendingKind::GivenUp)
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.window.is_empty() && self.postponed.is_empty()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.doing == Doing::Over
    }

    pub(crate) fn has_unsent(&self) -> bool {
        self.dropping == 0 && self.window.iter().any(|sent| !sent.on_the_wire)
    }

    fn answered(&self) -> u8 {
        self.last - self.window.len() as u8
    }

    /// Returns the number of the last request whose reply was taken up: the close tells it to the server. If requests
    /// are being undone, that is the number before the first of these requests: no caller knows their replies.
    fn taken_up(&self) -> u8 {
        let undone = self.window.iter().filter(|sent| sent.undoes != 0).map(|sent| sent.undoes - 1);
        undone.chain([self.answered()]).min().unwrap_or_default()
    }

    fn push(&mut self, call: Call, kind: PendingKind, undoes: u8) {
        self.last += 1;
        self.ids += 1;
        let request = Request { id: self.ids, number: self.last, call };
        self.window.push(PendingCall { request, kind, on_the_wire: false, uncertain: false, undoes });
    }

    fn lose(&mut self) {
        self.window.clear();
        self.postponed.clear();
        self.dropping = 0;
        self.doing = Doing::Over;
    }
}

impl RequestState {
    /// Begins a call, as `Channel::call` does.
    pub(crate) fn call(&mut self, call: Call) {
        if let Some(answer) = self.channel.late.take(call) {
            self.tell(call, answer);
        } else if self.resume(call) {
            self.channel.doing = Doing::Calling(call);
        } else {
            self.channel.doing = Doing::Finishing(call);
            self.go_on();
        }
    }

    fn resume(&mut self, call: Call) -> bool {
        let any_bytes = self.is_wrong("take commits for alike");
        let is_like = |sent: &Call| sent.is_like(&call) || any_bytes && sent.script == call.script;
        if !self.channel.postponed.is_empty() {
            return false;
        }
        let last = self.channel.window.last_mut();
        match last.filter(|sent| sent.kind == PendingKind::GivenUp && is_like(&sent.request.call)) {
            Some(sent) => {
                sent.kind = PendingKind::Called;
                true
            }
            None => false,
        }
    }

    /// If the window has no request that was given up, puts the postponed requests into the window, and behind them the
    /// call that waits for this, if there is one.
    fn go_on(&mut self) {
        let mutant = self.mutant;
        if self.channel.has_given_up() && mutant != Some("do not wait for a fate") {
            return;
        }
        for (call, undoes) in std::mem::take(&mut self.channel.postponed) {
            self.channel.push(call, PendingKind::Posted, undoes);
        }
        if let Doing::Finishing(call) = self.channel.doing {
            let based = self.channel.late.rebased(call, mutant);
            self.channel.push(based, PendingKind::Called, 0);
            self.channel.doing = Doing::Calling(call);
        }
    }

    /// Drops the owner or a borrow without waiting, as `Channel::post` does. If other shared borrows
    /// remain, a dropped shared borrow makes no request.
    pub(crate) fn post(&mut self, call: Call) {
        let handles = &mut self.channel.handles;
        match call.script {
            Script::DropOwner => (handles.owns, handles.lent, handles.dropped) = (false, false, true),
            Script::Abort => handles.token = 0,
            _ => handles.reads -= 1,
        }
        if call.script == Script::GiveBack && self.channel.handles.reads > 0 {
            return;
        }
        if self.channel.has_given_up() {
            self.channel.postponed.push((call, 0));
        } else {
            self.channel.push(call, PendingKind::Posted, 0);
        }
    }

    /// Sends the requests that were not sent on this connection. Connects first if there is no connection.
    pub(crate) fn send(&mut self) {
        let link = self.link.get_or_insert_default();
        for sent in self.channel.window.iter_mut().filter(|sent| !sent.on_the_wire) {
            sent.on_the_wire = true;
            link.requests.push(sent.request);
        }
    }

    /// Closes the connection. Its requests may still arrive.
    pub(crate) fn disconnect(&mut self) {
        if let Some(link) = self.link.take() {
            for request in link.requests {
                if !self.late.contains(&request) {
                    self.late.push(request);
                }
            }
            self.late.sort_unstable();
        }
        self.channel.dropping = 0;
        for sent in &mut self.channel.window {
            sent.uncertain |= sent.on_the_wire;
            sent.on_the_wire = false;
        }
    }

    /// Reads one reply.
    pub(crate) fn receive(&mut self) {
        let Some(link) = &mut self.link else { return };
        let reply = link.replies.remove(0);
        if self.channel.dropping > 0 {
            self.channel.dropping -= 1;
            if self.channel.dropping == 0 {
                self.resend();
            }
            return;
        }
        match reply {
            Reply::Answered(id, answer) => {
                let front = self.channel.window[0];
                // The reply to a later request proves that a posted request was obeyed. No caller needs a post's
                // answer.
                self.require(rules::OWN_ANSWER, front.request.id == id || front.kind == PendingKind::Posted);
                self.accept(front, answer);
            }
            Reply::Old => {
                let front = self.channel.window[0];
                self.require(rules::OWN_ANSWER, front.kind == PendingKind::Posted);
                self.accept(front, Answer::Done);
            }
            Reply::Gap(last) if last >= self.channel.answered() && !self.is_wrong("take a gap for a fall-back") => {
                self.disconnect();
            }
            Reply::Gap(_) => {
                self.require(rules::CAUSE, self.fell_back);
                self.server.end(SessionLife::Lost);
                self.leave();
            }
            Reply::Lost => self.leave(),
            Reply::Error => {
                let others = self.channel.window.iter().skip(1).filter(|sent| sent.on_the_wire).count();
                self.channel.dropping = others as u8;
                if others == 0 {
                    self.resend();
                }
            }
        }
    }

    /// Marks all requests as not sent, after the first of them got an error. If an earlier copy of the first request
    /// was obeyed, there was no gap before the other requests, and the server may have obeyed them, too.
    fn resend(&mut self) {
        let doubt = self.channel.window[0].uncertain && !self.is_wrong("trust that what follows an error was a gap");
        for sent in &mut self.channel.window {
            sent.uncertain |= doubt && sent.on_the_wire;
            sent.on_the_wire = false;
        }
    }

    fn accept(&mut self, sent: PendingCall, answer: Answer) {
        self.channel.window.remove(0);
        let (call, mutant) = (sent.request.call, self.mutant);
        if sent.kind == PendingKind::GivenUp && answer.is_ok() {
            let undo = self.channel.late.keep(call, sent.request.number, answer, mutant);
            let undo = undo.filter(|_| mutant != Some("do not undo"));
            let at = if mutant == Some("undo behind what was dropped") { self.channel.postponed.len() } else { 0 };
            self.channel.postponed.splice(at..at, undo.map(|undo| (undo, sent.request.number)));
        } else if answer.is_ok() {
            self.channel.late.outdate(call, mutant);
        }
        if let (PendingKind::Called, Doing::Calling(asked)) = (sent.kind, self.channel.doing) {
            self.channel.doing = Doing::Nothing;
            self.tell(asked, answer);
        }
        self.go_on();
    }

    /// Hands an answer to the caller, and changes the caller's handles.
    fn tell(&mut self, call: Call, answer: Answer) {
        let handles = &mut self.channel.handles;
        match (call.script, answer) {
            (Script::Adopt | Script::Claim, Answer::Version(base)) => {
                *handles = Handles { owns: true, dropped: false, base, lent: false, ..*handles };
            }
            (Script::Detach, Answer::Done) => handles.owns = false,
            (Script::Send, Answer::Sent(seq)) => (handles.owns, handles.sent) = (false, seq),
            (Script::OpenShared, Answer::Opened) => handles.lent = true,
            (Script::End, Answer::Done) => handles.lent = false,
            (Script::Share, Answer::Shared | Answer::Joined) => handles.reads += 1,
            (Script::RedeemExclusive, Answer::Exclusive(token)) => (handles.token, handles.redeemed) = (token, true),
            (Script::OwnerCommit, Answer::Version(version)) => {
                handles.base = version;
                self.acknowledged = (version, call.bytes);
            }
            (Script::Commit, Answer::Version(version)) => {
                handles.token = 0;
                self.acknowledged = (version, call.bytes);
            }
            (Script::Commit, _) => handles.token = 0,
            _ => {}
        }
        let fenced = answer == Answer::Fenced && self.server.object.committed.0 == call.own;
        let diverged = answer == Answer::Diverged && call.script == Script::OwnerCommit;
        self.require(rules::REFUSED, self.fell_back || !fenced && !diverged);
    }

    /// Stops waiting for a reply, as `Channel::retry_or_give_up` does when the time is over.
    pub(crate) fn give_up(&mut self) {
        self.disconnect();
        let doing = std::mem::replace(&mut self.channel.doing, Doing::Nothing);
        if !matches!(doing, Doing::Calling(_)) {
            return; // The present call was not sent.
        }
        let blind = self.is_wrong("withdraw what was sent");
        match self.channel.window.last_mut() {
            Some(sent) if sent.uncertain && !blind => sent.kind = PendingKind::GivenUp,
            _ => {
                self.withdrawn |= self.channel.window.pop().map_or(0, |sent| 1 << sent.request.id);
                self.channel.last -= 1;
            }
        }
    }

    /// Sends the close: all requests are completed, or the time for that is over.
    pub(crate) fn close(&mut self) {
        let channel = &self.channel;
        let plain = self.is_wrong("close without a word of what is undone");
        self.closing = Some(if plain { channel.answered() } else { channel.taken_up() });
        self.leave();
    }

    fn leave(&mut self) {
        self.disconnect();
        self.channel.lose();
    }

    /// Loses all messages on their way, since the server starts anew.
    pub(crate) fn cut(&mut self) {
        self.disconnect();
        self.late.clear();
        self.closing = None;
    }

    /// Loses the replies that are on their way, and all later ones on this connection.
    pub(crate) fn mute(link: &mut Link) {
        link.replies.clear();
        link.mute = true;
    }
}
