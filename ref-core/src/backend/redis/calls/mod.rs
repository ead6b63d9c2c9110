//! Pools of workers at a server, by streams: a pool's queue is a stream with a consumer group, and each caller has a
//! stream of answers. The functions `pool_*` in `scripts/` mark calls as begun and decide which members are dead.
//!
//! A message of more than [`INLINE`] bytes is staged as a large version of a store is, and the stream has its length.

mod address;
mod reply;
#[cfg(test)]
mod tests;

use super::call::{exchange, run};
use super::connect::Connector;
use super::fault::ServerFault;
use super::pool::{Connections, Pool};
use super::text::millis;
use super::{payload, script};
use crate::backend::calls::{
    CallServer, LEASE, NewMember, PoolAnswer, PoolCounts, PoolWorkers, ReportedCall, StopKind, Submitted, Taken,
    TakenCall, WorkerAnswer, WorkerRenewal,
};
use crate::error::Result;
use crate::sync::Arc;
use address::PoolAddress;
use redis::Value;
use reply::{ReplyParts, StreamEntry, entries, foreign, kind_of, kind_text, progress_of, progress_text, ran_out};
use script::Script;
use std::fmt;
use std::time::Duration;

/// The longest message that is in a stream, in bytes.
const INLINE: usize = 64 << 10;
/// How long a request waits for its reply.
const ANSWER: Duration = Duration::from_secs(2);
/// How long the parts of a long message may take altogether, and how long the server keeps them until they are named.
const STAGED: Duration = Duration::from_secs(60);
/// How long the server keeps a pool that no member has renewed its lease in.
const KEPT: Duration = Duration::from_secs(60);

/// A pool at a server, and the connections of this process to the server.
struct RedisPool {
    address: PoolAddress,
    prefix: String,
    connections: Connections,
}

/// Returns the pool at an address, without a request.
pub(in crate::backend) fn open(text: &str) -> Result<Arc<dyn CallServer>> {
    let address = PoolAddress::parse(text)?;
    let connections = Connections::new(&Pool::new(Connector::new(&address.server)?), ANSWER);
    Ok(Arc::new(RedisPool { prefix: format!("{{ref-pool:{}}}:", address.pool), address, connections }))
}

fn text(text: impl ToString) -> Vec<u8> {
    text.to_string().into_bytes()
}

fn time(time: Duration) -> Vec<u8> {
    text(millis(time))
}

impl RedisPool {
    /// Calls a function, once more if an idle connection turns out to be broken.
    fn ask(&self, script: &Script, long: Option<String>, args: &[Vec<u8>]) -> Result<ReplyParts> {
        let keys: Vec<String> = std::iter::once(self.prefix.clone()).chain(long).collect();
        let said = self.connections.aside(|connection| run(connection, script, &keys, args));
        ReplyParts::of(said.map_err(ServerFault::error)?)
    }

    /// Sends a request that the server may let wait for `patience`, and returns the entries of its reply.
    fn wait(&self, request: &redis::Cmd, patience: Duration) -> Result<Vec<StreamEntry>, ServerFault> {
        let mut connection = self.connections.take()?;
        connection.limit(patience + ANSWER)?;
        match exchange(&mut connection, &request.get_packed_command()) {
            Ok(value) => {
                self.connections.give_back(connection);
                Ok(entries(value))
            }
            Err(fault) => {
                self.connections.discard_idle();
                Err(fault)
            }
        }
    }

    fn key(&self, kind: &str, of: &str) -> String {
        format!("{}{kind}:{of}", self.prefix)
    }

    /// Returns the key of a call's long message: of its `message` or of its `answer`.
    fn long(&self, kind: &str, caller: &str, number: u64) -> String {
        format!("{}{kind}:{caller}:{number}", self.prefix)
    }

