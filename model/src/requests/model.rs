//! The model: what may happen next, and how far to search.

use super::channel::{Channel, Doing};
use super::rules;
use super::server::{Keeper, Loan, Server, SessionLife};
use super::state::{Budget, Call, Handles, Reply, RequestState, Script};
use crate::protocol::Found;
use stateright::{Checker, HasDiscoveries, Model, Property};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// One session with a server, and what may happen to them.
#[derive(Clone, Debug)]
pub struct Requests {
    /// The calls that the session may make.
    pub calls: &'static [Script],
    /// The object's owner and its loan at first.
    pub first: (Keeper, Loan),
    /// How often each event may happen.
    pub budget: Budget,
    /// The seeded mistake, if there is one.
    pub mutant: Option<&'static str>,
    /// A bit for each kind of step that was taken, by its place in [`KINDS`].
    pub seen: Arc<AtomicU32>,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestStep {
    /// The caller makes a call.
    Call(Call),
    /// The caller drops something, and does not wait.
    Post(Call),
    /// The session sends what was not sent.
    Send,
    /// The server reads a request.
    Serve,
    /// The server replies with an error, and does not obey.
    Fail,
    /// The session reads a reply.
    Receive,
    /// A request arrives on a connection that the session has left.
    Arrive(usize),
    /// A request is lost.
    LoseRequest,
    /// The replies on a connection are lost from now on.
    LoseAnswers,
    /// The connection breaks.
    Break,
    /// The session leaves a connection on which no reply comes any more.
    TimeOut,
    /// The caller stops waiting.
    GiveUp,
    /// The caller closes the session.
    Close,
    /// The close is sent.
    SendClose,
    /// The server reads the close.
    ServeClose,
    /// The server starts anew with its state.
    Restart,
    /// The server writes its state down.
    Save,
    /// The server starts anew with the state that it wrote down.
    FallBack,
    /// The session's lease runs out.
    Expire,
    /// Another session recovers the dead one.
    Recover,
    /// Another session takes the object.
    OtherTakes,
    /// Another session detaches the object.
    OtherDetaches,
}

/// The kinds of steps. To read a reply is a step of one of several kinds.
pub const KINDS: &[&str] = &[
    "call",
    "post",
    "send",
    "serve",
    "fail",
    "answer",
    "old",
    "gap",
    "lost",
    "error",
    "arrive",
    "lose request",
    "lose answers",
    "break",
    "time out",
    "give up",
    "close",
    "send close",
    "serve close",
    "restart",
    "save",
    "fall back",
    "expire",
    "recover",
    "other takes",
    "other detaches",
    "drop a reply",
];

use RequestStep as Step;

impl Requests {
    /// Returns the kinds of step in [`KINDS`] that no search has taken.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        let seen = self.seen.load(Ordering::Relaxed);
        KINDS.iter().enumerate().filter(move |(nth, _)| seen & 1 << nth == 0).map(|(_, kind)| *kind)
    }

