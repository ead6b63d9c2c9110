//! The program that is started for a worker.

use crate::remote::protocol::program::{ProgramFile, THIS};
use crate::sync::OnceLock;
use std::ffi::OsString;
use std::path::PathBuf;

/// The program that is started for a worker, with its arguments, environment and memory limit.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// The program's zeroth argument, if that is not its path.
    pub(super) called: Option<OsString>,
    /// The path in error messages.
    pub(super) shown: PathBuf,
    /// The file that all workers of the pool have to run. If `Builder::command` names the program, the first worker's
    /// greeting sets it.
    pub(super) file: OnceLock<Option<ProgramFile>>,
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: Vec<(OsString, OsString)>,
    /// The limit of a worker's address space.
    pub(super) memory: Option<u64>,
    /// Whether a worker's standard output is discarded. In a test program, the test harness would write to it.
    pub(super) quiet: bool,
}

impl Program {
    /// Returns whether workers are this program, started again.
    pub(super) fn is_this(&self) -> bool {
        self.path.as_os_str() == THIS
    }
}