    /// Returns what a stream has of a message, and the message's length if it is long. Writes a long message.
    fn staged<'a>(&self, key: &str, message: &'a [u8]) -> Result<(&'a [u8], usize)> {
        if message.len() <= INLINE {
            return Ok((message, 0));
        }
        // An earlier attempt may have written it, whole or in part.
        let request = |name: &str| {
            let packed = redis::cmd(name).arg(key).get_packed_command();
            self.connections.aside(|connection| exchange(connection, &packed)).map_err(ServerFault::error)
        };
        match request("STRLEN")? {
            Value::Int(length) if usize::try_from(length) == Ok(message.len()) => {}
            length => {
                if length != Value::Int(0) {
                    request("UNLINK")?;
                }
                payload::stage(&self.connections, ANSWER, key, message, STAGED)?;
            }
        }
        Ok((&[], message.len()))
    }

    /// Returns a message that was in a stream, or is long. `None` if a long one is gone.
    fn fetched(&self, key: &str, message: Vec<u8>, length: u64) -> Result<Option<Vec<u8>>> {
        if length == 0 {
            return Ok(Some(message));
        }
        Ok(payload::fetch(&self.connections, ANSWER, key, length)?.map(|bytes| bytes.to_vec()))
    }

    /// Asks for the next call. `has` is the entry of the queue that this process has read already.
    fn next(&self, worker: &str, build: &str, ran: Option<&WorkerAnswer>, mut has: StreamEntry) -> Result<Taken> {
        let mut args = vec![text(worker), text(build), time(KEPT)];
        let mut long = None;
        match ran {
            Some(WorkerAnswer { caller, number, kind, worker, message, progress }) => {
                let key = self.long("answer", caller, *number);
                let (inline, length) = self.staged(&key, message)?;
                long = Some(key).filter(|_| length > 0);
                args.extend([text(caller), text(number), text(kind_text(*kind)), text(worker), inline.to_vec()]);
                args.extend([text(length), text(progress_text(*progress))]);
            }
            None => args.extend(std::iter::repeat_n(Vec::new(), 7)),
        }
        args.push(text(&has.id));
        let mut said = self.ask(&script::POOL_TAKE, long, &args)?;
        match said.text()?.as_str() {
            "lost" => Ok(Taken::Lost),
            "none" => Ok(Taken::None),
            "call" => {
                let (caller, number, message, length) = (said.text()?, said.number()?, said.bytes()?, said.number()?);
                let message = if message.is_empty() { has.field("m") } else { message };
                let key = self.long("message", &caller, number);
                // A message that is gone is an empty one, which the worker refuses.
                let message = self.fetched(&key, message, length)?.unwrap_or_default();
                Ok(Taken::Call(TakenCall { caller, number, message }))
            }
            _ => Err(foreign()),
        }
    }

    /// Reads an answer. `None` if it is none.
    fn answer(mut entry: StreamEntry) -> Option<(PoolAnswer, u64)> {
        let (number, kind) = (entry.number("n")?, kind_of(&entry.text("k")?)?);
        let (worker, message, length) = (entry.text("w")?, entry.field("m"), entry.number("l")?);
        let progress = progress_of(&entry.text("p")?);
        Some((PoolAnswer { id: entry.id, number, kind, worker, message, progress }, length))
    }
}

impl CallServer for RedisPool {
    fn join(&self, member: &NewMember<'_>) -> Result<PoolWorkers> {
        let functions = member.functions.unwrap_or_default();
        let args = [text(member.id), time(LEASE), time(KEPT), text(member.build), text(member.process)];
        let args: Vec<_> = args.into_iter().chain([functions.to_vec()]).collect();
        self.ask(&script::POOL_JOIN, None, &args)?.workers()
    }

    fn renew_caller(&self, caller: &str, read: &str) -> Result<Option<PoolWorkers>> {
        let args = [text(caller), time(LEASE), time(KEPT), Vec::new(), text(read)];
        let mut said = self.ask(&script::POOL_BEAT, None, &args)?;
        if said.text()? == "ok" { said.workers().map(Some) } else { Ok(None) }
    }

