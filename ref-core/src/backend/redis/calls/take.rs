//! How a worker waits for a call, and begins it.
//!
//! A worker waits at the queue by `XREADGROUP`, and begins the call by `XCLAIM`, which sets the call's count of deliveries
//! to [`BEGUN`] if the call is still assigned to a worker. An answer and the next read are one write.
//!
//! With each entry of a stream the server looks through all that wait there. So at most [`ADMITTED`](super::admission::ADMITTED) workers of a build
//! wait at the queue: those that have an admission. The others wait for an admission by `BLPOP`: with each element of a
//! list the server looks at the first that waits. A worker that begins a call passes its admission on. An admission is lost
//! with its worker. So a worker that has waited for one in vain looks into the queue, and makes an admission if it finds a
//! call there.

use super::reply::{StreamEntry, entries};
use super::server::{KEPT, RedisPool, waited};
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
    fn begun(&mut self, answer: Option<&(Vec<String>, Vec<Vec<u8>>)>) -> Result<Option<QueuedMessage>, ServerFault> {
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
            let id = next.id.clone();
            match queued_call(next) {
                Some(call) => {
                    let is_begun = self.request.gate.may_begin() && self.begin(&id)?;
                    return Ok(is_begun.then_some(call));
                }
                None => self.drop_entry(&id)?,
            }
            entry = self.read(None, NEXT)?;
        }
        Ok(None)
    }

    /// Gives the answer, if there is one, and reads what comes to the worker: from the queue, or what was assigned to it
    /// already. Waits at the queue if the worker has an admission there.
    fn read(
        &mut self,
        answer: Option<&(Vec<String>, Vec<Vec<u8>>)>,
        from: &str,
    ) -> Result<Option<StreamEntry>, ServerFault> {
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
        answer: Option<&(Vec<String>, Vec<Vec<u8>>)>,
        read: &redis::Cmd,
        gate: &dyn WorkerGate,
    ) -> Result<Option<StreamEntry>, ServerFault> {
        let mut requests = answer.map_or_else(Vec::new, |(keys, args)| packed(&script::POOL_ANSWER, keys, args));
        read.write_packed_command(&mut requests);
        self.connection.send(&[&requests]).map_err(|error| ServerFault::of(&error))?;
        let answered = answer.map(|_| received(self.connection));
        if let Some(Err(ServerFault::Broken(error))) = answered {
            return Err(ServerFault::Broken(error));
        }
        if matches!(answered, Some(Ok(_))) {
            gate.answered();
        }
        let entry = received(self.connection).map(|value| entries(value).into_iter().next());
        match (answered, answer) {
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

    /// Marks a call as begun, and passes the worker's admission on. Returns false if the call is not assigned
    /// to a worker any more: it was removed, or the worker was taken for dead.
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

/// Reads a call of the queue. `None` if it is no call.
fn queued_call(mut entry: StreamEntry) -> Option<QueuedMessage> {
    let (caller, number, length) = (entry.text("c")?, entry.number("n")?, entry.number("l")?);
    let message = entry.field("m");
    Some((CallName { entry: entry.id, caller, number }, message, length))
}
