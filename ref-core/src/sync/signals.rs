//! The signals that ask a process to end: SIGTERM and SIGINT.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::{emulate_default_handler, pipe};
use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;

/// Receives the signals in the place of the system, which would end the process.
pub(crate) struct EndSignals(UnixStream);

impl EndSignals {
    /// Takes the signals over: none ends this process any more.
    pub(crate) fn take_over() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        for signal in [SIGTERM, SIGINT] {
            pipe::register(signal, write.try_clone()?)?;
        }
        Ok(Self(read))
    }

    /// Takes the signals over, and does nothing when one comes.
    pub(crate) fn ignore() -> io::Result<()> {
        Self::take_over().map(std::mem::forget)
    }

    /// Waits for the next signal.
    pub(crate) fn wait(&mut self) -> io::Result<()> {
        self.0.read_exact(&mut [0])
    }
}

/// Ends this process as SIGTERM does.
pub(crate) fn end_this_process() {
    let _it_ends_here = emulate_default_handler(SIGTERM);
}
