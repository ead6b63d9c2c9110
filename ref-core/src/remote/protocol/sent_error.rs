//! The form in which an error of this crate is sent.

use crate::error::{Conflict, Error, ErrorKind};
use crate::sync::{Arc, OnceLock};
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// An error with all that its methods return, except for its `source`.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::remote) struct SentError {
    /// The index of the error's kind in [`ErrorKind::ALL`].
    kind: u16,
    message: String,
    remedy: Option<String>,
    conflict: Option<Conflict>,
    key: Option<String>,
}

impl SentError {
    pub(in crate::remote) fn new(error: &Error) -> Self {
        let kind = ErrorKind::ALL.iter().position(|kind| *kind == error.kind());
        Self {
            kind: kind.map_or(u16::MAX, |kind| kind as u16),
            message: error.bare_message().to_owned(),
            remedy: error.bare_remedy().map(str::to_owned),
            conflict: error.conflict().cloned(),
            key: error.key().map(str::to_owned),
        }
    }

    /// Makes the error that the caller returns for a call that `worker` refused. The error's message names the worker.
    pub(in crate::remote) fn received(self, worker: &impl Display) -> Error {
        self.into_error().within(format_args!("{worker}"))
    }

    /// Makes the error that was sent. A kind that this program does not have becomes `Io`.
    pub(in crate::remote) fn into_error(self) -> Error {
        let kind = ErrorKind::ALL.get(usize::from(self.kind)).copied().unwrap_or(ErrorKind::Io);
        let mut error = Error::new(kind, self.message);
        if let Some(remedy) = self.remedy {
            error = error.with_remedy(remedy);
        }
        if let Some(conflict) = self.conflict {
            error = error.with_conflict(conflict);
        }
        match self.key {
            Some(key) => error.with_detached(Arc::new(OnceLock::from(key))),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::plain;
    use crate::error::{AccessKind, HeldAs, Holder};
    use crate::id::ObjectId;
    use std::time::{Duration, SystemTime};

    #[test]
    fn every_error_comes_as_the_kind_that_it_was() {
        for &kind in ErrorKind::ALL {
            let error = Error::new(kind, "what").with_remedy("do this");
            let received = SentError::new(&error).received(&"worker 7");
            assert_eq!(received.kind(), kind);
            assert_eq!(received.to_string(), "worker 7: what; do this");
        }
    }

    #[test]
    fn an_error_comes_with_its_conflict_and_its_key() {
        let holder = |at: Option<&str>| Holder {
            pid: 0,
            program: "reader".to_owned(),
            host: Some("lab".to_owned()),
            since: Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500)),
            at: at.map(str::to_owned),
        };
        let kinds = [AccessKind::Own, AccessKind::Borrow, AccessKind::BorrowMut];
        let held = [
            HeldAs::Owner,
            HeldAs::Borrow,
            HeldAs::BorrowMut,
            HeldAs::InTransit,
            HeldAs::Orphan,
            HeldAs::Detached,
            HeldAs::Published,
        ];
        for (asked, held) in kinds.into_iter().flat_map(|asked| held.map(|held| (asked, held))) {
            let holders = vec![holder(Some("src/main.rs:12")), holder(None)];
            let conflict = Conflict { object: ObjectId { index: 3, birth: 9 }, asked, held, holders, count: 5 };
            let key = Arc::new(OnceLock::from("ref1-key".to_owned()));
            let error = Error::new(ErrorKind::Timeout, "what").with_conflict(conflict.clone()).with_detached(key);
            let sent: SentError = plain::read(&plain::write(&SentError::new(&error)).unwrap()).unwrap();
            let received = sent.into_error();
            assert_eq!(received.conflict(), Some(&conflict));
            assert_eq!(received.key(), Some("ref1-key"));
            assert_eq!(received.to_string(), error.to_string());
        }
    }
}
