//! How workers are started.

use super::Workers;
use super::pool::Pool;
use super::program::Program;
use crate::remote::protocol::program::{self, ProgramFile, THIS};
use crate::remote::protocol::start::{ROLE, Role, test_entry_of};
use crate::remote::worker::registry;
use crate::sync::OnceLock;
use crate::{Error, ErrorKind, Result};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// Settings of [`Workers`] that are started; what is not set has a default.
///
/// ```no_run
/// # fn main() -> ref_core::Result<()> {
/// ref_core::remote::init();
/// let workers = ref_core::Workers::builder(4).env("RUST_BACKTRACE", "1").memory(1 << 30).restarts(10).start()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `start` is called on it"]
pub struct Builder {
    count: usize,
    command: Option<(PathBuf, Vec<OsString>)>,
    environment: Vec<(OsString, OsString)>,
    memory: Option<u64>,
    restarts: usize,
    recycle_after: usize,
}

/// A path from the folder in which this process is now, as one from the root: workers that are started later are the same
/// program, wherever it has gone. A name without a folder is looked for in `PATH`.
fn rooted(path: PathBuf) -> Result<PathBuf> {
    if path.is_absolute() || !path.as_os_str().as_bytes().contains(&b'/') {
        return Ok(path);
    }
    std::path::absolute(&path).map_err(|error| Error::io(format!("cannot tell where `{}` is", path.display()), error))
}

impl Workers {
    /// Starts so many workers with the [`builder`](Workers::builder)'s defaults.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub fn start(count: usize) -> Result<Self> {
        Self::builder(count).start()
    }

    /// Settings for so many workers.
    pub fn builder(count: usize) -> Builder {
        Builder::new(count)
    }
}

impl Builder {
    fn new(count: usize) -> Self {
        Self {
            count,
            command: None,
            environment: Vec::new(),
            memory: None,
            restarts: usize::MAX,
            recycle_after: usize::MAX,
        }
    }

    /// Sets the program that workers are, with its arguments; this one, without arguments, if not set. It has to call
    /// [`remote::init`](crate::remote::init), and to have every remote function of this one, from the same code: a worker
    /// says what it has when it begins to serve. All workers of a pool run one file; one that was replaced meanwhile is
    /// `OtherProgram`.
    ///
    /// A relative path is one from the folder in which this process is at [`start`](Builder::start).
    ///
    /// Without this, workers are the program that the kernel keeps for this process (`/proc/self/exe`): they run the same code
    /// even if the program's file was replaced or removed.
    pub fn command<A: Into<OsString>>(
        mut self,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        self.command = Some((program.into(), arguments.into_iter().map(Into::into).collect()));
        self
    }

    /// Sets a variable in the workers' environment, which is otherwise this process's.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Limits each worker's address space to so many bytes. A worker that needs more is killed by its allocator, and the
    /// call is `WorkerDied`. What a worker keeps for later calls takes at most a sixteenth of it.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Sets how many workers that died are replaced, all in all; without end, if not set. When all are gone, calls are
    /// `WorkerDied`.
    pub fn restarts(mut self, most: usize) -> Self {
        self.restarts = most;
        self
    }

    /// Sets after how many calls a worker is replaced by a fresh process, before its next call: for functions, or
    /// libraries of theirs, that take more memory with every call. Never, if not set. No call is lost by it, and it is
    /// none of the [restarts](Builder::restarts): a worker in whose place none can be started goes on.
    ///
    /// Elsewhere this is called `maxtasksperchild` in Python's `multiprocessing`, and `max_requests` in gunicorn.
    pub fn recycle_after(mut self, calls: usize) -> Self {
        self.recycle_after = calls;
        self
    }

    /// Starts the workers, and returns when they serve.
    ///
    /// # Errors
    /// `NotInitialized` if workers would be this program and it has not called [`remote::init`](crate::remote::init);
    /// `WorkerDied` if a worker ends before it serves, or does not serve within 30 seconds; `DuplicateFunction` if two
    /// remote functions of this program could be taken for one another; `UnknownFunction` if the workers' program has not
    /// all of this one's, or others of their names; `OtherProgram` if workers run different files, or another version of
    /// this crate; `Unsupported` for none, for those that are recycled after none, or in a worker; `Io` if no process can
    /// be started.
    pub fn start(&self) -> Result<Workers> {
        if self.count == 0 {
            return Err(
                Error::new(ErrorKind::Unsupported, "no workers run no functions").with_remedy("start at least 1")
            );
        }
        if self.recycle_after == 0 {
            let what = "workers that are recycled after 0 calls run no functions";
            return Err(Error::new(ErrorKind::Unsupported, what).with_remedy("recycle them after at least 1"));
        }
        registry::keys()?;
        Pool::start(self.program()?, self.count, self.restarts, self.recycle_after).map(Workers::new)
    }

    fn program(&self) -> Result<Program> {
        let (environment, memory) = (self.environment.clone(), self.memory);
        if let Some((path, arguments)) = self.command.clone() {
            let (called, shown, file) = (Some(path.clone().into_os_string()), path.clone(), OnceLock::new());
            let path = rooted(path)?;
            return Ok(Program { path, called, shown, file, arguments, environment, memory, quiet: false });
        }
        let (arguments, quiet) = match ROLE.get() {
            Some(Role::Parent) => (Vec::new(), false),
            Some(Role::Worker) => return Err(a_worker_itself()),
            None => {
                let entry = test_entry_of().ok_or_else(not_initialized)?;
                (["--exact", entry, "--ignored", "--nocapture"].map(OsString::from).to_vec(), true)
            }
        };
        let (called, file) = (std::env::args_os().next(), OnceLock::from(ProgramFile::of_this_process()));
        Ok(Program { path: THIS.into(), called, shown: program::path(), file, arguments, environment, memory, quiet })
    }
}

/// Workers start none: each of theirs would start as many.
fn a_worker_itself() -> Error {
    Error::new(ErrorKind::Unsupported, "this process is a worker, and starts none of its own")
        .with_remedy("start more workers in the program that has started this one")
}

/// A program that is its own worker has to look whether it is one.
fn not_initialized() -> Error {
    Error::new(ErrorKind::NotInitialized, "workers are this program, started again, and would start workers themselves")
        .with_remedy(
            "make `ref_core::remote::init();` the first line of `main`; in a test, write \
             `ref_core::remote::test_entry!();` beside it; or name another program with `Workers::builder().command`",
        )
}
