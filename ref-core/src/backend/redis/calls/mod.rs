//! Pools of workers at a server, by streams: a pool's queue is a stream with a consumer group, and each caller has a
//! stream of answers. The functions `pool_*` in `scripts/` decide which members are dead, and what becomes of their
//! calls.
//!
//! `take` has what a worker does.
//!
//! A message of more than 64 KiB is staged as a large version of a store is, and the stream has its length.

mod address;
mod admission;
mod reply;
mod server;
mod take;
#[cfg(test)]
mod tests;

use super::call::{exchange, packed, received, run};
use super::fault::ServerFault;
use super::pool::PooledConnection;
use super::script;
use crate::backend::calls::{
    AskedAnswers, CallName, CallRequest, CallServer, CallerRenewal, LEASE, NewMember, PoolAnswer, PoolCounts,
    PoolWorkers, QueuedCall, ReadAnswers, ReportedCall, StopKind, Submitted, SubmittedAndAsked, TakenCall,
    WorkerAnswer, WorkerRenewal,
};
use crate::error::Result;
use crate::sync::Arc;
use reply::{ReplyParts, StreamEntry, entries, kind_of, progress_of, progress_text};
use server::{KEPT, RedisPool, text, time, waited};
use std::fmt;
use std::time::Duration;

/// Each nth call of a caller removes the answers that were read before.
const REMOVES: u64 = 16;

/// Returns the pool at an address, without a request.
pub(in crate::backend) fn open(text: &str) -> Result<Arc<dyn CallServer>> {
    Ok(Arc::new(RedisPool::open(text)?))
}

/// Returns the arguments of a function about the call that a worker runs.
fn running_args(running: &ReportedCall<'_>) -> [Vec<u8>; 4] {
    let ReportedCall { call: CallName { entry, caller, number }, progress } = running;
    [text(entry), text(caller), text(number), text(progress_text(*progress))]
}

impl RedisPool {
    /// Returns the keys and arguments of the function that puts a call into the queue. Writes a long message.
    fn submit_args(&self, call: &QueuedCall<'_>) -> Result<(Vec<String>, Vec<Vec<u8>>)> {
        let &QueuedCall { caller, number, build, message, read } = call;
        let key = self.long("message", caller, number);
        let (inline, length) = self.staged(&key, message)?;
        let keys = std::iter::once(self.prefix.clone()).chain(Some(key).filter(|_| length > 0)).collect();
        // The answers that were read are removed with some calls, and by renewals.
        let read = if number.is_multiple_of(REMOVES) { read } else { "" };
        let args = [text(caller), text(number), text(build), time(KEPT), inline.to_vec(), text(length), text(read)];
        Ok((keys, args.into()))
    }

    /// Returns the request for the answers after `read`.
    fn read_request(&self, caller: &str, read: &str, patience: Duration) -> redis::Cmd {
        let mut request = redis::cmd("XREAD");
        request.arg("COUNT").arg(256).arg("BLOCK").arg(waited(patience));
        request.arg("STREAMS").arg(self.key("answers", caller)).arg(read);
        request
    }

    fn read_answers(&self, caller: &str, entries: Vec<StreamEntry>) -> Result<ReadAnswers> {
        let last = entries.last().map(|entry| entry.id.clone());
        let answers = entries.into_iter().filter_map(|entry| self.answer(caller, entry).transpose());
        Ok((answers.collect::<Result<_>>()?, last))
    }

    /// Reads an answer. `None` if it is none.
    fn answer(&self, caller: &str, mut entry: StreamEntry) -> Result<Option<PoolAnswer>> {
        let mut fields = || {
            let (number, kind) = (entry.number("n")?, kind_of(&entry.text("k")?)?);
            Some((number, kind, entry.text("w")?, entry.number("l")?, progress_of(&entry.text("p")?)))
        };
        let Some((number, kind, worker, length, progress)) = fields() else { return Ok(None) };
        let message = self.fetched(&self.long("answer", caller, number), entry.field("m"), length)?;
        Ok(Some(PoolAnswer { number, kind, worker, message, progress }))
    }
}

/// Answers that were asked for on a connection. The drop of the connection gives the request up.
struct AskedOfServer<'a> {
    pool: &'a RedisPool,
    connection: PooledConnection,
    caller: String,
}

impl AskedAnswers for AskedOfServer<'_> {
    fn wait(self: Box<Self>) -> Result<ReadAnswers> {
        let Self { pool, mut connection, caller } = *self;
        let read = received(&mut connection).map(entries);
        match read {
            Ok(_) => pool.waiting.give_back(connection),
            Err(_) => pool.waiting.discard_idle(),
        }
        pool.read_answers(&caller, read.map_err(ServerFault::error)?)
    }
}

impl CallServer for RedisPool {
    fn join(&self, member: &NewMember<'_>) -> Result<PoolWorkers> {
        let functions = member.functions.unwrap_or_default();
        let args = [text(member.id), time(LEASE), time(KEPT), text(member.build), text(member.process)];
        let args: Vec<_> = args.into_iter().chain([functions.to_vec()]).collect();
        let workers = self.ask(&script::POOL_JOIN, &args)?.workers()?;
        if member.functions.is_some() {
            self.admission.begin(workers.own);
            self.backlog.note_workers(workers.own);
        }
        Ok(workers)
    }

