//! The processes of a run: the driver starts them, sends them signals, and judges how they have ended.

use super::super::Dice;
use super::mounts::said;
use super::{Part, Place, World};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, PipeWriter};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The processes of a run, as all threads of the driver share them.
pub(super) struct Processes {
    pub(super) world: World,
    /// The standard error of all processes: a pipe, to which a limit on file sizes does not apply.
    errors: PipeWriter,
    processes: Mutex<Vec<Process>>,
    done: Mutex<BTreeMap<String, u64>>,
    started: Mutex<u64>,
}

struct Process {
    child: Child,
    what: String,
    /// Whether the process is a client or a caller, which may be killed, and no keeper.
    is_killable: bool,
    /// Whether a part has stopped the process. The part will continue the process.
    stopped: bool,
}

/// The number of a process that may be killed, valid until [`Processes::reap`] has seen the end of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target(u32);

/// Starts a process. Tries again while the program's file is busy: a fork of this process may still have the file open
/// for writing, until the fork runs a program of its own.
pub(super) fn spawn(command: &mut Command) -> Child {
    loop {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            spawned => return spawned.expect("a process starts"),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Processes {
    pub(super) fn new(world: World) -> io::Result<Self> {
        let (mut said, errors) = io::pipe()?;
        let mut file = OpenOptions::new().create(true).append(true).open(world.said())?;
        // The thread ends with this process.
        std::thread::spawn(move || io::copy(&mut said, &mut file));
        // Keepers, and the processes that prepare stores, have smaller numbers.
        let started = Mutex::new(1_000);
        Ok(Self { world, errors, processes: Mutex::default(), done: Mutex::default(), started })
    }

    /// Adds one to the figure `what` of the run.
    pub(super) fn count(&self, what: &str) {
        *lock(&self.done).entry(what.to_owned()).or_default() += 1;
    }

    pub(super) fn done(&self) -> BTreeMap<String, u64> {
        lock(&self.done).clone()
    }

    /// Returns a command that runs the program's present file in a new process group.
    pub(super) fn command(&self, place: Place, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.world.program());
        command.args(arguments).current_dir(place.home(&self.world)).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(self.errors.try_clone().expect("another end of the pipe"));
        command
    }

    pub(super) fn start_keeper(&self, place: Place, seed: u64) {
        let child = spawn(&mut self.command(place, &["keep", &place.name(), &seed.to_string()]));
        self.add(child, format!("keeper of {}", place.name()), false);
    }

    /// Returns the seed of a new process: its number in the low bits, and random bits above. The keys of its objects
    /// contain the number.
    fn fresh_seed(&self, dice: &mut Dice) -> u64 {
        let mut started = lock(&self.started);
        *started += 1;
        *started | dice.below(1 << 31) << 20
    }

    /// Starts a client or a caller. About half of these processes get a step at which they kill themselves.
    pub(super) fn start(&self, dice: &mut Dice) {
        let seed = self.fresh_seed(dice);
        let place = Place::VISITED[dice.below(3 + u64::from(self.world.has(Part::Wander))) as usize];
        let what = if dice.one_in(5) { "call" } else { "use" };
        let point = match dice.below(4) {
            0 => format!("kill::{}", 1 + dice.below(60)),
            1 => format!("kill::{}", 1 + dice.below(3000)),
            _ => String::new(),
        };
        let mut command = self.command(place, &[what, &place.name(), &seed.to_string()]);
        if self.world.has(Part::Wander) && dice.one_in(3) {
            command.env("REF_STORE_DIR", if place == Place::Odd { "../stores" } else { "../disk/stores" });
        }
        let child = spawn(command.env("REF_POINT", point));
        self.add(child, format!("{what} in {}", place.name()), true);
    }

    fn add(&self, child: Child, what: String, is_killable: bool) {
        self.count("started");
        lock(&self.processes).push(Process { child, what, is_killable, stopped: false });
    }

    pub(super) fn killable(&self) -> usize {
        lock(&self.processes).iter().filter(|process| process.is_killable).count()
    }

    pub(super) fn keepers(&self) -> usize {
        lock(&self.processes).iter().filter(|process| !process.is_killable).count()
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.processes).is_empty()
    }

    pub(super) fn pick(&self, dice: &mut Dice) -> Option<Target> {
        let processes = lock(&self.processes);
        let killable: Vec<_> = processes.iter().filter(|process| process.is_killable && !process.stopped).collect();
        let nth = dice.below(killable.len().max(1) as u64) as usize;
        killable.get(nth).map(|process| Target(process.child.id()))
    }

    /// Sends a signal to a process or to its group, unless the end of the process was seen already.
    pub(super) fn signal(&self, target: Target, signal: Signal, group: bool) {
        let mut processes = lock(&self.processes);
        let Some(process) = processes.iter_mut().find(|process| process.child.id() == target.0) else { return };
        // The process was not waited for yet, so no other process has its number.
        let pid = Pid::from_child(&process.child);
        let _over = if group { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
        if group && signal == Signal::CONT {
            // A worker that was stopped between `fork` and `exec` has left the group while it was stopped, and its parent
            // waits for its `exec`.
            children(pid).for_each(|child| _ = kill_process(child, signal));
        }
        match signal {
            Signal::STOP | Signal::TSTP => process.stopped = true,
            Signal::CONT => process.stopped = false,
            _ => {}
        }
    }

    /// Judges the processes that have ended. Returns how many there were.
    pub(super) fn reap(&self) -> usize {
        let mut over = Vec::new();
        lock(&self.processes).retain_mut(|process| match process.child.try_wait() {
            Ok(None) => true,
            ended => {
                over.push((process.child.id(), process.what.clone(), process.is_killable, ended));
                false
            }
        });
        for (pid, what, is_killable, ended) in &over {
            match ended {
                Ok(Some(status)) => self.judge(*pid, what, *is_killable, *status),
                _ => self.world.report(&format!("{what} cannot be waited for")),
            }
        }
        over.len()
    }

    /// Counts a process that ended with success, with exit code 77, or by a signal that the run sends. Reports any
    /// other end as a violation. A process that ends with exit code 77 has reported its violation itself.
    fn judge(&self, pid: u32, what: &str, is_killable: bool, status: ExitStatus) {
        let sent = match status.signal() {
            Some(9) => is_killable,
            Some(1 | 2 | 15) => is_killable && self.world.has(Part::Signals),
            _ => false,
        };
        match status.code() {
            Some(0) => self.count("ended"),
            Some(77) => self.count("ended early"),
            _ if sent => self.count("killed"),
            _ => {
                let said = said(&self.world);
                let last: Vec<_> = said.lines().rev().take(3).collect();
                self.world.report(&format!("a process ({what}) ended with {status} {pid} after {last:?}"));
            }
        }
    }

    /// Returns the names of the processes that have not ended.
    pub(super) fn names(&self) -> Vec<String> {
        lock(&self.processes).iter().map(|process| format!("{} {}", process.what, process.child.id())).collect()
    }

    /// Kills every process.
    pub(super) fn end(&self) {
        for process in lock(&self.processes).iter_mut() {
            let _over = (process.child.kill(), process.child.wait());
        }
    }
}

/// Returns the children of all threads of a process.
fn children(pid: Pid) -> impl Iterator<Item = Pid> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero())).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    let pids = |list: String| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>();
    lists.flat_map(pids).filter_map(Pid::from_raw)
}

/// Ends the processes, so that none outlives a driver that panics.
impl Drop for Processes {
    fn drop(&mut self) {
        self.end();
    }
}
