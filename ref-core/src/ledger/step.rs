//! The rules.

use super::{Command, Object, Refusal, Reply, Session};

/// Applies `command` of `session`, with everybody of `dead` known to be dead.
#[allow(unused_variables)]
pub(crate) fn step(
    object: &mut Object,
    dead: &dyn Fn(Session) -> bool,
    session: Session,
    command: Command,
) -> Result<Reply, Refusal> {
    Err(Refusal::Gone)
}