    fn renew_caller(&self, caller: &str, read: &str) -> Result<Option<CallerRenewal>> {
        let args = [text(caller), time(LEASE), time(KEPT), Vec::new(), text(read)];
        let mut said = self.ask(&script::POOL_BEAT, &args)?;
        if said.text()? != "ok" {
            return Ok(None);
        }
        Ok(Some(CallerRenewal { last: said.number()?, workers: said.workers()? }))
    }

    fn renew_worker(&self, worker: &str, running: Option<&ReportedCall<'_>>) -> Result<WorkerRenewal> {
        let running = running.map(running_args).unwrap_or_default();
        let args: Vec<_> = [text(worker), time(LEASE), time(KEPT)].into_iter().chain(running).collect();
        let mut said = self.ask(&script::POOL_BEAT, &args)?;
        let renewal = said.renewal()?;
        if matches!(renewal, WorkerRenewal::Goes(_)) {
            let workers = said.number()?;
            self.admission.note_workers(workers);
            self.backlog.note_workers(workers);
        }
        Ok(renewal)
    }

    fn look(&self, worker: &str, running: &ReportedCall<'_>) -> Result<WorkerRenewal> {
        let args: Vec<_> = std::iter::once(text(worker)).chain(running_args(running)).collect();
        self.ask(&script::POOL_LOOK, &args)?.renewal()
    }

    fn leave(&self, member: &str) -> Result<()> {
        self.ask(&script::POOL_LEAVE, &[text(member)]).map(drop)
    }

    fn submit(&self, call: &QueuedCall<'_>) -> Result<Submitted> {
        let (keys, args) = self.submit_args(call)?;
        let said = self.connections.aside(|connection| run(connection, &script::POOL_SUBMIT, &keys, &args));
        ReplyParts::of(said.map_err(ServerFault::error)?)?.submitted()
    }

    fn submit_and_ask<'a>(&'a self, call: &QueuedCall<'_>, patience: Duration) -> Result<SubmittedAndAsked<'a>> {
        let (keys, args) = self.submit_args(call)?;
        let mut connection = self.waiting.take().map_err(ServerFault::error)?;
        let mut requests = packed(&script::POOL_SUBMIT, &keys, &args);
        self.read_request(call.caller, call.read, patience).write_packed_command(&mut requests);
        let sent = connection.send(&[&requests]).map_err(|error| ServerFault::of(&error));
        match sent.and_then(|()| received(&mut connection)) {
            Ok(said) => {
                let submitted = ReplyParts::of(said)?.submitted()?;
                let asked = AskedOfServer { pool: self, connection, caller: call.caller.to_owned() };
                let asked = matches!(submitted, Submitted::Queued).then(|| Box::new(asked) as _);
                Ok((submitted, asked))
            }
            // The connection was idle and had broken, or the server does not have the functions. The first attempt may have
            // put the call into the queue: then the second one does nothing.
            Err(ServerFault::Broken(_) | ServerFault::NoScript) => {
                drop(connection);
                self.submit(call).map(|submitted| (submitted, None))
            }
            Err(fault) => Err(fault.error()),
        }
    }

    fn withdraw(&self, caller: &str, number: u64) -> Result<Submitted> {
        self.ask(&script::POOL_WITHDRAW, &[text(caller), text(number)])?.submitted()
    }

    fn answers(&self, caller: &str, read: &str, patience: Duration) -> Result<ReadAnswers> {
        let request = self.read_request(caller, read, patience).get_packed_command();
        let entries = self.wait(|connection| exchange(connection, &request).map(entries))?;
        self.read_answers(caller, entries)
    }

    fn forget(&self, caller: &str, number: u64) {
        let long = [self.long("message", caller, number), self.long("answer", caller, number)];
        let mut requests = redis::pipe();
        requests.cmd("UNLINK").arg(&long).cmd("SREM").arg(self.key("long", caller)).arg(&long);
        let packed = requests.get_packed_pipeline();
        let _they_run_out = self.connections.aside(|connection| {
            exchange(connection, &packed)?;
            super::call::received(connection)
        });
    }

    fn stop(&self, caller: &str, number: u64, how: StopKind) -> Result<()> {
        let how = match how {
            StopKind::Ask => "ask",
            StopKind::Kill => "kill",
            StopKind::IfQueued => "if_queued",
        };
        self.ask(&script::POOL_STOP, &[text(caller), text(number), text(how), time(KEPT)]).map(drop)
    }

    fn take(&self, request: &CallRequest<'_>) -> Result<Option<TakenCall>> {
        let Some((name, message, length)) = self.begun(request)? else { return Ok(None) };
        let message = self.fetched(&self.long("message", &name.caller, name.number), message, length)?;
        Ok(Some(TakenCall { name, message }))
    }

    fn answer(&self, build: &str, ran: &WorkerAnswer) -> Result<()> {
        let (keys, args) = self.answer_args(build, ran)?;
        let said = self.connections.aside(|connection| run(connection, &script::POOL_ANSWER, &keys, &args));
        said.map(drop).map_err(ServerFault::error)
    }

    fn count(&self, caller: &str, build: &str) -> Result<PoolCounts> {
        let mut said = self.ask(&script::POOL_STATS, &[text(caller), text(build)])?;
        let [workers, busy, queued, running] = [said.number()?, said.number()?, said.number()?, said.number()?];
        Ok(PoolCounts { workers, busy, queued, running })
    }
}

impl fmt::Display for RedisPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}
