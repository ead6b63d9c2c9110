//! A process that has joined a pool at a server: it takes calls, and a worker process of its own runs them.
//!
//! So the pool hears of a function that aborts, and this process can kill one that is to end. If this process is
//! killed, its worker ends too (`worker/parent`).

mod departure;
mod renewals;

use super::caller::Workers;
use super::caller::job::Job;
use super::caller::running::WorkerName;
use super::caller::transport::Transport;
use super::protocol::build::{Build, member_id, name_of, process_name};
use super::protocol::function::FunctionKey;
use super::protocol::sent_error::SentError;
use super::protocol::start::{FAR, ROLE, Role};
use super::protocol::wire::Message;
use super::worker::registry;
use crate::backend::call_server;
use crate::backend::calls::{
    AnswerKind, CallRequest, CallServer, LEASE, NewMember, TakenCall, WorkerAnswer, WorkerGate,
};
use crate::codec::plain;
use crate::error::{Error, ErrorKind, Result};
use crate::sync::{Arc, Instant, Mutex, OnceLock, lock};
use departure::Departure;
use renewals::MemberLease;
use std::convert::Infallible;
use std::ffi::OsString;
use std::time::Duration;
use std::{env, fs, process, thread};

/// The argument that makes a program join a pool. The pool's address follows.
const ARGUMENT: &str = "--worker";
/// How long a request for a call waits at most.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause after a request that failed.
const PAUSE: Duration = Duration::from_millis(50);
/// The pauses between two attempts to start a worker process: the first one, and the longest.
const START_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_START_PAUSE: Duration = Duration::from_secs(30);
/// The exit code of a process that cannot join.
const CANNOT_JOIN: i32 = 69;

/// Joins a pool and does not return, if the first argument of this process is `--worker`.
pub(super) fn join_if_asked() {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().is_some_and(|argument| argument == ARGUMENT) {
        let _it_was_called_before = ROLE.set(Role::Parent);
        let Err(error) = address(arguments.next()).and_then(|address| join(&address));
        eprintln!("cannot join the pool: {error}");
        process::exit(CANNOT_JOIN);
    }
}

/// Returns the address in an argument, or in the file that the argument names after `@`.
fn address(argument: Option<OsString>) -> Result<String> {
    let text = argument.map(|argument| argument.to_string_lossy().into_owned()).unwrap_or_default();
    match text.strip_prefix('@') {
        None => Ok(text),
        Some(path) => {
            let read = fs::read_to_string(path);
            let read = read.map_err(|error| Error::io(format!("cannot read the address in `{path}`"), error))?;
            Ok(read.trim().to_owned())
        }
    }
}

/// This process as a worker of a pool.
struct Member {
    server: Arc<dyn CallServer>,
    build: Build,
    pool: Arc<dyn Transport>,
    /// The worker process that runs the calls.
    _workers: Workers,
    departure: Arc<Departure>,
    /// Why no worker process serves.
    unready: Mutex<Option<Error>>,
    /// Whether this process has said that its user may not take calls.
    is_refused: OnceLock<()>,
}

/// Why this process takes no more calls.
enum MemberEnd {
    /// The lease is over.
    Lost,
    /// No worker process serves, and none can be started.
    Unready(Error),
}

/// A call is begun only if a worker process serves: so a host that can start none does not take the pool's calls.
impl WorkerGate for Member {
    fn may_begin(&self) -> bool {
        self.departure.begin_step() && self.is_ready()
    }

    fn may_begin_at_once(&self) -> bool {
        self.pool.serves() && self.departure.begin_step()
    }

    fn answered(&self) {
        self.departure.end_step();
    }
}

