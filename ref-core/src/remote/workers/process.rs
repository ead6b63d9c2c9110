//! One worker process, as its parent sees it.

use super::builder::Program;
use crate::remote::program::{Greeting, loaded_from};
use crate::remote::serve::{MEMORY, WORKER, farewell};
use crate::remote::wire::Message;
use crate::sync::{Arc, Instant, deadline};
use crate::{Error, ErrorKind, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io::{self, BufReader};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How long a program may take from its start to `remote::init()`.
const START: Duration = Duration::from_secs(30);
/// How long a worker may take to exit when it is told to.
const END: Duration = Duration::from_secs(5);

/// A process that serves, or did when it was last heard of.
pub(super) struct Worker {
    child: Child,
    /// The process itself, whatever becomes of its number.
    process: Arc<OwnedFd>,
    socket: BufReader<UnixStream>,
    memory: Option<u64>,
    /// How many calls it has answered.
    pub(super) calls: usize,
}

impl Worker {
    /// Starts one. It serves after [`greet`](Worker::greet).
    ///
    /// It has a group of processes of its own, so that a terminal's Ctrl-C comes to this process alone, which decides.
    pub(super) fn start(program: &Program) -> Result<Self> {
        let (ours, theirs) = UnixStream::pair().map_err(|error| Error::io("cannot make a socket", error))?;
        let mut command = Command::new(&program.path);
        command.args(&program.arguments).env(WORKER, "1").envs(program.environment.iter().cloned()).process_group(0);
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
        let name = || format!("cannot start `{}` as a worker", program.shown.display());
        let mut child = command.stdin(OwnedFd::from(theirs)).spawn().map_err(|error| unstarted(name(), error))?;
        match pidfd_open(Pid::from_child(&child), PidfdFlags::empty()) {
            Ok(process) => {
                let (process, socket) = (Arc::new(process), BufReader::with_capacity(1 << 16, ours));
                Ok(Self { child, process, socket, memory: program.memory, calls: 0 })
            }
            Err(error) => {
                let _ = child.kill().and_then(|()| child.wait());
                Err(Error::io(name(), error.into()))
            }
        }
    }

    /// Waits until the program has come to `remote::init()`, and looks whether it is the right one.
    pub(super) fn greet(&mut self, program: &Program) -> Result<()> {
        let hello = match self.is_heard(deadline(START)) {
            Ok(true) => Message::read(&mut self.socket).ok().flatten(),
            Ok(false) => {
                let message = format!("worker {} did not begin to serve within {START:?}", self.pid());
                self.bury();
                return Err(Error::new(ErrorKind::WorkerDied, message).with_remedy(first_line(program)));
            }
            Err(_) => None,
        };
        match hello.as_ref().map_or(Ok(None), Greeting::read) {
            Ok(Some(greeting)) => greeting.check(&program.file),
            Ok(None) if hello.is_some() => {
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
            // It has done something else, to the end.
            Some((Some(0), _)) | None => error.with_remedy(first_line(program)),
            Some((_, Some(ABORT))) if self.memory.is_some() => error,
            _ if program.is_this() && loaded_from().is_some() => error.with_remedy(first_line(program)),
            _ => error.with_remedy(PRINTED),
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn process(&self) -> &Arc<OwnedFd> {
        &self.process
    }

    pub(super) fn send(&mut self, request: &Message) -> io::Result<()> {
        request.write(self.socket.get_mut())
    }

    /// The next answer.
    pub(super) fn receive(&mut self) -> io::Result<Message> {
        // A process that the worker has forked may keep the socket open: its end of file is not to be relied upon.
        match self.is_heard(None)? {
            true => Message::read(&mut self.socket)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Waits until there is something to read, the end included; `false` if the deadline came before, or the process
    /// died without having said anything.
    fn is_heard(&self, deadline: Option<Instant>) -> io::Result<bool> {
        if !self.socket.buffer().is_empty() {
            return Ok(true);
        }
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let left = left.and_then(|left| Timespec::try_from(left).ok());
            let socket = PollFd::new(self.socket.get_ref(), PollFlags::IN);
            let process = PollFd::from_borrowed_fd(self.process.as_fd(), PollFlags::IN);
            let mut watched = [socket, process];
            match poll(&mut watched, left.as_ref()) {
                Ok(0) => return Ok(false),
                Ok(_) => return Ok(!watched[0].revents().is_empty()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether the process has not ended, and has nothing to say.
    pub(super) fn is_idle(&self) -> bool {
        let socket = PollFd::new(self.socket.get_ref(), PollFlags::IN);
        let process = PollFd::from_borrowed_fd(self.process.as_fd(), PollFlags::IN);
        self.socket.buffer().is_empty() && poll(&mut [socket, process], Some(&Timespec::default())) == Ok(0)
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
        let ending = [PollFd::from_borrowed_fd(self.process.as_fd(), PollFlags::IN)];
        let grace = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        let _ = poll(&mut { ending }, Some(&grace));
        let _ = self.child.kill();
        self.child.wait().ok()
    }

    /// Tells an idle worker to exit, and does not wait for that.
    pub(super) fn retire(&mut self) {
        if self.send(&farewell()).is_err() {
            let _ = self.child.kill();
        }
    }

    /// Whether the process has ended, and leaves nothing.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Has an idle worker exit by itself.
    pub(super) fn dismiss(&mut self) {
        let told = self.send(&farewell());
        let ended = PollFd::from_borrowed_fd(self.process.as_fd(), PollFlags::IN);
        let patience = Timespec::try_from(END).ok();
        if told.is_err() || poll(&mut [ended], patience.as_ref()) != Ok(1) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
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

const ABORT: i32 = 6;
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
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        13 => " (SIGPIPE)",
        14 => " (SIGALRM)",
        15 => " (SIGTERM)",
        _ => "",
    }
}
