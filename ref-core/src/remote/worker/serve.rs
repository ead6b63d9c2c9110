//! The loop of a worker, which runs one call after another. It ends when the parent tells the worker to exit, when the
//! parent is gone, or after an error of the socket.

use super::cache::WorkerCache;
use super::incoming::Incoming;
use super::owned::UnusedOwners;
use super::{parent, registry, report};
use crate::codec::plain;
use crate::error::Result;
use crate::remote::panics::discard;
use crate::remote::protocol::greeting::Greeting;
use crate::remote::protocol::program::name_process;
use crate::remote::protocol::request::Request;
use crate::remote::protocol::response::Response;
use crate::remote::protocol::sent_error::SentError;
use crate::remote::protocol::start::{MEMORY, ROLE, Role, has_far_caller};
use crate::remote::protocol::wire::Message;
use crate::sync::point;
use crate::sync::signals::EndSignals;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, Signal, getpid, getrlimit, kill_process, setrlimit};
use std::any::Any;
use std::cell::RefCell;
use std::env;
use std::fs::File;
use std::io::{self, BufReader};
use std::os::unix::net::UnixStream;
use std::panic::{self, AssertUnwindSafe};
use std::process::exit;
use std::thread;
use std::time::Duration;

/// How long a worker keeps sessions and values while no request comes.
const IDLE: Duration = Duration::from_secs(10);
/// How long a response waits before it is sent again, if too many descriptors are on their way.
const MANY_ON_THEIR_WAY: Duration = Duration::from_millis(10);

/// The exit code of a worker that cannot go on.
const BROKEN: i32 = 70;

/// The size of the stack for calls, in bytes, if the stack of a main thread has no limit.
const STACK: u64 = 1 << 26;

/// Runs calls and then exits, if this process was started as a worker. Otherwise returns at once.
pub(in crate::remote) fn serve_if_worker() {
    let socket = match parent::socket() {
        Ok(Some(socket)) => socket,
        Ok(None) => return,
        Err(error) => leave(Err(error)),
    };
    let _it_was_called_before = ROLE.set(Role::Worker);
    let serve = move || prepare(&socket).and_then(|()| serve(&socket));
    // The calling thread may be inside of an async runtime, in which a call could not block. A new thread is outside of
    // every runtime.
    let calls = thread::Builder::new().name("ref-calls".into()).stack_size(stack()).spawn(serve);
    leave(calls.and_then(|calls| calls.join().unwrap_or_else(|_| Err(io::Error::other("the worker panicked")))))
}

fn leave(served: io::Result<()>) -> ! {
    match served {
        Ok(()) => exit(0),
        Err(error) => {
            eprintln!("worker {}: {error}", std::process::id());
            exit(BROKEN)
        }
    }
}

/// Returns the size of the stack for calls: the limit of a main thread's stack, but at least 2 MiB and at most 1 GiB,
/// or [`STACK`] if there is no limit. So within these bounds a function can recurse as deep in a worker as in a main
/// thread.
fn stack() -> usize {
    getrlimit(Resource::Stack).current.unwrap_or(STACK).clamp(1 << 21, 1 << 30) as usize
}

fn prepare(socket: &UnixStream) -> io::Result<()> {
    limit_memory()?;
    name_process();
    remember_panics();
    report::set(parent::die_with_parent(socket)?);
    if has_far_caller() {
        // A signal to all processes of a service has the process that has joined the pool leave it, after the call that
        // runs here.
        let _or_it_ends_this_process = EndSignals::ignore();
    }
    let greeting = registry::keys().and_then(Greeting::message);
    greeting.map_err(io::Error::other)?.write(&mut &*socket)
}

fn limit_memory() -> io::Result<()> {
    let Some(most) = env::var(MEMORY).ok().and_then(|most| most.parse().ok()) else { return Ok(()) };
    let maximum = getrlimit(Resource::As).maximum;
    Ok(setrlimit(Resource::As, Rlimit { current: Some(most), maximum })?)
}

fn serve(socket: &UnixStream) -> io::Result<()> {
    let mut cache = WorkerCache::default();
    let mut requests = BufReader::with_capacity(1 << 16, socket);
    let worker = getpid();
    for call in 1.. {
        if requests.buffer().is_empty() && !cache.is_empty() && !has_input(socket, IDLE) {
            cache.clear();
        }
        let Some(request) = Message::read(&mut requests)? else {
            cache.clear();
            parent::die();
            return Ok(());
        };
        if request.parts.is_empty() {
            cache.clear();
            return Ok(());
        }
        point("remote.received");
        report::begin(call);
        let response = respond(&mut cache, request);
        report::end();
        if getpid() != worker {
            // The function has forked, and this process is the child, which has also returned from the function. Only
            // the worker responds.
            let _it_dies_here = kill_process(getpid(), Signal::KILL);
        }
        point("remote.ran");
        send(&response, socket)?;
        point("remote.replied");
        cache.trim();
    }
    Ok(())
}

