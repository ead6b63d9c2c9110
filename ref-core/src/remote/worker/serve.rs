//! The worker's side: a process that runs one call after another until nobody asks any more.

use super::cache::WorkerCache;
use super::incoming::{Incoming, UnusedOwners};
use super::{parent, registry};
use crate::Result;
use crate::codec::plain;
use crate::remote::panics::discard;
use crate::remote::protocol::greeting::Greeting;
use crate::remote::protocol::program::name_process;
use crate::remote::protocol::request::Request;
use crate::remote::protocol::response::{Response, SentError};
use crate::remote::protocol::start::{MEMORY, ROLE, Role};
use crate::remote::protocol::wire::Message;
use crate::sync::point;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, Signal, getpid, getrlimit, kill_process, setrlimit};
use std::any::Any;
use std::cell::RefCell;
use std::env;
use std::io::{self, BufReader};
use std::os::unix::net::UnixStream;
use std::panic::{self, AssertUnwindSafe};
use std::process::exit;
use std::thread;
use std::time::Duration;

/// How long a worker keeps what it may use again, without a call.
const IDLE: Duration = Duration::from_secs(10);

/// What a worker that cannot go on exits with.
const BROKEN: i32 = 70;

/// How large the stack of a worker's calls is where a main thread's has no limit.
const STACK: u64 = 1 << 26;

/// Serves and exits, if this process is a worker.
pub(super) fn serve_if_worker() {
    let socket = match parent::socket() {
        Ok(Some(socket)) => socket,
        Ok(None) => return,
        Err(error) => leave(Err(error)),
    };
    let _it_was_called_before = ROLE.set(Role::Worker);
    let serve = move || prepare(&socket).and_then(|()| serve(&socket));
    // The calling thread may be inside of an async runtime; a new thread is not.
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

/// As much as a main thread has, so that a function may recurse in a worker as deep as there.
fn stack() -> usize {
    getrlimit(Resource::Stack).current.unwrap_or(STACK).clamp(1 << 21, 1 << 30) as usize
}

fn prepare(socket: &UnixStream) -> io::Result<()> {
    limit_memory()?;
    name_process();
    remember_panics();
    parent::die_with_parent(socket)?;
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
    loop {
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
        let response = respond(&mut cache, request);
        if getpid() != worker {
            // A child that the function has forked, and that came back from it: the answer is the worker's to give.
            let _it_dies_here = kill_process(getpid(), Signal::KILL);
        }
        point("remote.ran");
        response.write(&mut &*socket)?;
        point("remote.replied");
        cache.trim();
    }
}

/// Waits until there is something to read, the end included; `false` if nothing comes for so long.
fn has_input(socket: &UnixStream, patience: Duration) -> bool {
    let patience = Timespec::try_from(patience).ok();
    let mut socket = [PollFd::new(socket, PollFlags::IN)];
    loop {
        match poll(&mut socket, patience.as_ref()) {
            Err(Errno::INTR) => {}
            heard => return heard != Ok(0),
        }
    }
}

/// Runs one call.
fn respond(cache: &mut WorkerCache, message: Message) -> Message {
    let back = UnusedOwners::default();
    let (response, parts) = match run(cache, message, &back) {
        Ok(Ok(parts)) => (Response::Returned, parts),
        Ok(Err(error)) => (Response::Refused(SentError::new(&error)), sent_back(&back)),
        Err(Panic { message, at }) => (Response::Panicked { message, at }, sent_back(&back)),
    };
    // A reply is some numbers and words: it can be written. If not, an empty part is one that cannot be read.
    let front = plain::write(&response).unwrap_or_default();
    Message::of(std::iter::once(front).chain(parts).collect())
}

/// The owners that go back, a part each.
fn sent_back(back: &UnusedOwners) -> Vec<Vec<u8>> {
    back.borrow().iter().filter_map(|owner| plain::write(owner).ok()).collect()
}

/// The result and the changes; why the function was not called; or the panic of that, or of what its arguments run.
fn run(cache: &mut WorkerCache, message: Message, back: &UnusedOwners) -> Result<Result<Vec<Vec<u8>>>, Panic> {
    // Of an earlier panic, which was caught.
    PANICKED.take();
    let called = panic::catch_unwind(AssertUnwindSafe(|| {
        let first = message.parts.first().map(Vec::as_slice).unwrap_or_default();
        let request: Request<'static> = plain::read(first)?;
        let function = registry::find(&request.key)?;
        let mut call = Incoming::new(cache, request, message, UnusedOwners::clone(back));
        let result = function.run(&mut call)?;
        Ok(std::iter::once(result).chain(call.into_changed()).collect())
    }));
    called.map_err(Panic::of)
}

struct Panic {
    message: String,
    at: Option<String>,
}

thread_local! {
    /// Where this thread panicked last.
    static PANICKED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes where panics happen, beside what else is done about them.
fn remember_panics() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let at = panic.location().map(ToString::to_string);
        let _the_thread_is_ending = PANICKED.try_with(|place| place.replace(at));
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
