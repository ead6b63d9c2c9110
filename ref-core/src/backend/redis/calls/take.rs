//! How a worker waits for a call, and begins it.
//!
//! A worker waits at the queue by `XREADGROUP`, and begins the call by `XCLAIM`, which sets the call's count of deliveries
//! to [`BEGUN`] if the call is still assigned to a worker. An answer and the next read are one write.
//!
//! While more calls are in the queue than workers are there, some wait. Then the function that gives an answer also begins
//! the next call for the worker, which is one request for a call in place of two.
//!
//! With each entry of a stream the server looks through all that wait there. So at most `ADMITTED` workers of a build
//! wait at the queue: those that have an admission. The others wait for an admission by `BLPOP`: with each element of a
//! list the server looks at the first that waits. A worker that begins a call passes its admission on. An admission is lost
//! with its worker. So a worker that has waited for one in vain looks into the queue, and makes an admission if it finds a
//! call there.

use super::reply::{ReplyParts, StreamEntry, entries, foreign};
use super::server::{AnswerArgs, KEPT, RedisPool, waited};
use crate::backend::calls::{CallName, CallRequest, WorkerGate};
use crate::backend::redis::call::{exchange, load, packed, received, run};
use crate::backend::redis::fault::ServerFault;
use crate::backend::redis::pool::PooledConnection;
use crate::backend::redis::script;
use crate::backend::redis::text::millis;
use crate::error::Result;
use crate::sync::mutant;
use redis::Value;

/// How many deliveries a call has, at least, that was begun. `pool.lua` has the same number.
const BEGUN: u32 = 1_000_000;
/// The ids from which a worker reads: of the calls that were not assigned yet, and of its own.
const NEXT: &str = ">";
const ASSIGNED: &str = "0";

/// A request for a call, on a connection.
struct Taking<'a> {
    pool: &'a RedisPool,
    connection: &'a mut PooledConnection,
    request: &'a CallRequest<'a>,
    queue: String,
    admissions: String,
}

/// A call of the queue: its message is empty if it is long, and has that length.
type QueuedMessage = (CallName, Vec<u8>, u64);

impl RedisPool {
    /// Does what [`take`](crate::backend::calls::CallServer::take) does, but does not fetch a long message.
    pub(super) fn begun(&self, request: &CallRequest<'_>) -> Result<Option<QueuedMessage>> {
        let answer = request.ran.map(|ran| self.answer_args(request.build, ran)).transpose()?;
        let (queue, admissions) = (self.key("queue", request.build), self.key("admissions", request.build));
        self.wait(|connection| Taking { pool: self, connection, request, queue, admissions }.begun(answer.as_ref()))
    }
}

