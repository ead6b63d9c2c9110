//! The face of `signals` in a build without the feature `redis`: no process joins a pool, so none takes signals over.

use std::io;

pub(crate) struct NoSignals;
pub(crate) use NoSignals as EndSignals;

impl NoSignals {
    pub(crate) fn take_over() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn ignore() -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn wait(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

pub(crate) fn end_this_process() {}