    fn renew_worker(&self, worker: &str, running: Option<&ReportedCall<'_>>) -> Result<WorkerRenewal> {
        let call = running.map(|call| format!("{}\t{}", call.caller, call.number)).unwrap_or_default();
        let progress = progress_text(running.and_then(|call| call.progress));
        let args = [text(worker), time(LEASE), time(KEPT), text(call), text(progress)];
        let mut said = self.ask(&script::POOL_BEAT, None, &args)?;
        if said.text()? == "ok" { said.stop().map(WorkerRenewal::Goes) } else { Ok(WorkerRenewal::Lost) }
    }

    fn leave(&self, member: &str) -> Result<()> {
        self.ask(&script::POOL_LEAVE, None, &[text(member)]).map(drop)
    }

    fn submit(&self, caller: &str, number: u64, build: &str, message: &[u8]) -> Result<Submitted> {
        let key = self.long("message", caller, number);
        let (inline, length) = self.staged(&key, message)?;
        let long = Some(key).filter(|_| length > 0);
        let args = [text(caller), text(number), text(build), time(KEPT), inline.to_vec(), text(length)];
        let mut said = self.ask(&script::POOL_SUBMIT, long, &args)?;
        match said.text()?.as_str() {
            "ok" => Ok(Submitted::Queued),
            "other" => said.bytes().map(Submitted::Other),
            "lost" => Ok(Submitted::Lost),
            _ => Err(ran_out()),
        }
    }

    fn answers(&self, caller: &str, read: &str, patience: Duration) -> Result<Vec<PoolAnswer>> {
        let mut request = redis::cmd("XREAD");
        request.arg("COUNT").arg(256).arg("BLOCK").arg(millis(patience).max(1));
        request.arg("STREAMS").arg(self.key("answers", caller)).arg(read);
        let entries = self.wait(&request, patience).map_err(ServerFault::error)?;
        let mut answers = Vec::with_capacity(entries.len());
        for (mut answer, length) in entries.into_iter().filter_map(Self::answer) {
            let key = self.long("answer", caller, answer.number);
            // A message that is gone is an empty one, which the caller refuses.
            answer.message = self.fetched(&key, answer.message, length)?.unwrap_or_default();
            answers.push(answer);
        }
        Ok(answers)
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
        };
        self.ask(&script::POOL_STOP, None, &[text(caller), text(number), text(how), time(KEPT)]).map(drop)
    }

    fn take(&self, worker: &str, build: &str, ran: Option<&WorkerAnswer>) -> Result<Taken> {
        self.next(worker, build, ran, StreamEntry::default())
    }

    fn wait_and_take(&self, worker: &str, build: &str, patience: Duration) -> Result<Taken> {
        let mut request = redis::cmd("XREADGROUP");
        request.arg("GROUP").arg("w").arg(worker).arg("COUNT").arg(1).arg("BLOCK").arg(millis(patience).max(1));
        request.arg("STREAMS").arg(self.key("queue", build)).arg(">");
        match self.wait(&request, patience) {
            // The queue may be gone. Then the worker is dead, and the next request says so.
            Err(ServerFault::Final(_)) => self.next(worker, build, None, StreamEntry::default()),
            read => match read.map_err(ServerFault::error)?.into_iter().next() {
                Some(entry) => self.next(worker, build, None, entry),
                None => Ok(Taken::None),
            },
        }
    }

    fn count(&self, caller: &str, build: &str) -> Result<PoolCounts> {
        let mut said = self.ask(&script::POOL_STATS, None, &[text(caller), text(build)])?;
        let [workers, busy, queued, running] = [said.number()?, said.number()?, said.number()?, said.number()?];
        Ok(PoolCounts { workers, busy, queued, running })
    }
}

impl fmt::Display for RedisPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}