/// Sends a response. The kernel counts the descriptors of a user that are on their way, and sends none if there are too
/// many: then the response waits until the caller, which may be stopped, has taken some.
fn send(response: &Message, socket: &UnixStream) -> io::Result<()> {
    loop {
        match response.send(socket) {
            Err(error) if error.raw_os_error() == Some(Errno::TOOMANYREFS.raw_os_error()) => {
                std::thread::sleep(MANY_ON_THEIR_WAY);
            }
            sent => return sent,
        }
    }
}

/// Waits until the socket has bytes to read or is closed, at most for `timeout`. Returns `false` at the timeout.
fn has_input(socket: &UnixStream, timeout: Duration) -> bool {
    let timeout = Timespec::try_from(timeout).ok();
    let mut socket = [PollFd::new(socket, PollFlags::IN)];
    loop {
        match poll(&mut socket, timeout.as_ref()) {
            Err(Errno::INTR) => {}
            // After an error of `poll`, this returns `true`, and the next read returns the error.
            polled => return polled != Ok(0),
        }
    }
}

/// Runs the call of a request, and returns the response.
fn respond(cache: &mut WorkerCache, message: Message) -> Message {
    let back = UnusedOwners::default();
    let (response, parts, files) = match run(cache, message, &back) {
        Ok(Ok((parts, files))) => (Response::Returned, parts, files),
        Ok(Err(error)) => (Response::Refused(SentError::new(&error)), sent_back(&back), Vec::new()),
        Err(Panic { message, at }) => (Response::Panicked { message, at }, sent_back(&back), Vec::new()),
    };
    // A response is numbers and text, so its encoding does not fail. If the encoding failed, the caller could not
    // decode the empty part, and the call would fail.
    let front = plain::write(&response).unwrap_or_default();
    Message { parts: std::iter::once(front).chain(parts).collect(), files }
}

/// The parts after the first one, and the files.
type PartsAndFiles = (Vec<Vec<u8>>, Vec<File>);

/// Returns the part of a message with the owners that are sent back to the caller.
fn sent_back(back: &UnusedOwners) -> Vec<Vec<u8>> {
    plain::write(&*back.borrow()).into_iter().collect()
}

/// Calls the function. Returns its result and the new values of its `&mut` arguments. The inner error says that the
/// function was not called, or that its result or a new value could not be sent. The outer error is a panic of the
/// function, or of user code of its arguments or result.
fn run(cache: &mut WorkerCache, message: Message, back: &UnusedOwners) -> Result<Result<PartsAndFiles>, Panic> {
    // An earlier panic, which user code has caught, may have left its location.
    let _an_earlier_location = PANICKED.take();
    let called = panic::catch_unwind(AssertUnwindSafe(|| {
        let first = message.parts.first().map(Vec::as_slice).unwrap_or_default();
        let request: Request<'static> = plain::read(first)?;
        let function = registry::find(&request.key)?;
        let mut call = Incoming::new(cache, request, message, UnusedOwners::clone(back), function.defined_at());
        let result = function.run(&mut call)?;
        let (changed, files) = call.into_changed();
        Ok((std::iter::once(result).chain(changed).collect(), files))
    }));
    called.map_err(Panic::of)
}

struct Panic {
    message: String,
    at: Option<String>,
}

thread_local! {
    /// The location of this thread's last panic. `None` if there was no panic, or the location was taken.
    static PANICKED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs a panic hook that notes where a panic happened, and then calls the hook that was installed earlier.
fn remember_panics() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let at = panic.location().map(ToString::to_string);
        let _the_thread_is_ending = PANICKED.try_with(|location| location.replace(at));
        previous(panic);
    }));
}

impl Panic {
    fn of(payload: Box<dyn Any + Send>) -> Self {
        let message = match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => match payload.downcast::<&str>() {
                Ok(text) => (*text).to_owned(),
                Err(payload) => {
                    discard(payload);
                    "(the panic's payload is not text)".to_owned()
                }
            },
        };
        Self { message, at: PANICKED.take() }
    }
}
