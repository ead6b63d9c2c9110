//! The result of a command on a record.

use crate::error::{Error, Holder};
use crate::ledger::{Refusal, Reply};

/// Why a command has no reply.
pub(super) enum Denied {
    /// The ledger's rules refuse the command. The holders are the sessions in the way, as far as they are known.
    By(Refusal, Vec<Holder>),
    /// The command failed for another reason: for example, the system failed, the ledger is damaged, or a counter is
    /// used up.
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

/// A command's reply, or why there is none.
pub(super) type CommandResult = Result<Reply, Denied>;
