//! One worker process, as its parent sees it.

use super::program::Program;
use crate::error::{Error, ErrorKind, Result};
use crate::remote::caller::running::{Reported, RunningCall};
use crate::remote::protocol::files::receive;
use crate::remote::protocol::greeting::Greeting;
use crate::remote::protocol::pidfd::send_pidfd;
use crate::remote::protocol::program::loaded_from;
use crate::remote::protocol::progress::ProgressFile;
use crate::remote::protocol::start::{CACHE, FAR, MEMORY, WORKER, socket_name};
use crate::remote::protocol::wire::Message;
use crate::remote::worker::registry;
use crate::sync::{Arc, Instant, deadline};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How long this process waits for the greeting that a program sends in `remote::init()`.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How many times, at most, a program is started again after one of the signals [`ASK_TO_END`] has ended it before it
/// served.
const MORE_STARTS: usize = 3;
/// How long the workers of a pool may take, together, to exit after they were told to.
const EXIT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a process that is to be killed may take to end by itself.
const DEATH_TIMEOUT: Duration = Duration::from_millis(20);

/// A worker process, which may have ended since its last message.
pub(super) struct Worker {
    child: Child,
    socket: BufReader<WorkerSocket>,
    /// The file by which the functions report their progress.
    progress: Arc<ProgressFile>,
    /// How many requests were sent. The number is that of the latest request's call in `progress`.
    requests: u64,
    /// The limit of the worker's address space, in bytes.
    memory: Option<u64>,
    /// How many calls the worker has run. The pool sets this to 0 if it could not replace the worker by a fresh one.
    pub(super) calls: usize,
}

/// The socket to a worker, and a descriptor of the worker's process.
///
/// A process that the worker has forked may keep the socket's other end open after the worker's death. Then the death
/// causes no end of file and no broken pipe. So each wait watches the worker's process as well.
struct WorkerSocket {
    /// The socket is in non-blocking mode.
    stream: UnixStream,
    /// A descriptor of the process. Unlike the process's number, it never means another process.
    process: Arc<OwnedFd>,
    /// The time at which a read or a write fails with `TimedOut`. `None` is no deadline.
    deadline: Option<Instant>,
    /// The files that came with messages, those of each message together.
    files: VecDeque<Vec<File>>,
}

/// A call in a worker process.
pub(super) struct CallInProcess {
    /// A descriptor of the worker's process.
    process: Arc<OwnedFd>,
    progress: Arc<ProgressFile>,
    /// The number of the call in `progress`.
    number: u64,
}

impl RunningCall for CallInProcess {
    fn kill(&self) {
        let _it_may_be_dead = pidfd_send_signal(&self.process, Signal::KILL);
    }

    fn request_cancel(&self) {
        self.progress.request_cancel(self.number);
    }

    fn reported(&self) -> Option<Reported> {
        self.progress.reported(self.number)
    }
}

/// How a wait for descriptors has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Polled {
    Ready,
    TimedOut,
}

impl Worker {
    /// Starts a worker. The worker can be used after [`wait_until_serving`](Worker::wait_until_serving).
    ///
    /// The worker gets its own process group, so that a terminal's Ctrl-C does not reach the worker.
    pub(super) fn start(program: &Program) -> Result<Self> {
        let cannot = || format!("cannot start `{}` as a worker", program.shown.display());
        let progress = ProgressFile::new().map_err(|error| Error::io("cannot make a file for progress", error))?;
        let (ours, theirs) = sockets(&progress).map_err(|error| Error::io("cannot make a socket", error))?;
        let mut command = Command::new(&program.path);
        // This process may be a worker whose caller is on another host. The caller of its own workers is not.
        command.env_remove(FAR).envs(program.environment.iter().cloned());
        command.args(&program.arguments).process_group(0);
        command.env(WORKER, socket_name(&theirs).map_err(|error| Error::io(cannot(), error))?);
        if let Some(called) = &program.called {
            command.arg0(called);
        }
        for (name, limit) in [(MEMORY, program.memory), (CACHE, program.cache)] {
            match limit {
                Some(most) => command.env(name, most.to_string()),
                None => command.env_remove(name),
            };
        }
        if program.quiet {
            command.stdout(Stdio::null());
        }
        let mut child = command.stdin(OwnedFd::from(theirs)).spawn().map_err(|error| unstarted(cannot(), error))?;
        match pidfd_open(Pid::from_child(&child), PidfdFlags::empty()) {
            Ok(process) => {
                let socket =
                    WorkerSocket { stream: ours, process: Arc::new(process), deadline: None, files: VecDeque::new() };
                let (socket, progress) = (BufReader::with_capacity(1 << 16, socket), Arc::new(progress));
                Ok(Self { child, socket, progress, requests: 0, memory: program.memory, calls: 0 })
            }
            Err(error) => {
                let _it_may_have_ended = child.kill().and_then(|()| child.wait());
                Err(Error::io(cannot(), error.into()))
            }
        }
    }

