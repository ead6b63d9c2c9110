//! Requests, each obeyed exactly once, in their order.
//!
//! A session numbers its requests. The server obeys the next number only, and remembers the last answer; so whatever is
//! sent again after a lost connection is obeyed if it was not before, and answered as before if it was. What needs no
//! answer at once is sent and not waited for: its answer is read before the next one's.
//!
//! When a request's answer does not come for too long, the caller is told that nobody knows, and the request stays in
//! the window. The same request, made again, gets that answer (an idempotent retry), also if another thread has read it
//! meanwhile; else what it turns out to have taken is given back. `late` has both.

use super::call::{Call, NUMBER, exchange, load, packed, received, run};
use super::connect::Link;
use super::fault::{Fault, forgotten, indeterminate, unreachable};
use super::late::Late;
use super::reply::{Answer, Granted};
use super::request::Farewell;
use super::script;
use crate::backend::session_over;
use crate::sync::{Instant, deadline};
use crate::{Error, ErrorKind, Result};
use redis::{Connection, Value};
use std::collections::VecDeque;
use std::time::Duration;

/// A request that is on its way.
struct Sent {
    call: Call,
    /// On the present connection.
    on_the_wire: bool,
    /// It was on another, whose answer never came: it may have been obeyed.
    uncertain: bool,
    /// Nobody waits for it any more, since it took too long.
    given_up: bool,
}

/// What the caller is told.
pub(super) enum Told {
    Ok(Granted),
    No(super::reply::Refused),
    /// The new version has to be staged again.
    Unstaged,
}

pub(super) struct Channel {
    link: Link,
    connection: Option<Connection>,
    window: VecDeque<Sent>,
    /// The number of the last request.
    last: u64,
    /// How long a caller waits.
    patience: Duration,
    lost: bool,
    farewell: Farewell,
    /// What waits until it is known what became of a request that was given up.
    later: Vec<Call>,
    late: Late,
}

/// More requests than this are not sent without reading their answers.
const WINDOW: usize = 64;
/// Whoever has not got anywhere after so many steps never will.
const ROUNDS: usize = 10_000;
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

impl Channel {
    pub(super) fn new(link: Link, connection: Connection, patience: Duration, farewell: Farewell) -> Self {
        let (window, connection) = (VecDeque::new(), Some(connection));
        Self {
            link,
            connection,
            window,
            last: 0,
            patience,
            lost: false,
            farewell,
            later: Vec::new(),
            late: Late::default(),
        }
    }

    /// The session is over: nothing of it is obeyed any more.
    pub(super) fn lose(&mut self) {
        self.lost = true;
        self.window.clear();
    }

    /// Makes a request, and waits for its answer.
    pub(super) fn call(&mut self, call: Call) -> Result<Told> {
        let until = deadline(self.patience);
        if let Some(granted) = self.late.answer(&call).filter(|_| !self.lost) {
            return Ok(Told::Ok(granted));
        }
        if !self.takes_up(&call) {
            // What was given up before is in the way, and this was not sent.
            self.clear_up(until).map_err(|error| match error.kind() {
                ErrorKind::Indeterminate => unreachable("an earlier request has no answer yet").with_source(error),
                _ => error,
            })?;
            let call = self.late.on_top_of_what_was_done(call);
            self.push(call);
        }
        let told = self.work(until);
        told.and_then(|told| told.ok_or_else(|| unreachable("no answer")))
    }

    /// Makes a request, and does not wait.
    pub(super) fn post(&mut self, call: Call) {
        if self.lost {
            return;
        }
        if self.has_given_up() {
            self.later.push(call);
            return;
        }
        self.push(call);
        let full = self.window.len() > WINDOW;
        if full || self.connection.is_none() || self.send().is_err() {
            self.hang_up();
        }
        if full {
            // Read what has come; what has not is sent again with the next request.
            let _later = self.work(deadline(self.patience));
        }
    }

