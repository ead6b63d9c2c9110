//! The settings of a pool, and its start.

use super::Workers;
use super::pool::Pool;
use super::program::Program;
use crate::error::{Error, ErrorKind, Result};
use crate::remote::protocol::program::{self, ProgramFile, THIS};
use crate::remote::protocol::start::{ROLE, Role, test_entry_of};
use crate::remote::worker::registry;
use crate::sync::OnceLock;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// Settings with which [`Workers`] are started. Each setting but the number of workers has a default.
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
    cache: Option<u64>,
    restarts: usize,
    recycle_after: usize,
}

/// Makes a relative path absolute. So workers that are started later run the same program, even if this process has
/// changed its current folder. A name without a `/` stays as it is: the system looks for that name in `PATH`.
fn rooted(path: PathBuf) -> Result<PathBuf> {
    if path.is_absolute() || !path.as_os_str().as_bytes().contains(&b'/') {
        return Ok(path);
    }
    std::path::absolute(&path).map_err(|error| Error::io(format!("cannot tell where `{}` is", path.display()), error))
}

impl Workers {
    /// Starts `count` workers with the [`builder`](Workers::builder)'s defaults.
    ///
    /// # Errors
    /// The errors of [`Builder::start`].
    pub fn start(count: usize) -> Result<Self> {
        Self::builder(count).start()
    }

    /// Returns the settings of a pool of `count` workers. Each other setting has its default.
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
            cache: None,
            restarts: usize::MAX,
            recycle_after: usize::MAX,
        }
    }

    /// Sets the program that workers run, and its arguments.
    ///
    /// The program has to call [`remote::init`](crate::remote::init). It also has to have every remote function of this
    /// program, from the same code. (A worker says which functions it has when it begins to serve.) All workers of a
    /// pool run one file: if the file is replaced after `start`, a call that needs a new worker fails with
    /// `OtherProgram`.
    ///
    /// A relative path that contains a `/` is looked up in the current folder of this process at
    /// [`start`](Builder::start). A name without a `/` is looked up in the workers' `PATH`.
    ///
    /// If no program is set, workers run this program, without arguments. (A test program gets arguments that select
    /// its [`test_entry!`](crate::remote::test_entry).) Workers run the file that the kernel keeps for this process
    /// (`/proc/self/exe`). So they run the same code even if the file was replaced or removed.
    pub fn command<A: Into<OsString>>(
        mut self,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        self.command = Some((program.into(), arguments.into_iter().map(Into::into).collect()));
        self
    }

    /// Sets a variable in the workers' environment. Workers inherit all other variables from this process.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Limits each worker's address space to `bytes`.
    ///
    /// If a function allocates more, its worker aborts as a rule, and the call fails with `WorkerDied`. Between calls,
    /// the values that a worker keeps for later calls take at most a sixteenth of the limit, unless
    /// [`cache_bytes`](Builder::cache_bytes) says otherwise.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Sets how much memory the values may take that each worker keeps between calls, in bytes: 256 MiB by default, and
    /// under [`memory`](Builder::memory) at most a sixteenth of that limit.
    ///
    /// A worker keeps up to sixteen values that it has read for a `&T`, so that it need not read them for the next call.
    /// The size of a value is what the worker has grown by while it read the value. So an array that is mapped, of a
    /// [`Bulk`](crate::Bulk), counts too, although all processes have its memory together. A value that is too large is
    /// dropped after the call, and read again. With 0, a worker keeps no value.
    ///
    /// ```no_run
    /// # fn main() -> ref_core::Result<()> {
    /// ref_core::remote::init();
    /// let workers = ref_core::Workers::builder(4).cache_bytes(4 << 30).start()?; // 4 GiB in each
    /// # Ok(())
    /// # }
    /// ```
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache = Some(bytes);
        self
    }

    /// Sets how many dead workers are replaced in total.
    ///
    /// When all workers are dead and no more are replaced, calls fail with `WorkerDied`. If this is not set, every dead
    /// worker is replaced.
    pub fn restarts(mut self, most: usize) -> Self {
        self.restarts = most;
        self
    }

    /// Sets after how many calls a worker is replaced by a fresh process.
    ///
    /// This is for functions that take more memory with every call, or use libraries that do. The worker is replaced
    /// before its next call, and no call is lost. The replacement does not count as one of the
    /// [restarts](Builder::restarts). If no process can be started, the worker goes on for as many calls again. If this
    /// is not set, the number of its calls does not end a worker.
    ///
    /// Python's `multiprocessing` calls this `maxtasksperchild`, and gunicorn `max_requests`.
    pub fn recycle_after(mut self, calls: usize) -> Self {
        self.recycle_after = calls;
        self
    }

    /// Starts the workers, and returns when they serve.
    ///
    /// # Errors
    /// * `NotInitialized` if workers would run this program and it has not called
    ///   [`remote::init`](crate::remote::init);
    /// * `WorkerDied` if a worker ends before it serves, does not serve within 30 seconds, or is another kind of
    ///   program;
    /// * `DuplicateFunction` if two remote functions of this program have the same key;
    /// * `UnknownFunction` if the workers' program lacks a remote function of this one, or has another function of the
    ///   same name;
    /// * `OtherProgram` if workers run different files, or another version of this crate;
    /// * `Unsupported` for a `count` of 0, for `recycle_after(0)`, or in a worker if no [`command`](Builder::command)
    ///   is set;
    /// * `Io` if no process can be started.
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
        let pool = Pool::start(self.program()?, self.count, self.restarts, self.recycle_after)?;
        Ok(Workers::new(pool))
    }

    fn program(&self) -> Result<Program> {
        let (environment, memory, cache) = (self.environment.clone(), self.memory, self.cache);
        if let Some((path, arguments)) = self.command.clone() {
            let (called, shown, file) = (Some(path.clone().into_os_string()), path.clone(), OnceLock::new());
            let path = rooted(path)?;
            return Ok(Program { path, called, shown, file, arguments, environment, memory, cache, quiet: false });
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
        let shown = program::path();
        Ok(Program { path: THIS.into(), called, shown, file, arguments, environment, memory, cache, quiet })
    }
}

/// Returns the error for a worker that would start its own program as workers: each of these would start as many again.
fn a_worker_itself() -> Error {
    Error::new(ErrorKind::Unsupported, "this process is a worker, and starts none of its own")
        .with_remedy("start more workers in the program that has started this one")
}

/// Returns the error for a program that would start itself as its workers, and has not called `init`.
fn not_initialized() -> Error {
    Error::new(ErrorKind::NotInitialized, "workers are this program, started again, and would start workers themselves")
        .with_remedy(
            "make `ref_core::remote::init();` the first line of `main`; in a test, write \
             `ref_core::remote::test_entry!();` beside it; or name another program with `Workers::builder().command`",
        )
}
