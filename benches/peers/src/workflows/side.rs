//! The two sides: processes that do what they are told, and say how long that took.

use crate::case::{Place, Setting, WORKERS};
use crate::server::Server;
use ref_peers::Done;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a side may take for what it is told. An act takes seconds at most.
const DEADLINE: Duration = Duration::from_secs(90);
/// How long a side may take to end.
const ENDS: Duration = Duration::from_secs(5);
/// The argument with which this program is the side of this crate.
pub(crate) const SIDE: &str = "--side";

/// A process, which has workers of its own, and the server that it uses.
pub(crate) struct Side {
    name: &'static str,
    child: Child,
    /// `None` when the side is told to end.
    asks: Option<ChildStdin>,
    lines: Receiver<String>,
    server: Option<Server>,
    /// The folder of its store, which is removed after it.
    _folder: tempfile::TempDir,
}

impl Side {
    /// Starts `ProxyStore` with its pool of processes.
    pub(crate) fn theirs(setting: &Setting, place: Place) -> Done<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("proxystore_workflows.py");
        Self::start(setting, place, "ProxyStore", |folder, server| {
            let mut command = Command::new(&setting.python);
            command.arg(program);
            match server {
                Some(server) => command.args(["redis", &server.port().to_string()]),
                None => command.arg("file").arg(folder.join("files")),
            };
            command.arg(WORKERS.to_string());
            Ok(command)
        })
    }

    /// Starts this program with workers.
    pub(crate) fn ours(setting: &Setting, place: Place) -> Done<Self> {
        Self::start(setting, place, "ref", |folder, server| {
            let mut command = Command::new(std::env::current_exe()?);
            let address = server.map(|server| format!("redis://127.0.0.1:{}?store=workflows", server.port()));
            command.arg(SIDE).arg(address.as_deref().unwrap_or("shm://workflows")).env("REF_STORE_DIR", folder);
            Ok(command)
        })
    }

    fn start(
        setting: &Setting,
        place: Place,
        name: &'static str,
        command: impl FnOnce(&Path, Option<&Server>) -> Done<Command>,
    ) -> Done<Self> {
        let folder = tempfile::Builder::new().prefix("store-").tempdir_in(&setting.folder)?;
        let server = (place == Place::Server).then(|| Server::start(&setting.redis)).transpose()?;
        let mut command = command(folder.path(), server.as_ref())?;
        // A group of its own, so that all its processes can be ended together.
        let mut child = command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let asks = child.stdin.take();
        let said = BufReader::new(child.stdout.take().ok_or("no output")?);
        let (send, lines) = channel();
        std::thread::spawn(move || said.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Ok(Self { name, child, asks, lines, server, _folder: folder })
    }

    /// Has the side do something so many `times`. Returns how long that took together.
    ///
    /// # Errors
    /// The side has ended, did not end in time, or has found something else than `found`.
    pub(crate) fn act(&mut self, act: &str, size: usize, times: u32, found: &str) -> Done<Duration> {
        writeln!(self.asks.as_mut().ok_or("no input")?, "{act} {size} {times}")?;
        let what = || format!("{}: {times} times `{act}` with {size} bytes", self.name);
        let line = self.lines.recv_timeout(DEADLINE).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("{} took more than {DEADLINE:?}", what()),
            RecvTimeoutError::Disconnected => format!("{}: the program has ended", what()),
        })?;
        let (seconds, said) = line.split_once(' ').ok_or("no such line")?;
        if said != found {
            return Err(format!("{}: `{said}` was found, and not `{found}`", what()).into());
        }
        Ok(Duration::from_secs_f64(seconds.parse()?))
    }

    /// Returns the processes of the side that were not started by others of the side.
    pub(crate) fn pids(&self) -> Vec<u32> {
        std::iter::once(self.child.id()).chain(self.server.as_ref().map(Server::pid)).collect()
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        drop(self.asks.take());
        let began = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && began.elapsed() < ENDS {
            std::thread::sleep(Duration::from_millis(5));
        }
        // What is left of the group, as after a deadline. The workers of `ref` end with their parent.
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _dead = kill_process_group(group, Signal::KILL);
        }
        let _waited = self.child.wait();
    }
}