    /// Whether nothing is on its way.
    pub(super) fn is_quiet(&self) -> bool {
        self.window.is_empty() && self.later.is_empty()
    }

    /// Waits for the answers of all that was posted.
    pub(super) fn drain(&mut self) -> Result<()> {
        let until = deadline(self.patience);
        self.clear_up(until)?;
        self.work(until).map(|_| ())
    }

    /// A question that changes nothing, in the order of the requests.
    pub(super) fn ask(&mut self, call: &Call) -> Result<Answer> {
        let until = deadline(self.patience);
        loop {
            self.work(until)?;
            match self.question(call) {
                Ok(value) => return Answer::read(value),
                Err(fault) => self.again(fault, until)?,
            }
        }
    }

    /// A plain command that changes nothing.
    pub(super) fn plain(&mut self, command: &redis::Cmd) -> Result<Value> {
        let until = deadline(self.patience);
        loop {
            self.work(until)?;
            let asked = self.connected().and_then(|connection| exchange(connection, &command.get_packed_command()));
            match asked {
                Ok(value) => return Ok(value),
                Err(fault) => self.again(fault, until)?,
            }
        }
    }

    /// After a failure of what changes nothing: whether to try again.
    fn again(&mut self, fault: Fault, until: Option<Instant>) -> Result<()> {
        let late = until.is_some_and(|until| Instant::now() >= until);
        match fault {
            Fault::Final(error) => return Err(error),
            Fault::Broken(error) if late => {
                self.hang_up();
                return Err(error);
            }
            Fault::Retry(error) if late => return Err(error),
            Fault::Broken(_) => self.hang_up(),
            Fault::Retry(_) | Fault::NoScript => {}
        }
        std::thread::sleep(PAUSE);
        Ok(())
    }

    fn question(&mut self, call: &Call) -> Result<Value, Fault> {
        let connection = self.connected()?;
        run(connection, call.script, &call.keys, &call.args)
    }

    /// The same as was given up before, asked for again: its answer will do.
    fn takes_up(&mut self, call: &Call) -> bool {
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
    fn clear_up(&mut self, until: Option<Instant>) -> Result<()> {
        if self.has_given_up() {
            self.work(until)?;
        }
        for call in std::mem::take(&mut self.later) {
            self.push(call);
        }
        Ok(())
    }

    fn push(&mut self, mut call: Call) {
        self.last += 1;
        call.args[NUMBER] = self.last.to_string().into_bytes();
        self.window.push_back(Sent { call, on_the_wire: false, uncertain: false, given_up: false });
    }

    /// Sends what is not sent, and reads all answers; the last one is the caller's.
    fn work(&mut self, until: Option<Instant>) -> Result<Option<Told>> {
        let mut told = None;
        let mut rounds = 0;
        while !self.window.is_empty() {
            rounds += 1;
            if rounds > ROUNDS {
                self.hang_up();
                return Err(unreachable("it never has what it was just given"));
            }
            if self.lost {
                self.window.clear();
                return Err(session_over());
            }
            match self.send().and_then(|()| self.receive()) {
                Ok(Some(answer)) => told = Some(answer),
                Ok(None) => {}
                Err(Stop::Told(error)) => return Err(error),
                Err(Stop::Fault(fault)) => self.persist(fault, until)?,
            }
        }
        Ok(told)
    }

    /// After a failure: whether to go on, and what becomes of the last request if not.
    fn persist(&mut self, fault: Fault, until: Option<Instant>) -> Result<()> {
        let is_final = matches!(fault, Fault::Final(_));
        if !is_final && until.is_none_or(|until| Instant::now() < until) {
            if matches!(fault, Fault::Broken(_)) {
                self.hang_up();
            }
            std::thread::sleep(PAUSE);
            return Ok(());
        }
        if !is_final {
            self.hang_up();
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

    fn hang_up(&mut self) {
        self.connection = None;
        for sent in &mut self.window {
            sent.uncertain |= sent.on_the_wire;
            sent.on_the_wire = false;
        }
    }

    fn connected(&mut self) -> Result<&mut Connection, Fault> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(self.link.connect()?.0)),
        }
    }

