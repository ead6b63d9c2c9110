//! Requests, each obeyed exactly once, in their order.
//!
//! A session numbers its requests. The server obeys the next number only, and remembers the last answer; so whatever is
//! sent again after a lost connection is obeyed if it was not before, and answered as before if it was. What needs no
//! answer at once is sent and not waited for: its answer is read before the next one's.
//!
//! When a request's answer does not come for too long, the caller is told that nobody knows, and the request stays in
//! the window. The same request, made again, gets that answer (an idempotent retry), also if another thread has read it
//! meanwhile; else what it turns out to have taken is given back. `late` has both.

use super::call::{NUMBER, ScriptCall, exchange, load, packed, received, run};
use super::connect::Connector;
use super::fault::{ServerFault, forgotten, indeterminate, unreachable};
use super::late::LateReplies;
use super::reply::{Granted, ScriptReply};
use super::request::Closing;
use super::script;
use crate::backend::session_over;
use crate::sync::{Instant, deadline};
use crate::{Error, ErrorKind, Result};
use redis::{Connection, Value};
use std::collections::VecDeque;
use std::time::Duration;

/// A request that is on its way.
struct PendingCall {
    call: ScriptCall,
    /// On the present connection.
    on_the_wire: bool,
    /// It was on another, whose answer never came: it may have been obeyed.
    uncertain: bool,
    /// Nobody waits for it any more, since it took too long.
    given_up: bool,
}

/// What the caller is told.
pub(super) enum CallOutcome {
    Ok(Granted),
    No(super::reply::ScriptRefusal),
    /// The new version has to be staged again.
    Unstaged,
}

pub(super) struct Channel {
    connector: Connector,
    connection: Option<Connection>,
    window: VecDeque<PendingCall>,
    /// The number of the last request.
    last: u64,
    /// How long a caller waits.
    patience: Duration,
    lost: bool,
    closing: Closing,
    /// What waits until it is known what became of a request that was given up.
    postponed: Vec<ScriptCall>,
    late: LateReplies,
}

/// More requests than this are not sent without reading their answers.
const WINDOW: usize = 64;
/// Whoever has not got anywhere after so many steps never will.
const ROUNDS: usize = 10_000;
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

impl Channel {
    pub(super) fn new(connector: Connector, connection: Connection, patience: Duration, closing: Closing) -> Self {
        let (window, connection) = (VecDeque::new(), Some(connection));
        Self {
            connector,
            connection,
            window,
            last: 0,
            patience,
            lost: false,
            closing,
            postponed: Vec::new(),
            late: LateReplies::default(),
        }
    }

    /// The session is over: nothing of it is obeyed any more.
    pub(super) fn lose(&mut self) {
        self.lost = true;
        self.window.clear();
    }

    /// Makes a request, and waits for its answer.
    pub(super) fn call(&mut self, call: ScriptCall) -> Result<CallOutcome> {
        let until = deadline(self.patience);
        if let Some(granted) = self.late.take(&call).filter(|_| !self.lost) {
            return Ok(CallOutcome::Ok(granted));
        }
        if !self.resume(&call) {
            // What was given up before is in the way, and this was not sent.
            self.finish_given_up(until).map_err(|error| match error.kind() {
                ErrorKind::Indeterminate => unreachable("an earlier request has no answer yet").with_source(error),
                _ => error,
            })?;
            let call = self.late.rebased(call);
            self.push(call);
        }
        let outcome = self.complete_window(until);
        outcome.and_then(|outcome| outcome.ok_or_else(|| unreachable("no answer")))
    }

    /// Makes a request, and does not wait.
    pub(super) fn post(&mut self, call: ScriptCall) {
        if self.lost {
            return;
        }
        if self.has_given_up() {
            self.postponed.push(call);
            return;
        }
        self.push(call);
        let full = self.window.len() > WINDOW;
        if full || self.connection.is_none() || self.send().is_err() {
            self.disconnect();
        }
        if full {
            // Read what has come; what has not is sent again with the next request.
            let _later = self.complete_window(deadline(self.patience));
        }
    }

    /// Whether nothing is on its way.
    pub(super) fn is_quiet(&self) -> bool {
        self.window.is_empty() && self.postponed.is_empty()
    }

    /// Waits for the answers of all that was posted.
    pub(super) fn drain(&mut self) -> Result<()> {
        let until = deadline(self.patience);
        self.finish_given_up(until)?;
        self.complete_window(until).map(|_| ())
    }