    fn note(&self, state: &RequestState, step: Step) {
        let kind = kind(state, step);
        let bit = KINDS.iter().position(|known| *known == kind).map_or(0, |nth| 1 << nth);
        if self.seen.load(Ordering::Relaxed) & bit == 0 {
            self.seen.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Adds the steps that the caller may take.
    fn caller(&self, state: &RequestState, steps: &mut Vec<Step>) {
        let (channel, left) = (&state.channel, &state.left);
        match channel.doing {
            Doing::Nothing => {
                steps.push(Step::Close);
                if left.calls > 0 {
                    let calls = self.calls.iter().flat_map(|script| calls_of(*script, &channel.handles));
                    steps.extend(calls.map(Step::Call));
                    steps.extend(posts_of(&channel.handles).map(Step::Post));
                }
            }
            Doing::Finishing(_) | Doing::Calling(_) if left.give_ups > 0 => steps.push(Step::GiveUp),
            Doing::Closing if channel.is_quiet() || left.give_ups > 0 => steps.push(Step::SendClose),
            _ => {}
        }
    }

    /// Adds the steps that may happen to the connections.
    fn connection(state: &RequestState, steps: &mut Vec<Step>) {
        let left = &state.left;
        if !state.channel.is_over() && state.channel.has_unsent() {
            steps.push(Step::Send);
        }
        steps.extend((0..state.late.len()).map(Step::Arrive));
        let Some(link) = &state.link else { return };
        if !link.replies.is_empty() {
            steps.push(Step::Receive);
        }
        if !link.requests.is_empty() {
            steps.push(Step::Serve);
            steps.extend((left.errors > 0).then_some(Step::Fail));
            steps.extend((left.lost_requests > 0).then_some(Step::LoseRequest));
        }
        steps.extend((left.lost_answers > 0 && !link.mute).then_some(Step::LoseAnswers));
        let waits = state.channel.dropping > 0 || state.channel.window.iter().any(|sent| sent.on_the_wire);
        if link.requests.is_empty() && link.replies.is_empty() && waits {
            steps.push(Step::TimeOut);
        } else if left.breaks > 0 {
            steps.push(Step::Break);
        }
    }

    /// Adds the steps that may happen to the server, and those of other sessions.
    fn server(state: &RequestState, steps: &mut Vec<Step>) {
        let (server, left) = (&state.server, &state.left);
        let closed = state.channel.is_over() && state.closing.is_none();
        match server.life {
            SessionLife::Alive => steps.extend((left.losses > 0 || closed).then_some(Step::Expire)),
            SessionLife::Closed(_) | SessionLife::Lost => steps.push(Step::Recover),
            SessionLife::Recovered => {}
        }
        steps.extend(state.closing.map(|_| Step::ServeClose));
        steps.extend((left.restarts > 0).then_some(Step::Restart));
        if left.fall_backs > 0 {
            steps.extend([Step::Save, Step::FallBack].into_iter().filter(|_| state.saved != *server));
        }
        if left.others > 0 {
            let object = &server.object;
            let known = object.owner == Keeper::Transit && state.channel.handles.sent == object.seq && object.seq > 0;
            let free = object.owner == Keeper::Detached && object.writer == 0 && !object.reader;
            steps.extend((known || free || object.owner == Keeper::Orphan).then_some(Step::OtherTakes));
            let rests = object.owner == Keeper::Another && object.loan == Loan::None;
            steps.extend(rests.then_some(Step::OtherDetaches));
        }
    }
}

/// Returns the kind of a step from this state, as [`KINDS`] has it.
fn kind(state: &RequestState, step: Step) -> &'static str {
    match step {
        Step::Call(_) => "call",
        Step::Post(_) => "post",
        Step::Send => "send",
        Step::Serve => "serve",
        Step::Fail => "fail",
        Step::Receive if state.channel.dropping > 0 => "drop a reply",
        Step::Receive => match state.link.as_ref().and_then(|link| link.replies.first()) {
            Some(Reply::Old) => "old",
            Some(Reply::Gap(_)) => "gap",
            Some(Reply::Lost) => "lost",
            Some(Reply::Error) => "error",
            _ => "answer",
        },
        Step::Arrive(_) => "arrive",
        Step::LoseRequest => "lose request",
        Step::LoseAnswers => "lose answers",
        Step::Break => "break",
        Step::TimeOut => "time out",
        Step::GiveUp => "give up",
        Step::Close => "close",
        Step::SendClose => "send close",
        Step::ServeClose => "serve close",
        Step::Restart => "restart",
        Step::Save => "save",
        Step::FallBack => "fall back",
        Step::Expire => "expire",
        Step::Recover => "recover",
        Step::OtherTakes => "other takes",
        Step::OtherDetaches => "other detaches",
    }
}

/// Returns the calls of a script that make sense with these handles.
fn calls_of(script: Script, handles: &Handles) -> Vec<Call> {
    let one = |may: bool, own: u8| may.then(|| Call::new(script, own)).into_iter().collect();
    let bytes =
        |may: bool, own: u8| [1, 2].into_iter().filter(|_| may).map(|bytes| Call { script, own, bytes }).collect();
    match script {
        Script::Adopt => one(!handles.owns, 0),
        // The object is in transit from the start, and its ticket names the departure 0.
        Script::Claim => one(!handles.owns, 0),
        Script::Send | Script::Detach | Script::OpenShared => one(handles.owns, 0),
        Script::End => one(handles.owns && handles.lent, 0),
        Script::OwnerCommit => bytes(handles.owns, handles.base),
        Script::Share => one(handles.reads < 2, 0),
        Script::RedeemExclusive => one(handles.token == 0, 0),
        Script::Commit => bytes(handles.token != 0, handles.token),
        Script::Other => one(true, 0),
        _ => Vec::new(),
    }
}

/// Returns the calls by which the caller may drop a handle.
fn posts_of(handles: &Handles) -> impl Iterator<Item = Call> {
    let owner = handles.owns.then(|| Call::new(Script::DropOwner, 0));
    let borrow = (handles.reads > 0).then(|| Call::new(Script::GiveBack, 0));
    let writer = (handles.token > 0).then(|| Call::new(Script::Abort, handles.token));
    [owner, borrow, writer].into_iter().flatten()
}

impl RequestState {
    fn serve(&mut self, fails: bool) -> Option<()> {
        let mutant = self.mutant;
        let link = self.link.as_mut()?;
        let request = link.requests.remove(0);
        let reply = if fails { Reply::Error } else { self.server.obey(request, mutant) };
        if !link.mute {
            link.replies.push(reply);
        }
        Some(())
    }

