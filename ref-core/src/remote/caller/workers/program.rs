//! What is started for a worker.

use crate::remote::protocol::program::{ProgramFile, THIS};
use crate::sync::OnceLock;
use std::ffi::OsString;
use std::path::PathBuf;

/// What is started for a worker.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// What the program calls itself, if that is not its path.
    pub(super) called: Option<OsString>,
    /// For people to read.
    pub(super) shown: PathBuf,
    /// Which file all workers of the pool run. Of a program that was named, the first worker says it.
    pub(super) file: OnceLock<Option<ProgramFile>>,
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: Vec<(OsString, OsString)>,
    pub(super) memory: Option<u64>,
    /// Whether its standard output is a test harness's.
    pub(super) quiet: bool,
}

impl Program {
    /// Whether workers are this program, started again.
    pub(super) fn is_this(&self) -> bool {
        self.path.as_os_str() == THIS
    }
}
