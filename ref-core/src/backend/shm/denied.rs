//! What a command is told that is refused.

use crate::error::{Error, Holder};
use crate::ledger::{Refusal, Reply};

/// A refusal, with whoever is in the way.
pub(super) enum Denied {
    By(Refusal, Vec<Holder>),
    Error(Error),
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::By(refusal, Vec::new())
    }
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

pub(super) type CommandResult = Result<Reply, Denied>;
