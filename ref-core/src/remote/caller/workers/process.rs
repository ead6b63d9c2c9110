//! One worker process, as its parent sees it.

use super::program::Program;
use crate::remote::protocol::greeting::Greeting;
use crate::remote::protocol::introduction::introduce;
use crate::remote::protocol::program::loaded_from;
use crate::remote::protocol::start::{MEMORY, WORKER, name_of};
use crate::remote::protocol::wire::Message;
use crate::remote::worker::registry;
use crate::sync::{Arc, Instant, deadline};
use crate::{Error, ErrorKind, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io::{self, BufReader, Read, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How long a program may take from its start to `remote::init()`.
const START: Duration = Duration::from_secs(30);
/// How many times a program is started again that was asked to end before it served.
const AGAIN: usize = 3;
/// How long workers may take to exit when they are told to, all together.
const END: Duration = Duration::from_secs(5);

/// A process that serves, or did when it was last heard of.
pub(super) struct Worker {
    child: Child,
    line: BufReader<Line>,
    memory: Option<u64>,
    /// How many calls it has answered.
    pub(super) calls: usize,
}

/// A worker's socket, for as long as the process lives: one that it has forked may keep the other end open after its
/// death, so neither an end of file nor a broken pipe is relied upon.
struct Line {
    /// Does not block.
    socket: UnixStream,
    /// The process itself, whatever becomes of its number.
    process: Arc<OwnedFd>,
    /// When reading and writing are `TimedOut`.
    deadline: Option<Instant>,
}

impl Worker {
    /// Starts a worker, which serves after [`greet`](Worker::greet).
    ///
    /// The worker gets a process group of its own, so that a terminal's Ctrl-C comes to this process alone.
    pub(super) fn start(program: &Program) -> Result<Self> {
        let cannot = || format!("cannot start `{}` as a worker", program.shown.display());
        let (ours, theirs) = sockets().map_err(|error| Error::io("cannot make a socket", error))?;
        let mut command = Command::new(&program.path);
        command.args(&program.arguments).envs(program.environment.iter().cloned()).process_group(0);
        command.env(WORKER, name_of(&theirs).map_err(|error| Error::io(cannot(), error))?);
        if let Some(called) = &program.called {
            command.arg0(called);
        }
        match program.memory {
            Some(most) => command.env(MEMORY, most.to_string()),
            None => command.env_remove(MEMORY),
        };
        if program.quiet {
            command.stdout(Stdio::null());
        }
        let mut child = command.stdin(OwnedFd::from(theirs)).spawn().map_err(|error| unstarted(cannot(), error))?;
        match pidfd_open(Pid::from_child(&child), PidfdFlags::empty()) {
            Ok(process) => {
                let line = Line { socket: ours, process: Arc::new(process), deadline: None };
                Ok(Self { child, line: BufReader::with_capacity(1 << 16, line), memory: program.memory, calls: 0 })
            }
            Err(error) => {
                let _ = child.kill().and_then(|()| child.wait());
                Err(Error::io(cannot(), error.into()))
            }
        }
    }

    /// Waits until the program has come to `remote::init()`, and looks whether it is the right one.
    ///
    /// A process is in its parent's group until it is in its own, so that a Ctrl-C in that moment ends it. It is started
    /// again, [`AGAIN`] times.
    pub(super) fn greet(&mut self, program: &Program) -> Result<()> {
        for _ in 0..AGAIN {
            match self.greeted(program) {
                Err(_) if self.was_asked_to_end() => *self = Self::start(program)?,
                greeted => return greeted,
            }
        }
        self.greeted(program)
    }

    fn greeted(&mut self, program: &Program) -> Result<()> {
        self.line.get_mut().deadline = deadline(START);
        let hello = Message::read(&mut self.line);
        self.line.get_mut().deadline = None;
        let said_something = matches!(hello, Ok(Some(_)));
        let greeting = match hello {
            Ok(Some(hello)) => Greeting::read(&hello),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                let message = format!("worker {} did not begin to serve within {START:?}", self.pid());
                self.bury();
                return Err(Error::new(ErrorKind::WorkerDied, message).with_remedy(first_line(program)));
            }
            _ => Ok(None),
        };
        match greeting {
            Ok(Some(greeting)) => greeting.check(&program.file, &registry::keys()?),
            Ok(None) if said_something => {
                Err(self.died("after it said something else than a worker does").with_remedy(ANOTHER))
            }
            Ok(None) => Err(self.unserved(program)),
            Err(error) => Err(error),
        }
    }

    /// Why a program ended that was to serve.
    fn unserved(&mut self, program: &Program) -> Error {
        let status = self.bury();
        let error = self.died("before it began to serve");
        match status.map(|status| (status.code(), status.signal())) {
            // The program did not look whether it is a worker, and ran to its end.
            Some((Some(0), _)) | None => error.with_remedy(first_line(program)),
            Some((_, Some(ABORT))) if self.memory.is_some() => error,
            Some((_, Some(signal))) => error.with_remedy(signalled(signal)),
            _ if program.is_this() && loaded_from().is_some() => error.with_remedy(first_line(program)),
            _ => error.with_remedy(PRINTED),
        }
    }

    /// Whether the process has died of a signal that is sent to ask for that: to a group of processes, mostly.
    fn was_asked_to_end(&mut self) -> bool {
        let status = self.child.try_wait().ok().flatten();
        status.and_then(|status| status.signal()).is_some_and(|signal| ASKED.contains(&signal))
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn process(&self) -> &Arc<OwnedFd> {
        &self.line.get_ref().process
    }

    pub(super) fn send(&mut self, request: &Message) -> io::Result<()> {
        request.write(self.line.get_mut())
    }

    /// The next answer.
    pub(super) fn receive(&mut self) -> io::Result<Message> {
        Message::read(&mut self.line)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Whether the process has not ended, and has nothing to say.
    pub(super) fn is_idle(&self) -> bool {
        let mut watched = self.line.get_ref().watched(PollFlags::IN);
        self.line.buffer().is_empty() && wait(&mut watched, Some(Instant::now())).is_ok_and(|ready| !ready)
    }

    /// What became of a process that does not answer as it should. It is dead afterwards.
    pub(super) fn died(&mut self, when: &str) -> Error {
        let pid = self.pid();
        // Killed by us only if it had not ended by itself.
        let status = self.bury();
        let how = status.map_or_else(|| "is gone".to_owned(), how);
        let error = Error::new(ErrorKind::WorkerDied, format!("worker {pid} {how} {when}; nothing was changed"));
        match (self.memory, status.and_then(|status| status.signal())) {
            (Some(most), Some(ABORT)) => error.with_remedy(format!(
                "what it printed says why; if memory ran out, its limit is {most} bytes: raise `Builder::memory`"
            )),
            _ => error,
        }
    }

    /// Sees the process dead.
    pub(super) fn bury(&mut self) -> Option<ExitStatus> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Some(status);
        }
        // It is on its way out if its socket was closed by its death; the signal then changes nothing.
        if !self.ends_before(deadline(Duration::from_millis(20))) {
            let _ = self.child.kill();
        }
        self.child.wait().ok()
    }

    /// Tells an idle worker to exit, and does not wait for that.
    pub(super) fn retire(&mut self) {
        if self.send(&Message::farewell()).is_err() {
            let _ = self.child.kill();
        }
    }

    /// Whether the process has ended, and leaves nothing.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether the process is dead by then.
    fn ends_before(&self, deadline: Option<Instant>) -> bool {
        let mut ended = [PollFd::from_borrowed_fd(self.process().as_fd(), PollFlags::IN)];
        wait(&mut ended, deadline).is_ok_and(|ended| ended)
    }

    /// Has idle workers exit by themselves, all at once. A worker that does not, such as a stopped one, is killed.
    pub(super) fn dismiss(mut workers: Vec<Self>) {
        // An idle worker has read all that was sent, so the few bytes fit into its socket.
        workers.iter_mut().for_each(|worker| _ = worker.send(&Message::farewell()));
        let patience = deadline(END);
        for worker in &mut workers {
            if !worker.ends_before(patience) {
                let _ = worker.child.kill();
            }
        }
        workers.into_iter().for_each(|mut worker| _ = worker.child.wait());
    }
}

impl Line {
    fn watched(&self, for_what: PollFlags) -> [PollFd<'_>; 2] {
        let process = PollFd::from_borrowed_fd(self.process.as_fd(), PollFlags::IN);
        [PollFd::new(&self.socket, for_what), process]
    }

    /// Waits until the socket is ready, its end included; an error if the process has died before.
    fn ready(&self, for_what: PollFlags) -> io::Result<()> {
        let mut watched = self.watched(for_what);
        match wait(&mut watched, self.deadline)? {
            false => Err(io::ErrorKind::TimedOut.into()),
            true if watched[0].revents().is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            true => Ok(()),
        }
    }
}

impl Read for Line {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.ready(PollFlags::IN)?;
        (&self.socket).read(into)
    }
}

