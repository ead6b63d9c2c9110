//! The lines of remote calls in a recording. They belong to no session, so they have the session 0.

use super::asked::AskedRecording;
use super::file::{RecordedCall, RecordingFile};
use crate::error::{Error, Result};
use crate::sync::{Arc, Instant};

/// Where the calls of a pool of workers are recorded.
#[derive(Clone)]
pub(crate) struct CallRecorder(Arc<RecordingFile>);

/// A call that was sent to a worker.
pub(crate) struct SentCall {
    file: Arc<RecordingFile>,
    began: Instant,
    /// The function, and the process that runs it.
    what: String,
}

impl CallRecorder {
    /// Returns the recorder of this process; `None` if nothing is recorded.
    pub(crate) fn of_process() -> Result<Option<Self>> {
        let asked = AskedRecording::by_the_user()?;
        asked.map(|asked| RecordingFile::of_process(&asked.folder).map(Self)).transpose()
    }

    /// Writes that a call of `function` is sent to the process `worker`.
    pub(crate) fn sent(&self, function: &str, worker: u32) -> SentCall {
        let began = Instant::now();
        let what = format!("{function} in process {worker}");
        self.0.write(&RecordedCall { note: what.clone(), ..RecordedCall::new(0, "call", began) });
        SentCall { file: Arc::clone(&self.0), began, what }
    }
}

impl SentCall {
    /// Writes that the call is over.
    pub(crate) fn over(self, error: Option<&Error>) {
        let Self { file, began, what } = self;
        let (refused, note) = match error {
            None => (None, what),
            Some(error) => (Some(error.kind()), format!("{what}: {error}")),
        };
        file.write(&RecordedCall { refused, note, ..RecordedCall::new(0, "called", began) });
    }
}
