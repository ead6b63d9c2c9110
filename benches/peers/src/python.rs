//! Programs in Python that measure peers which are Python themselves.

use crate::Done;
use crate::measure::Way;
use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A running program of this folder. It measures what it is told to, and says how long that took.
pub(crate) struct Python {
    child: Child,
    /// `None` once the program has to end.
    channel: RefCell<Option<(ChildStdin, BufReader<ChildStdout>)>>,
}

impl Python {
    pub(crate) fn start(python: &Path, program: &str, argument: impl AsRef<OsStr>) -> Done<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(program);
        let mut python = Command::new(python);
        let mut child = python.arg(program).arg(argument).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let asks = child.stdin.take().ok_or("no input")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, channel: RefCell::new(Some((asks, answers))) })
    }

    /// Does `act` so many `times`, with values of `size` bytes. Returns how long that took.
    pub(crate) fn act(&self, act: &str, size: usize, times: u64) -> Done<Duration> {
        let mut channel = self.channel.borrow_mut();
        let (asks, answers) = channel.as_mut().ok_or("the program has ended")?;
        writeln!(asks, "{act} {size} {times}")?;
        let mut seconds = String::new();
        answers.read_line(&mut seconds)?;
        Ok(Duration::from_secs_f64(seconds.trim().parse()?))
    }

    /// Returns the way that does `act` with values of `size` bytes.
    pub(crate) fn way(&self, name: &str, act: &'static str, size: usize) -> Way<'_> {
        Way::timed(name, move |times| self.act(act, size, times))
    }
}

impl Drop for Python {
    /// The program ends with its input. It ends its own processes and removes what it has made, so it is not killed.
    fn drop(&mut self) {
        drop(self.channel.take());
        let _waited = self.child.wait();
    }
}
