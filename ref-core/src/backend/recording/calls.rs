//! The lines of remote calls in a recording. They belong to no session, so they have the session 0.

use super::asked::AskedRecording;
use super::file::{RecordedCall, RecordingFile};
use crate::error::{Error, Result};
use crate::sync::{Arc, Instant};
use std::fmt::Display;

/// Where the calls of a pool of workers are recorded.
#[derive(Clone)]
pub(crate) struct CallRecorder(Arc<RecordingFile>);

/// A call that was sent to a worker.
pub(crate) struct SentCall {
    file: Arc<RecordingFile>,
    began: Instant,
    /// The function, and the process or the pool that the call was sent to.
    what: String,
}

impl CallRecorder {
    /// Returns the recorder of this process; `None` if nothing is recorded.
    pub(crate) fn of_process() -> Result<Option<Self>> {
        let asked = AskedRecording::by_the_user()?;
        asked.map(|asked| RecordingFile::of_process(&asked.folder).map(Self)).transpose()
    }

    /// Writes that a call of `function` is sent to a process, or put into the queue of a pool at a server.
    pub(crate) fn sent(&self, function: &str, to: impl Display) -> SentCall {
        let began = Instant::now();
        let what = format!("{function} in {to}");
        self.0.write(&RecordedCall { note: what.clone(), ..RecordedCall::new(0, "call", began) });
        SentCall { file: Arc::clone(&self.0), began, what }
    }
}

impl SentCall {
    /// Writes that the call is over. `worker` is the worker of a pool that has run it.
    pub(crate) fn over(self, worker: Option<impl Display>, error: Option<&Error>) {
        let Self { file, began, mut what } = self;
        if let Some(worker) = worker {
            what = format!("{what}, by {worker}");
        }
        let (refused, note) = match error {
            None => (None, what),
            Some(error) => (Some(error.kind()), format!("{what}: {error}")),
        };
        file.write(&RecordedCall { refused, note, ..RecordedCall::new(0, "called", began) });
    }
}