    /// Waits until the program has come to `remote::init()`, and checks its greeting.
    ///
    /// A new process is in its parent's group until the process has moved to its own group. Until then, a Ctrl-C may
    /// end the process. So a program that a signal of [`ASK_TO_END`] has ended is started again, up to [`MORE_STARTS`]
    /// times.
    pub(super) fn wait_until_serving(&mut self, program: &Program) -> Result<()> {
        for _ in 0..MORE_STARTS {
            match self.read_greeting(program) {
                Err(_) if self.was_asked_to_end() => *self = Self::start(program)?,
                read_greeting => return read_greeting,
            }
        }
        self.read_greeting(program)
    }

    fn read_greeting(&mut self, program: &Program) -> Result<()> {
        self.socket.get_mut().deadline = deadline(START_TIMEOUT);
        let hello = Message::read(&mut self.socket);
        self.socket.get_mut().deadline = None;
        let said_something = matches!(hello, Ok(Some(_)));
        let greeting = match hello {
            Ok(Some(hello)) => Greeting::read(&hello),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                let message = format!("worker {} did not begin to serve within {START_TIMEOUT:?}", self.pid());
                let _status = self.kill_and_wait();
                return Err(Error::new(ErrorKind::WorkerDied, message).with_remedy(first_line(program)));
            }
            _ => Ok(None),
        };
        match greeting {
            Ok(Some(greeting)) => greeting.check(&program.file, &registry::keys()?),
            Ok(None) if said_something => {
                Err(self.died("after it said something else than a worker does").with_remedy(SAME_VERSION))
            }
            Ok(None) => Err(self.unserved(program)),
            Err(error) => Err(error),
        }
    }

    /// Ends a program that did not serve, unless it has ended by itself. Returns the error.
    fn unserved(&mut self, program: &Program) -> Error {
        let status = self.kill_and_wait();
        let error = self.died("before it began to serve");
        match status.map(|status| (status.code(), status.signal())) {
            // A program that does not call `init` runs to its end.
            Some((Some(0), _)) | None => error.with_remedy(first_line(program)),
            Some((_, Some(ABORT))) if self.memory.is_some() => error,
            Some((_, Some(signal))) => error.with_remedy(signalled(signal)),
            _ if program.is_this() && loaded_from().is_some() => error.with_remedy(first_line(program)),
            _ => error.with_remedy(SEE_OUTPUT),
        }
    }

    /// Returns whether one of the signals that ask a process to end has ended the process. Such signals are mostly sent
    /// to a whole process group.
    fn was_asked_to_end(&mut self) -> bool {
        let status = self.child.try_wait().ok().flatten();
        status.and_then(|status| status.signal()).is_some_and(|signal| ASK_TO_END.contains(&signal))
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn process(&self) -> &Arc<OwnedFd> {
        &self.socket.get_ref().process
    }

    /// Returns where the call of the next request will run.
    pub(super) fn next_call(&self) -> CallInProcess {
        let (process, progress) = (Arc::clone(self.process()), Arc::clone(&self.progress));
        CallInProcess { process, progress, number: self.requests + 1 }
    }

    pub(super) fn send(&mut self, request: &Message) -> io::Result<()> {
        self.requests += 1;
        request.write(self.socket.get_mut())
    }

    /// Receives the next response. Fails if the worker has died and has left no whole response.
    pub(super) fn receive(&mut self) -> io::Result<Message> {
        let files = |socket: &mut BufReader<WorkerSocket>| socket.get_mut().files.pop_front().unwrap_or_default();
        Message::read_with(&mut self.socket, files)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Returns whether the process lives and has sent no byte that was not read: a worker without a call sends nothing.
    pub(super) fn is_idle(&self) -> bool {
        let mut watched = self.socket.get_ref().watched(PollFlags::IN);
        self.socket.buffer().is_empty() && wait(&mut watched, Some(Instant::now())) == Ok(Polled::TimedOut)
    }

    /// Ends a process that does not respond as it should. Returns an error that says how the process has ended.
    pub(super) fn died(&mut self, when: &str) -> Error {
        let pid = self.pid();
        // If the process has ended by itself, the status is its own.
        let status = self.kill_and_wait();
        let how = status.map_or_else(|| "is gone".to_owned(), how);
        let error = Error::new(ErrorKind::WorkerDied, format!("worker {pid} {how} {when}; nothing was changed"));
        match (self.memory, status.and_then(|status| status.signal())) {
            (Some(most), Some(ABORT)) => error.with_remedy(format!(
                "what it printed says why; if memory ran out, its limit is {most} bytes: raise `Builder::memory`"
            )),
            _ => error,
        }
    }

    /// Waits for the process's end, and kills a process that does not end within [`DEATH_TIMEOUT`]. Returns the exit
    /// status, or `None` if the system does not tell it.
    pub(super) fn kill_and_wait(&mut self) -> Option<ExitStatus> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Some(status);
        }
        // The socket of a process closes before the process has ended. A kill at once would replace the process's own
        // exit status.
        if !self.ends_before(deadline(DEATH_TIMEOUT)) {
            let _it_may_have_ended = self.child.kill();
        }
        self.child.wait().ok()
    }

    /// Tells an idle worker to exit, and does not wait for the worker's end. Kills a worker that cannot be told.
    pub(super) fn close(&mut self) {
        if self.send(&Message::closing()).is_err() {
            let _it_may_have_ended = self.child.kill();
        }
    }

    /// Returns whether the process has ended, or the system cannot tell. A process that has ended leaves no zombie.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the process's end, at most until `deadline`. Returns whether the process has ended.
    fn ends_before(&self, deadline: Option<Instant>) -> bool {
        let mut ended = [PollFd::from_borrowed_fd(self.process().as_fd(), PollFlags::IN)];
        wait(&mut ended, deadline) == Ok(Polled::Ready)
    }

    /// Tells idle workers to exit, all at once, and waits for their ends. A worker that does not exit in time, such as
    /// a stopped one, is killed.
    pub(super) fn close_all(mut workers: Vec<Self>) {
        for worker in &mut workers {
            // The write does not wait: an idle worker has read all requests, so its socket has room.
            let _it_may_have_ended = worker.send(&Message::closing());
        }
        let until = deadline(EXIT_TIMEOUT);
        for worker in &mut workers {
            if !worker.ends_before(until) {
                let _it_may_have_ended = worker.child.kill();
            }
        }
        for mut worker in workers {
            let _status = worker.child.wait();
        }
    }
}

