//! A pool at a server: its keys, the connections to the server, and long messages.

use super::address::PoolAddress;
use super::admission::{Admission, Backlog};
use super::reply::{ReplyParts, kind_text, progress_text};
use crate::backend::calls::{CallName, WorkerAnswer};
use crate::backend::redis::call::{exchange, run};
use crate::backend::redis::connect::Connector;
use crate::backend::redis::fault::ServerFault;
use crate::backend::redis::payload;
use crate::backend::redis::pool::{Connections, Pool, PooledConnection};
use crate::backend::redis::script::Script;
use crate::backend::redis::text::millis;
use crate::error::{ErrorKind, Result};
use redis::Value;
use std::time::Duration;

/// The longest message that is in a stream, in bytes.
const INLINE: usize = 64 << 10;
/// How long a request waits for its reply.
const ANSWER: Duration = Duration::from_secs(2);
/// How long the server keeps an unfinished or unnamed message after its last part.
const STAGED: Duration = Duration::from_secs(60);
/// How long the server keeps a pool that no member has renewed its lease in.
pub(super) const KEPT: Duration = Duration::from_secs(60);
/// The longest wait for an answer or a call.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A pool at a server, and the connections of this process to the server.
pub(super) struct RedisPool {
    pub(super) address: PoolAddress,
    pub(super) prefix: String,
    pub(super) connections: Connections,
    /// The same connections, for requests that the server may let wait.
    pub(super) waiting: Connections,
    /// Where the worker waits that this process is, if it is one.
    pub(super) admission: Admission,
    /// Whether calls wait for that worker.
    pub(super) backlog: Backlog,
}

/// The keys and arguments of the function that gives an answer. The last one is the worker, if it wants the next call.
pub(super) type AnswerArgs = (Vec<String>, Vec<Vec<u8>>);

pub(super) fn text(text: impl ToString) -> Vec<u8> {
    text.to_string().into_bytes()
}

/// Returns how long the server may let a request wait, in milliseconds.
pub(super) fn waited(patience: Duration) -> u128 {
    millis(patience.min(LONGEST_WAIT)).max(1)
}

pub(super) fn time(time: Duration) -> Vec<u8> {
    text(millis(time))
}

impl RedisPool {
    /// Returns the pool at an address, without a request.
    pub(super) fn open(text: &str) -> Result<Self> {
        let address = PoolAddress::parse(text)?;
        let pool = Pool::new(Connector::new(&address.server)?);
        let (connections, waiting) = (Connections::new(&pool, ANSWER), Connections::new(&pool, LONGEST_WAIT + ANSWER));
        let (admission, backlog) = (Admission::default(), Backlog::default());
        let prefix = format!("{{ref-pool:{}}}:", address.pool);
        Ok(Self { prefix, address, connections, waiting, admission, backlog })
    }

    /// Calls a function, once more if an idle connection turns out to be broken.
    pub(super) fn ask(&self, script: &Script, args: &[Vec<u8>]) -> Result<ReplyParts> {
        let keys = [self.prefix.clone()];
        let said = self.connections.aside(|connection| run(connection, script, &keys, args));
        ReplyParts::of(said.map_err(ServerFault::error)?)
    }

    /// Runs `act` on a connection for requests that the server may let wait.
    pub(super) fn wait<T>(&self, act: impl FnOnce(&mut PooledConnection) -> Result<T, ServerFault>) -> Result<T> {
        let mut connection = self.waiting.take().map_err(ServerFault::error)?;
        let done = act(&mut connection);
        match &done {
            Ok(_) => self.waiting.give_back(connection),
            Err(_) => self.waiting.discard_idle(),
        }
        done.map_err(ServerFault::error)
    }

    pub(super) fn key(&self, kind: &str, of: &str) -> String {
        format!("{}{kind}:{of}", self.prefix)
    }

    /// Returns the key of a call's long message: of its `message` or of its `answer`.
    pub(super) fn long(&self, kind: &str, caller: &str, number: u64) -> String {
        format!("{}{kind}:{caller}:{number}", self.prefix)
    }

    /// Returns what a stream has of a message, and the message's length if it is long. Writes a long message.
    pub(super) fn staged<'a>(&self, key: &str, message: &'a [u8]) -> Result<(&'a [u8], usize)> {
        if message.len() <= INLINE {
            return Ok((message, 0));
        }
        // An earlier attempt may have written it.
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
                payload::stage(&self.connections, ANSWER, key, &[message], STAGED)?;
            }
        }
        Ok((&[], message.len()))
    }

    /// Returns a message that was in a stream, or is long. One that is gone is an empty one, which no reader takes. The
    /// inner error is of this message, and lasts: there is no memory for it, or no right to read it.
    pub(super) fn fetched(&self, key: &str, message: Vec<u8>, length: u64) -> Result<Result<Vec<u8>>> {
        if length == 0 {
            return Ok(Ok(message));
        }
        match payload::fetch(&self.connections, ANSWER, key, length) {
            Ok(found) => Ok(Ok(found.unwrap_or_default())),
            Err(error) if error.kind() == ErrorKind::Unreachable => Err(error),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Returns the keys and arguments of the function that gives an answer, from a worker that wants no next call. Writes a
    /// long message.
    pub(super) fn answer_args(&self, build: &str, ran: &WorkerAnswer) -> Result<AnswerArgs> {
        let WorkerAnswer { call: CallName { entry, caller, number }, kind, worker, message, progress } = ran;
        let key = self.long("answer", caller, *number);
        let (inline, length) = self.staged(&key, message)?;
        let keys = std::iter::once(self.prefix.clone()).chain(Some(key).filter(|_| length > 0)).collect();
        let args = [text(build), time(KEPT), text(entry), text(caller), text(number), text(kind_text(*kind))];
        let answer = [text(worker), inline.to_vec(), text(length), text(progress_text(*progress)), Vec::new()];
        Ok((keys, args.into_iter().chain(answer).collect()))
    }
}
