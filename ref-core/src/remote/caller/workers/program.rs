//! The program that is started for a worker.

use crate::remote::protocol::program::{ProgramFile, THIS};
use crate::sync::OnceLock;
use std::ffi::OsString;
use std::path::PathBuf;

/// The program that is started for a worker, and with what.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// The program's zeroth argument, if that is not its path.
    pub(super) called: Option<OsString>,
    /// The path in error messages.
    pub(super) shown: PathBuf,
    /// The file that all workers of the pool have to run. Of a program that `Builder::command` names, the first
    /// worker's greeting sets it.
    pub(super) file: OnceLock<Option<ProgramFile>>,
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: Vec<(OsString, OsString)>,
    /// The limit of a worker's address space.
    pub(super) memory: Option<u64>,
    /// Whether the standard output is discarded. It is a test harness's in a test program.
    pub(super) quiet: bool,
}

impl Program {
    /// Whether workers are this program, started again.
    pub(super) fn is_this(&self) -> bool {
        self.path.as_os_str() == THIS
    }
}