impl WorkerSocket {
    fn watched(&self, for_what: PollFlags) -> [PollFd<'_>; 2] {
        let process = PollFd::from_borrowed_fd(self.process.as_fd(), PollFlags::IN);
        [PollFd::new(&self.stream, for_what), process]
    }

    /// Waits until the socket is ready or closed.
    ///
    /// # Errors
    /// `TimedOut` at the deadline, `UnexpectedEof` if the process has ended and the socket is not ready, and the error
    /// of the wait itself.
    fn ready(&self, for_what: PollFlags) -> io::Result<()> {
        let mut watched = self.watched(for_what);
        match wait(&mut watched, self.deadline)? {
            Polled::TimedOut => Err(io::ErrorKind::TimedOut.into()),
            Polled::Ready if watched[0].revents().is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            Polled::Ready => Ok(()),
        }
    }
}

impl Read for WorkerSocket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.ready(PollFlags::IN)?;
        receive(&self.stream, into, &mut self.files)
    }
}

impl Write for WorkerSocket {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        loop {
            match (&self.stream).write(from) {
                // `poll` may report less room than this write needs. Then the loop waits again.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.ready(PollFlags::OUT)?,
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits until one of `watched` is ready, at most until `deadline`, and returns which of the two has come. `None` is no
/// deadline.
fn wait(watched: &mut [PollFd<'_>], deadline: Option<Instant>) -> Result<Polled, Errno> {
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(watched, left.as_ref()) {
            // A signal has interrupted the wait. The time that is left is computed again.
            Err(Errno::INTR) => {}
            ready => return ready.map(|ready| if ready > 0 { Polled::Ready } else { Polled::TimedOut }),
        }
    }
}

/// Makes a pair of connected sockets: one for this process, in non-blocking mode, and one for the worker. Sends
/// descriptors of this process and of `progress` to the worker's socket.
fn sockets(progress: &ProgressFile) -> io::Result<(UnixStream, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    send_pidfd(&ours, progress)?;
    ours.set_nonblocking(true)?;
    Ok((ours, theirs))
}

/// Returns the remedy for a program that has not begun to serve.
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

/// Returns the remedy for a program that a signal has ended before it served.
fn signalled(signal: i32) -> &'static str {
    match signal {
        _ if ASK_TO_END.contains(&signal) => {
            "see what sends it signals (a terminal, a supervisor, a script), and start the workers again after it"
        }
        KILL => "see whether the kernel has killed it for want of memory (`dmesg`), or which program has",
        _ => "see what it has printed: it crashed before it came to `remote::init()`",
    }
}

const ABORT: i32 = 6;
const KILL: i32 = 9;
/// The signals that ask a process to end: SIGHUP, SIGINT, SIGQUIT and SIGTERM.
const ASK_TO_END: [i32; 4] = [1, 2, 3, 15];
const SAME_VERSION: &str = "build this program and the workers' with the same version of `ref-core`";
const SEE_OUTPUT: &str =
    "see what it has printed: it ended by itself, or for want of something (a library, memory, a file)";

/// Returns the error for a program that the system could not start.
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

/// Returns in words how a process has ended.
fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}{}", name(signal)),
        (None, None) => format!("ended: {status}"),
    }
}

/// Returns the name of a signal, in parentheses. Returns an empty text for a signal that is not in the list.
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