impl Taking<'_> {
    fn begun(&mut self, mut answer: Option<&AnswerArgs>) -> Result<Option<QueuedMessage>, ServerFault> {
        let wants_next = !self.request.is_again && self.pool.backlog.is_there();
        if let Some(given) = answer.filter(|_| wants_next && self.request.gate.may_begin_at_once()) {
            match self.answer_and_begin(given)? {
                Some(begun) => match queued_call(begun) {
                    Ok(call) => return Ok(Some(call)),
                    Err(id) => self.drop_entry(&id)?,
                },
                None => self.pool.backlog.end(),
            }
            self.request.gate.answered();
            answer = None;
        }
        let mut entry = self.read(answer, if self.request.is_again { ASSIGNED } else { NEXT })?;
        if entry.is_none() && self.request.is_again {
            entry = self.read(None, NEXT)?;
        }
        if entry.is_none() && !self.pool.admission.is_had() {
            self.wait_for_admission()?;
            if self.pool.admission.is_had() {
                entry = self.read(None, NEXT)?;
            }
        }
        while let Some(next) = entry {
            match queued_call(next) {
                Ok(call) => {
                    let is_begun = self.request.gate.may_begin() && self.begin(&call.0.entry)?;
                    return Ok(is_begun.then_some(call));
                }
                Err(id) => self.drop_entry(&id)?,
            }
            entry = self.read(None, NEXT)?;
        }
        Ok(None)
    }

    /// Gives the answer, and has the next call begun if one waits.
    fn answer_and_begin(&mut self, answer: &AnswerArgs) -> Result<Option<StreamEntry>, ServerFault> {
        let (keys, mut args) = answer.clone();
        *args.last_mut().ok_or_else(|| ServerFault::Final(foreign()))? = self.request.worker.as_bytes().to_vec();
        match answered(run(self.connection, &script::POOL_ANSWER, &keys, &args)?)? {
            Answered::Next(entry) => Ok(Some(entry)),
            Answered::Calls(_) => Ok(None),
        }
    }

    /// Gives the answer, if there is one, and reads what comes to the worker: from the queue, or what was assigned to it
    /// already. Waits at the queue if the worker has an admission there.
    fn read(&mut self, answer: Option<&AnswerArgs>, from: &str) -> Result<Option<StreamEntry>, ServerFault> {
        let CallRequest { worker, patience, gate, .. } = self.request;
        let mut read = redis::cmd("XREADGROUP");
        read.arg("GROUP").arg("w").arg(worker).arg("COUNT").arg(1);
        if from == NEXT && self.pool.admission.is_had() {
            read.arg("BLOCK").arg(waited(*patience));
        }
        read.arg("STREAMS").arg(&self.queue).arg(from);
        self.assigned(answer, &read, *gate)
    }

    fn assigned(
        &mut self,
        answer: Option<&AnswerArgs>,
        read: &redis::Cmd,
        gate: &dyn WorkerGate,
    ) -> Result<Option<StreamEntry>, ServerFault> {
        let mut requests = answer.map_or_else(Vec::new, |(keys, args)| packed(&script::POOL_ANSWER, keys, args));
        read.write_packed_command(&mut requests);
        self.connection.send(&[&requests]).map_err(|error| ServerFault::of(&error))?;
        let given = match answer.map(|_| received(self.connection).and_then(answered)) {
            Some(Err(fault @ ServerFault::Broken(_))) => return Err(fault),
            given => given,
        };
        if let Some(Ok(said)) = &given {
            gate.answered();
            if let Answered::Calls(calls) = said {
                self.pool.backlog.note_calls(*calls);
            }
        }
        let entry = received(self.connection).map(|value| entries(value).into_iter().next());
        match (given, answer) {
            (Some(Err(ServerFault::NoScript)), Some((keys, args))) => {
                load(self.connection)?;
                run(self.connection, &script::POOL_ANSWER, keys, args)?;
            }
            (Some(Err(fault)), _) => return Err(fault),
            _ => {}
        }
        entry
    }

    /// Waits for an admission at the queue.
    fn wait_for_admission(&mut self) -> Result<(), ServerFault> {
        let seconds = waited(self.request.patience) as f64 / 1e3;
        let got = self.exchange(redis::cmd("BLPOP").arg(&self.admissions).arg(seconds))?;
        self.pool.admission.note_wait(got != Value::Nil);
        Ok(())
    }

    /// Marks a call as begun, and passes the worker's admission on. Returns false if the call is not assigned to a worker
    /// any more: it was removed, or the worker was taken for dead.
    fn begin(&mut self, entry: &str) -> Result<bool, ServerFault> {
        let mut claim = redis::cmd("XCLAIM");
        claim.arg(&self.queue).arg("w").arg(self.request.worker).arg(0).arg(entry);
        claim.arg("RETRYCOUNT").arg(BEGUN).arg("JUSTID");
        let mut requests = claim.get_packed_command();
        let passes_on = self.pool.admission.passes_on();
        if passes_on {
            redis::cmd("RPUSH").arg(&self.admissions).arg("").write_packed_command(&mut requests);
            redis::cmd("PEXPIRE").arg(&self.admissions).arg(millis(KEPT)).write_packed_command(&mut requests);
        }
        self.connection.send(&[&requests]).map_err(|error| ServerFault::of(&error))?;
        let claimed = received(self.connection)?;
        if passes_on {
            received(self.connection)?;
            received(self.connection)?;
        }
        let is_claimed = matches!(claimed, Value::Array(entries) if !entries.is_empty());
        Ok(is_claimed || mutant("begin a call that was taken away"))
    }

    /// Takes an entry that is no call out of the queue.
    fn drop_entry(&mut self, entry: &str) -> Result<(), ServerFault> {
        self.exchange(redis::cmd("XACK").arg(&self.queue).arg("w").arg(entry))?;
        self.exchange(redis::cmd("XDEL").arg(&self.queue).arg(entry)).map(drop)
    }

    fn exchange(&mut self, command: &redis::Cmd) -> Result<Value, ServerFault> {
        exchange(self.connection, &command.get_packed_command())
    }
}

/// Reads a call of the queue. The error is the entry's name if it is no call.
fn queued_call(mut entry: StreamEntry) -> Result<QueuedMessage, String> {
    let mut fields = || Some((entry.text("c")?, entry.number("n")?, entry.number("l")?));
    let Some((caller, number, length)) = fields() else { return Err(entry.id) };
    let message = entry.field("m");
    Ok((CallName { entry: entry.id, caller, number }, message, length))
}

/// Reads what the function says that gives an answer: how many calls are in the queue, or the call that it has begun.
fn answered(said: Value) -> Result<Answered, ServerFault> {
    let answered = ReplyParts::of(said).and_then(|mut parts| match parts.text()?.as_str() {
        "next" => Ok(Answered::Next(parts.entry()?)),
        _ => parts.number().map(Answered::Calls),
    });
    answered.map_err(ServerFault::Final)
}

/// What the function says that gives an answer.
enum Answered {
    /// How many calls are in the queue.
    Calls(usize),
    /// The next call, which is begun.
    Next(StreamEntry),
}