    /// A question that changes nothing, in the order of the requests.
    pub(super) fn ask(&mut self, call: &ScriptCall) -> Result<ScriptReply> {
        let until = deadline(self.patience);
        loop {
            self.complete_window(until)?;
            match self.run_once(call) {
                Ok(value) => return ScriptReply::read(value),
                Err(fault) => self.retry_read(fault, until)?,
            }
        }
    }

    /// A plain command that changes nothing.
    pub(super) fn plain(&mut self, command: &redis::Cmd) -> Result<Value> {
        let until = deadline(self.patience);
        loop {
            self.complete_window(until)?;
            let asked = self.connected().and_then(|connection| exchange(connection, &command.get_packed_command()));
            match asked {
                Ok(value) => return Ok(value),
                Err(fault) => self.retry_read(fault, until)?,
            }
        }
    }

    /// After a failure of what changes nothing: whether to try again.
    fn retry_read(&mut self, fault: ServerFault, until: Option<Instant>) -> Result<()> {
        let late = until.is_some_and(|until| Instant::now() >= until);
        match fault {
            ServerFault::Final(error) => return Err(error),
            ServerFault::Broken(error) if late => {
                self.disconnect();
                return Err(error);
            }
            ServerFault::Retry(error) if late => return Err(error),
            ServerFault::Broken(_) => self.disconnect(),
            ServerFault::Retry(_) | ServerFault::NoScript => {}
        }
        std::thread::sleep(PAUSE);
        Ok(())
    }

    fn run_once(&mut self, call: &ScriptCall) -> Result<Value, ServerFault> {
        let connection = self.connected()?;
        run(connection, call.script, &call.keys, &call.args)
    }

    /// The same as was given up before, asked for again: its answer will do.
    fn resume(&mut self, call: &ScriptCall) -> bool {
        match self.window.back_mut().filter(|sent| sent.given_up && sent.call.is_like(call)) {
            Some(sent) => {
                sent.given_up = false;
                true
            }
            None => false,
        }
    }

    fn has_given_up(&self) -> bool {
        self.window.iter().any(|sent| sent.given_up)
    }

    /// Finds out about what was given up, and gives back what it took.
    fn finish_given_up(&mut self, until: Option<Instant>) -> Result<()> {
        if self.has_given_up() {
            self.complete_window(until)?;
        }
        for call in std::mem::take(&mut self.postponed) {
            self.push(call);
        }
        Ok(())
    }

    fn push(&mut self, mut call: ScriptCall) {
        self.last += 1;
        call.args[NUMBER] = self.last.to_string().into_bytes();
        self.window.push_back(PendingCall { call, on_the_wire: false, uncertain: false, given_up: false });
    }

    /// Sends what is not sent, and reads all answers; the last one is the caller's.
    fn complete_window(&mut self, until: Option<Instant>) -> Result<Option<CallOutcome>> {
        let mut outcome = None;
        let mut rounds = 0;
        while !self.window.is_empty() {
            rounds += 1;
            if rounds > ROUNDS {
                self.disconnect();
                return Err(unreachable("it never has what it was just given"));
            }
            if self.lost {
                self.window.clear();
                return Err(session_over());
            }
            match self.send().and_then(|()| self.receive()) {
                Ok(Some(answer)) => outcome = Some(answer),
                Ok(None) => {}
                Err(Stop::Report(error)) => return Err(error),
                Err(Stop::Fault(fault)) => self.retry_or_give_up(fault, until)?,
            }
        }
        Ok(outcome)
    }

    /// After a failure: whether to go on, and what becomes of the last request if not.
    fn retry_or_give_up(&mut self, fault: ServerFault, until: Option<Instant>) -> Result<()> {
        let is_final = matches!(fault, ServerFault::Final(_));
        if !is_final && until.is_none_or(|until| Instant::now() < until) {
            if matches!(fault, ServerFault::Broken(_)) {
                self.disconnect();
            }
            std::thread::sleep(PAUSE);
            return Ok(());
        }
        if !is_final {
            self.disconnect();
        }
        let error = fault.error();
        let Some(last) = self.window.back_mut() else { return Err(error) };
        if last.uncertain {
            last.given_up = true;
            return Err(indeterminate(last.call.script.name, self.patience).with_source(error));
        }
        self.withdraw();
        Err(error)
    }

    /// The last request was not obeyed, and its number is free.
    fn withdraw(&mut self) {
        if self.window.pop_back().is_some() {
            self.last -= 1;
        }
    }

    fn disconnect(&mut self) {
        self.connection = None;
        for sent in &mut self.window {
            sent.uncertain |= sent.on_the_wire;
            sent.on_the_wire = false;
        }
    }