impl Write for Line {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        loop {
            match (&self.socket).write(from) {
                // The poll sees less room than some writes need: those come back here.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.ready(PollFlags::OUT)?,
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits for one of them; `false` if the deadline came before.
fn wait(watched: &mut [PollFd<'_>], deadline: Option<Instant>) -> io::Result<bool> {
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(watched, left.as_ref()) {
            Err(rustix::io::Errno::INTR) => {}
            ready => return Ok(ready? > 0),
        }
    }
}

/// This process's end, which does not block, and the worker's, on which this process has introduced itself.
fn sockets() -> io::Result<(UnixStream, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    introduce(&ours)?;
    ours.set_nonblocking(true)?;
    Ok((ours, theirs))
}

/// Why a program may not have begun to serve.
fn first_line(program: &Program) -> String {
    match loaded_from().filter(|_| program.is_this()) {
        None => "make `ref_core::remote::init();` the first line of its `main`".to_owned(),
        Some(loaded) => format!(
            "`{}` has loaded this program from `{}`, and does not do so by itself: name the command that does with \
             `Workers::builder().command`",
            program.shown.display(),
            loaded.display()
        ),
    }
}

/// What a program died of that was to serve, by the signal.
fn signalled(signal: i32) -> &'static str {
    match signal {
        _ if ASKED.contains(&signal) => {
            "see what sends it signals (a terminal, a supervisor, a script), and start the workers again after it"
        }
        KILL => "see whether the kernel has killed it for want of memory (`dmesg`), or which program has",
        _ => "see what it has printed: it crashed before it came to `remote::init()`",
    }
}

const ABORT: i32 = 6;
const KILL: i32 = 9;
/// SIGHUP, SIGINT, SIGQUIT, SIGTERM.
const ASKED: [i32; 4] = [1, 2, 3, 15];
const ANOTHER: &str = "build this program and the workers' with the same version of `ref-core`";
const PRINTED: &str =
    "see what it has printed: it ended by itself, or for want of something (a library, memory, a file)";

/// The system did not start the program.
fn unstarted(what: String, error: io::Error) -> Error {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => "name a program that is there, by `Workers::builder().command`",
        io::ErrorKind::PermissionDenied => "make the file executable (`chmod +x`), on a file system that allows it",
        io::ErrorKind::WouldBlock => "raise the limit of processes (`ulimit -u`, `pids.max`), or start fewer workers",
        io::ErrorKind::ArgumentListTooLong => "give the workers less environment and fewer arguments",
        _ => return Error::io(what, error),
    };
    Error::io(what, error).with_remedy(remedy)
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}{}", name(signal)),
        (None, None) => format!("ended: {status}"),
    }
}

/// The signals that processes mostly die of.
fn name(signal: i32) -> &'static str {
    match signal {
        1 => " (SIGHUP)",
        2 => " (SIGINT)",
        3 => " (SIGQUIT)",
        4 => " (SIGILL)",
        ABORT => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        KILL => " (SIGKILL)",
        11 => " (SIGSEGV)",
        13 => " (SIGPIPE)",
        14 => " (SIGALRM)",
        15 => " (SIGTERM)",
        _ => "",
    }
}
