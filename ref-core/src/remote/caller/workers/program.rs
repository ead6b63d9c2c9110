//! The program that is started for a worker.

use crate::remote::protocol::program::{ProgramFile, THIS};
use crate::sync::OnceLock;
use std::ffi::OsString;
use std::path::PathBuf;

/// The program that is started for a worker, with its arguments, environment and limits.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// The program's zeroth argument. `None` means the path.
    pub(super) called: Option<OsString>,
    /// The path in error messages.
    pub(super) shown: PathBuf,
    /// The file that all workers of the pool have to run. If `Builder::command` names the program, the first worker's
    /// greeting sets the file. The inner `None` means that the system does not tell the file. Then files are not
    /// compared.
    pub(super) file: OnceLock<Option<ProgramFile>>,
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: Vec<(OsString, OsString)>,
    /// The limit of a worker's address space, in bytes.
    pub(super) memory: Option<u64>,
    /// The limit of the values that a worker keeps between calls, in bytes. `None` means the usual one.
    pub(super) cache: Option<u64>,
    /// Whether a worker's standard output is discarded. This is so in a test program, whose test harness would write to
    /// that output.
    pub(super) quiet: bool,
}

impl Program {
    /// Returns whether workers run the same program file as this process.
    pub(super) fn is_this(&self) -> bool {
        self.path.as_os_str() == THIS
    }
}