/// Makes this process a worker of the pool at that address. Does not return after it has joined.
///
/// `my-program --worker ADDRESS` calls this in [`init`](super::init). It is for programs that read their arguments
/// themselves. Call it after `init`, and before the program does anything else: this process starts itself as a worker
/// process, which runs the functions one after another. If that process dies, or a call is killed, another is started.
/// While none can be started, this process says why on its standard error and has left the pool. If the server loses this process, as after a cut or a restart, the process joins again.
///
/// SIGTERM and SIGINT do not end this process at once. It takes no more calls, gives the answer to the one that it runs,
/// leaves the pool and exits with code 0. The second signal kills the call and ends the process.
///
/// # Errors
/// Those of the first attempt to join: `Unsupported` if the address cannot be read, or not by this build, the errors of
/// the server, and those of [`Builder::start`](super::Builder::start).
///
/// ```no_run
/// # struct Arguments { pool: Option<String> }
/// # fn arguments() -> Arguments { Arguments { pool: None } }
/// fn main() -> ref_core::Result<()> {
///     ref_core::remote::init();
///     if let Some(pool) = arguments().pool {
///         let Err(error) = ref_core::remote::join(&pool);
///         return Err(error);
///     }
///     Ok(())
/// }
/// ```
pub fn join(pool: &str) -> Result<Infallible> {
    let server = call_server(pool)?;
    let workers = Workers::builder(1).env(FAR, "").start()?;
    let build = Build::of(registry::keys()?)?;
    let pool = Arc::clone(&workers.pool);
    let departure = Departure::start(server.to_string(), &pool)?;
    let (unready, is_refused) = (Mutex::default(), OnceLock::new());
    let member = Member { server, build, pool, _workers: workers, departure, unready, is_refused };
    let mut joined = member.join()?;
    loop {
        if let MemberEnd::Unready(error) = member.take_calls(&joined) {
            joined.leave();
            member.wait_until_ready(&error);
        }
        joined = loop {
            member.departure.end_here_if_asked();
            match member.join() {
                Ok(joined) => break joined,
                Err(error) => {
                    eprintln!("cannot join the pool `{}` again yet: {error}", member.server);
                    thread::sleep(LEASE / 10);
                }
            }
        };
    }
}

impl Member {
    /// Joins under a new id. What this process did under an earlier one counts no more.
    fn join(&self) -> Result<Arc<MemberLease>> {
        if !self.departure.begin_step() {
            self.departure.end_here_if_asked();
        }
        let joined = self.join_as_another();
        if let Ok(lease) = &joined {
            self.departure.joined(lease);
        }
        self.departure.end_step();
        joined
    }

    fn join_as_another(&self) -> Result<Arc<MemberLease>> {
        let (id, process, sent) = (member_id('w')?, process_name(), Instant::now());
        let functions = Some(&self.build.functions[..]);
        self.server.join(&NewMember { id: &id, build: &self.build.name, process: &process, functions })?;
        MemberLease::start(&self.server, id, sent)
    }

    /// Returns whether a worker process serves. If none does, starts one, and otherwise notes why none can be started.
    fn is_ready(&self) -> bool {
        let prepared = self.pool.prepare();
        let is_ready = prepared.is_ok();
        *lock(&self.unready) = prepared.err();
        is_ready
    }