    fn connection_step(&mut self, step: Step) -> Option<()> {
        match step {
            Step::Send => self.send(),
            Step::Serve => self.serve(false)?,
            Step::Fail => {
                self.left.errors -= 1;
                self.serve(true)?;
            }
            Step::Receive => self.receive(),
            Step::Arrive(nth) => {
                let request = self.late.remove(nth);
                let _not_read = self.server.obey(request, self.mutant);
            }
            Step::LoseRequest => {
                self.left.lost_requests -= 1;
                self.link.as_mut()?.requests.remove(0);
            }
            Step::LoseAnswers => {
                self.left.lost_answers -= 1;
                Self::mute(self.link.as_mut()?);
            }
            Step::Break => {
                self.left.breaks -= 1;
                self.disconnect();
            }
            _ => self.disconnect(),
        }
        Some(())
    }

    fn caller_step(&mut self, step: Step) {
        match step {
            Step::Call(call) => {
                self.left.calls -= 1;
                self.call(call);
            }
            Step::Post(call) => {
                self.left.calls -= 1;
                self.post(call);
            }
            Step::GiveUp => {
                self.left.give_ups -= 1;
                self.give_up();
            }
            Step::SendClose => {
                self.left.give_ups -= u8::from(!self.channel.is_quiet());
                self.close();
            }
            _ => self.channel.doing = Doing::Closing,
        }
    }

    fn server_step(&mut self, step: Step) {
        match step {
            Step::ServeClose => {
                let answered = self.closing.take().unwrap_or_default();
                self.server.end(SessionLife::Closed(answered));
            }
            Step::Restart => {
                self.left.restarts -= 1;
                self.cut();
            }
            Step::Save => self.saved = self.server,
            Step::FallBack => {
                self.left.fall_backs -= 1;
                (self.server, self.fell_back) = (self.saved, true);
                self.cut();
            }
            Step::Expire => {
                self.left.losses = self.left.losses.saturating_sub(1);
                self.server.end(SessionLife::Lost);
            }
            Step::Recover => {
                let before = self.server;
                self.server.recover(self.mutant);
                rules::check_recovery(&before, self);
            }
            _ => {
                self.left.others -= 1;
                let takes = step == Step::OtherTakes;
                self.server.object.owner = if takes { Keeper::Another } else { Keeper::Detached };
            }
        }
    }
}

impl Model for Requests {
    type State = RequestState;
    type Action = Step;

    fn init_states(&self) -> Vec<RequestState> {
        let server = Server::new(self.first.0, self.first.1);
        let owns = self.first.0 == Keeper::Session;
        let handles = Handles { owns, base: u8::from(owns), ..Handles::default() };
        vec![RequestState {
            server,
            saved: server,
            channel: Channel::new(handles),
            link: None,
            late: Vec::new(),
            closing: None,
            withdrawn: 0,
            fell_back: false,
            acknowledged: (0, 0),
            left: self.budget,
            mutant: self.mutant,
            broken: None,
        }]
    }

    fn actions(&self, state: &RequestState, steps: &mut Vec<Step>) {
        self.caller(state, steps);
        Self::connection(state, steps);
        Self::server(state, steps);
    }

    fn next_state(&self, before: &RequestState, step: Step) -> Option<RequestState> {
        self.note(before, step);
        let mut after = before.clone();
        match step {
            Step::Call(_) | Step::Post(_) | Step::GiveUp | Step::Close | Step::SendClose => after.caller_step(step),
            Step::ServeClose
            | Step::Restart
            | Step::Save
            | Step::FallBack
            | Step::Expire
            | Step::Recover
            | Step::OtherTakes
            | Step::OtherDetaches => after.server_step(step),
            _ => after.connection_step(step)?,
        }
        rules::check(&mut after);
        Some(after)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("the rules", |_, state: &RequestState| state.broken.is_none())]
    }
}

impl Requests {
    /// Searches until all states are visited, or `most` of them, or a rule does not hold.
    #[must_use]
    pub fn search(&self, most: usize) -> Found {
        let checker = self.clone().checker().threads(2).target_state_count(most).finish_when(HasDiscoveries::Any);
        let checker = checker.spawn_bfs().join();
        let broken = checker.discovery("the rules").map(|path| {
            let sentence = path.last_state().broken.unwrap_or_default();
            let line = |(state, step): &(RequestState, Option<Step>)| match step {
                Some(step) => format!("{step:?}\n"),
                None => format!("{state:#?}\n"),
            };
            (sentence, path.into_vec().iter().map(line).collect())
        });
        Found { states: checker.unique_state_count(), broken }
    }
}