    fn connected(&mut self) -> Result<&mut Connection, ServerFault> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(self.connector.connect()?.0)),
        }
    }

    /// Sends what is not on the wire.
    fn send(&mut self) -> Result<(), Stop> {
        if self.connection.is_none() {
            self.disconnect();
            self.connected()?;
        }
        let Some(connection) = &mut self.connection else { return Ok(()) };
        for sent in self.window.iter_mut().filter(|sent| !sent.on_the_wire) {
            sent.on_the_wire = true;
            let packed = packed("EVALSHA", sent.call.script.hash(), &sent.call.keys, &sent.call.args);
            connection.send_packed_command(&packed).map_err(|error| ServerFault::of(&error))?;
        }
        Ok(())
    }

    /// Reads the answer of the first one, which is `Some` if that was the last.
    fn receive(&mut self) -> Result<Option<CallOutcome>, Stop> {
        let Some(connection) = &mut self.connection else { return Ok(None) };
        let answer = match received(connection) {
            Ok(value) => match ScriptReply::read(value) {
                Ok(answer) => answer,
                Err(error) => return Err(self.unreadable(error)),
            },
            Err(fault) => return self.refused(fault).map(|()| None),
        };
        let outcome = match answer {
            ScriptReply::Ok(granted) => CallOutcome::Ok(granted),
            ScriptReply::No(refused) => CallOutcome::No(refused),
            // Obeyed before, by an answer that nobody waits for any more.
            ScriptReply::Old => CallOutcome::Ok(Granted::Done),
            ScriptReply::Lost => {
                self.lose();
                return Err(Stop::Report(session_over()));
            }
            ScriptReply::Gap => return Err(self.forgotten_by_server()),
            ScriptReply::Which(keys) => return self.add_keys(keys).map(|()| None),
            ScriptReply::Unstaged => {
                self.resend()?;
                self.withdraw();
                return Ok(Some(CallOutcome::Unstaged));
            }
        };
        match (self.window.pop_front(), outcome) {
            (Some(PendingCall { call, given_up: true, .. }), CallOutcome::Ok(granted)) => {
                self.postponed.extend(self.late.keep(call, granted));
                Ok(None)
            }
            (_, outcome) => Ok(self.window.is_empty().then_some(outcome)),
        }
    }

    /// The server did not obey the first one.
    fn refused(&mut self, fault: ServerFault) -> Result<(), Stop> {
        match fault {
            ServerFault::NoScript => {
                let script = self.window.front().map(|sent| sent.call.script);
                self.resend()?;
                match (script, &mut self.connection) {
                    (Some(script), Some(connection)) => load(connection, script).map_err(Stop::Fault),
                    _ => Ok(()),
                }
            }
            ServerFault::Retry(_) | ServerFault::Final(_) => {
                self.resend()?;
                Err(Stop::Fault(fault))
            }
            ServerFault::Broken(_) => Err(Stop::Fault(fault)),
        }
    }

    /// An answer that cannot be read says nothing of what was done.
    fn unreadable(&mut self, error: Error) -> Stop {
        self.disconnect();
        if let Some(last) = self.window.back_mut() {
            last.given_up = true;
        }
        Stop::Report(error)
    }

    /// The server knows of fewer requests than were answered: it has lost some. So it may have granted to others what
    /// this session holds.
    fn forgotten_by_server(&mut self) -> Stop {
        if let Some(connection) = &mut self.connection {
            let (keys, args) = &self.closing;
            let _told_or_found_out = run(connection, &script::CLOSE, keys, args);
        }
        self.lose();
        self.connection = None;
        Stop::Report(forgotten())
    }

    /// Names the versions that have to go, too.
    fn add_keys(&mut self, keys: Vec<String>) -> Result<(), Stop> {
        self.resend()?;
        if let Some(sent) = self.window.front_mut() {
            sent.call.keys.extend(keys);
        }
        Ok(())
    }

    /// What follows the first one was not obeyed either: all is sent again.
    fn resend(&mut self) -> Result<(), Stop> {
        let others = self.window.iter().skip(1).filter(|sent| sent.on_the_wire).count();
        if let Some(connection) = &mut self.connection {
            for _ in 0..others {
                match received(connection) {
                    Ok(_) | Err(ServerFault::Retry(_) | ServerFault::Final(_) | ServerFault::NoScript) => {}
                    Err(fault) => return Err(Stop::Fault(fault)),
                }
            }
        }
        self.window.iter_mut().for_each(|sent| sent.on_the_wire = false);
        Ok(())
    }
}

/// Why the work on the window stopped.
enum Stop {
    Fault(ServerFault),
    /// What the caller is told at once.
    Report(Error),
}

impl From<ServerFault> for Stop {
    fn from(fault: ServerFault) -> Self {
        Self::Fault(fault)
    }
}