    /// Takes calls and runs them, until the lease is over, or no worker process can be started.
    fn take_calls(&self, renewals: &Arc<MemberLease>) -> MemberEnd {
        let mut ran: Option<RanCall> = None;
        let mut is_again = false;
        // Since when the server refuses the answer.
        let mut refused: Option<Instant> = None;
        while !renewals.is_lost() {
            if ran.is_none() {
                self.departure.end_step();
                self.departure.end_here_if_asked();
            }
            let answer = ran.as_ref().map(|ran| &ran.answer);
            // The death of a worker process is told before another is started.
            let is_dead = ran.as_ref().is_some_and(|ran| ran.is_dead);
            let taken = match answer.filter(|_| is_dead) {
                Some(answer) => self.server.answer(&self.build.name, answer).map(|()| None),
                None => self.server.take(&CallRequest {
                    worker: &renewals.id,
                    build: &self.build.name,
                    ran: answer,
                    patience: PATIENCE,
                    is_again,
                    gate: self,
                }),
            };
            is_again = taken.is_err();
            match taken {
                Ok(call) => (ran, refused) = (call.map(|call| self.run(call, renewals)), None),
                Err(error) => {
                    self.tell_refusal(&error);
                    let is_transient = matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Indeterminate);
                    let since = *refused.get_or_insert_with(Instant::now);
                    // An answer that the server will never take becomes a smaller one: the error. A full disk, a primary
                    // that was demoted, and rights that are being changed may pass: the answer is sent again meanwhile.
                    let is_lasting = error.kind() == ErrorKind::TooLarge || (!is_transient && since.elapsed() >= LEASE);
                    if let Some(RanCall { answer, .. }) = ran.as_mut().filter(|_| is_lasting) {
                        (answer.kind, answer.message) = (AnswerKind::Failed, written(&error));
                    }
                    thread::sleep(PAUSE);
                    continue;
                }
            }
            if is_dead {
                let _or_why_not_is_noted = self.is_ready();
            }
            if let Some(error) = lock(&self.unready).take() {
                self.departure.end_step();
                return MemberEnd::Unready(error);
            }
        }
        self.departure.end_step();
        MemberEnd::Lost
    }

    /// Says once that the server does not let this user take calls.
    fn tell_refusal(&self, error: &Error) {
        if error.kind() == ErrorKind::NotPermitted && self.is_refused.set(()).is_ok() {
            eprintln!("cannot take calls of the pool `{}`: {error}", self.server);
        }
    }

    /// Waits until a worker process serves.
    fn wait_until_ready(&self, error: &Error) {
        eprintln!("left the pool `{}`, and joins it again when a worker process serves: {error}", self.server);
        let mut pause = START_PAUSE;
        loop {
            self.departure.end_here_if_asked();
            thread::sleep(pause);
            if self.pool.prepare().is_ok() {
                return;
            }
            pause = (2 * pause).min(LONGEST_START_PAUSE);
        }
    }

    /// Has this process's worker run a call.
    fn run(&self, call: TakenCall, renewals: &MemberLease) -> RanCall {
        let TakenCall { name: call, message } = call;
        let request = message.and_then(|message| Message::from_bytes(&message, unreadable));
        let (result, progress) = match request {
            Err(error) => (Err(error), None),
            Ok(request) => {
                let job = Job::passed_on(any_function(), request);
                renewals.begin(&call, &job);
                let result = Arc::clone(&self.pool).run(&job);
                let progress = renewals.end();
                (result, progress)
            }
        };
        let is_dead = result.is_err();
        // The worker knows that its caller is far, and has sent no files.
        let response = result.and_then(|received| Ok((received.worker, Message::of(received.parts).to_bytes()?)));
        let (kind, worker, message) = match response {
            Ok((WorkerName { pid, .. }, bytes)) => (AnswerKind::Response, name_of(pid), bytes),
            Err(error) => (AnswerKind::Failed, process_name(), written(&error)),
        };
        RanCall { answer: WorkerAnswer { call, kind, worker, message, progress }, is_dead }
    }
}

/// A call that was run.
struct RanCall {
    answer: WorkerAnswer,
    /// Whether the worker process may be dead.
    is_dead: bool,
}

fn written(error: &Error) -> Vec<u8> {
    plain::write(&SentError::new(error)).unwrap_or_default()
}

fn unreadable() -> Error {
    Error::new(
        ErrorKind::Decode,
        "what came from the pool's server is no call of this version of `ref-core`, or is gone",
    )
    .with_remedy("see what else writes to the server under the pool's name")
}

/// Returns the function that a call in this process has for spans and recordings: the function's key is in the request,
/// which this process does not decode.
fn any_function() -> &'static FunctionKey {
    static ANY: OnceLock<FunctionKey> = OnceLock::new();
    ANY.get_or_init(|| FunctionKey {
        name: "(a call of a pool)".to_owned(),
        package: String::new(),
        line_column: (0, 0),
        signature: String::new(),
    })
}