    /// Sends what is not on the wire.
    fn send(&mut self) -> Result<(), Stop> {
        if self.connection.is_none() {
            self.hang_up();
            self.connected()?;
        }
        let Some(connection) = &mut self.connection else { return Ok(()) };
        for sent in self.window.iter_mut().filter(|sent| !sent.on_the_wire) {
            sent.on_the_wire = true;
            let packed = packed("EVALSHA", sent.call.script.hash(), &sent.call.keys, &sent.call.args);
            connection.send_packed_command(&packed).map_err(|error| Fault::of(&error))?;
        }
        Ok(())
    }

    /// Reads the answer of the first one, which is `Some` if that was the last.
    fn receive(&mut self) -> Result<Option<Told>, Stop> {
        let Some(connection) = &mut self.connection else { return Ok(None) };
        let answer = match received(connection) {
            Ok(value) => match Answer::read(value) {
                Ok(answer) => answer,
                Err(error) => return Err(self.garbled(error)),
            },
            Err(fault) => return self.refused(fault).map(|()| None),
        };
        let told = match answer {
            Answer::Ok(granted) => Told::Ok(granted),
            Answer::No(refused) => Told::No(refused),
            // Obeyed before, by an answer that nobody waits for any more.
            Answer::Old => Told::Ok(Granted::Done),
            Answer::Lost => {
                self.lose();
                return Err(Stop::Told(session_over()));
            }
            Answer::Gap => return Err(self.fell_back()),
            Answer::Which(keys) => return self.name(keys).map(|()| None),
            Answer::Unstaged => {
                self.resend()?;
                self.withdraw();
                return Ok(Some(Told::Unstaged));
            }
        };
        match (self.window.pop_front(), told) {
            (Some(Sent { call, given_up: true, .. }), Told::Ok(granted)) => {
                self.later.extend(self.late.find_out(call, granted));
                Ok(None)
            }
            (_, told) => Ok(self.window.is_empty().then_some(told)),
        }
    }

    /// The server did not obey the first one.
    fn refused(&mut self, fault: Fault) -> Result<(), Stop> {
        match fault {
            Fault::NoScript => {
                let script = self.window.front().map(|sent| sent.call.script);
                self.resend()?;
                match (script, &mut self.connection) {
                    (Some(script), Some(connection)) => load(connection, script).map_err(Stop::Fault),
                    _ => Ok(()),
                }
            }
            Fault::Retry(_) | Fault::Final(_) => {
                self.resend()?;
                Err(Stop::Fault(fault))
            }
            Fault::Broken(_) => Err(Stop::Fault(fault)),
        }
    }

    /// An answer that cannot be read says nothing of what was done.
    fn garbled(&mut self, error: Error) -> Stop {
        self.hang_up();
        if let Some(last) = self.window.back_mut() {
            last.given_up = true;
        }
        Stop::Told(error)
    }

    /// The server knows of fewer requests than were answered: it has lost some. So it may have granted to others what
    /// this session holds.
    fn fell_back(&mut self) -> Stop {
        if let Some(connection) = &mut self.connection {
            let (keys, args) = &self.farewell;
            let _told_or_found_out = run(connection, &script::CLOSE, keys, args);
        }
        self.lose();
        self.connection = None;
        Stop::Told(forgotten())
    }

    /// Names the versions that have to go, too.
    fn name(&mut self, keys: Vec<String>) -> Result<(), Stop> {
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
                    Ok(_) | Err(Fault::Retry(_) | Fault::Final(_) | Fault::NoScript) => {}
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
    Fault(Fault),
    /// What the caller is told at once.
    Told(Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
