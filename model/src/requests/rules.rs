//! The rules that hold after every step, each a sentence with a short name. Rules of a single step are checked by
//! calls of `require` where the step is made.

use super::channel::Doing;
use super::server::{Keeper, Loan, Server, SessionLife};
use super::state::RequestState;

pub(crate) const OWN_ANSWER: &str = "own answer: a caller gets the answer to its own request";
pub(crate) const REFUSED: &str = "refused: what is refused as too late was not done before by the same caller";
pub(crate) const CAUSE: &str = "cause: a session ends itself only where the server has forgotten";
pub(crate) const AS_BEFORE: &str =
    "as before: what a closed session had taken without an answer is as before, and the rest is dropped";

type RequestRule = (&'static str, fn(&RequestState) -> bool);

const RULES: &[RequestRule] = &[
    ("once: a request is obeyed at most once", |state| !state.server.twice),
    ("not done: what was told as not done is not obeyed", |state| state.withdrawn & state.server.obeyed == 0),
    ("no handle: a quiet session owns, lends and borrows nothing without a handle", nothing_without_handle),
    ("held: what a quiet session has a handle of is there", what_has_a_handle_is_there),
    ("over: a session that was recovered has nothing", nothing_of_the_dead),
    ("stands: a commit that was acknowledged stands", what_was_acknowledged_stands),
];

/// Checks the rules of a state, and notes the first that does not hold.
pub(crate) fn check(state: &mut RequestState) {
    let broken = RULES.iter().find(|(_, holds)| !holds(state));
    if let Some((sentence, _)) = broken {
        state.require(sentence, false);
    }
}

/// Checks what recovery made of the object of a closed session.
pub(crate) fn check_recovery(before: &Server, state: &mut RequestState) {
    if let SessionLife::Closed(_) = before.life
        && before.object.owner == Keeper::Session
    {
        let after = state.server.object.owner;
        let handles = state.channel.handles;
        let kept = after != Keeper::Gone || handles.owns || handles.dropped;
        // A `Claim` undoes a `Send`. If that claim got no answer, recovery puts the object back in transit, though the
        // caller still has its handle.
        let dropped = matches!(after, Keeper::Gone | Keeper::Transit) || !handles.owns;
        state.require(AS_BEFORE, state.fell_back || kept && dropped);
    }
}

/// Returns whether the session does nothing and waits for nothing, and the server has all its requests.
fn is_quiet(state: &RequestState) -> bool {
    let channel = &state.channel;
    channel.doing == Doing::Nothing
        && channel.is_quiet()
        && state.server.life == SessionLife::Alive
        && state.server.last == channel.last
}

fn nothing_without_handle(state: &RequestState) -> bool {
    let (object, handles) = (&state.server.object, &state.channel.handles);
    let owned = object.owner == Keeper::Session;
    let lent = owned && matches!(object.loan, Loan::Shared(_));
    !is_quiet(state)
        || (!owned || handles.owns)
            && (!lent || handles.lent)
            && (!object.reader || handles.reads > 0)
            && (object.writer == 0 || object.writer == handles.token)
            && (object.loan != Loan::Taken || handles.redeemed)
}

/// A caller that gave up a call still has the handle that the call ended. Then the reply to the call is kept, or, if
/// the call was a writer's commit, the server has its token as that of the last commit.
fn what_has_a_handle_is_there(state: &RequestState) -> bool {
    let (object, handles) = (&state.server.object, &state.channel.handles);
    let kept = state.channel.late.kept.is_some();
    let lent = matches!(object.loan, Loan::Shared(_));
    !is_quiet(state)
        || (!handles.owns || object.owner == Keeper::Session || kept)
            && (!handles.lent || lent || kept)
            && (handles.reads == 0 || object.reader)
            && (handles.token == 0 || handles.token == object.writer || handles.token == object.committed.0)
}

fn nothing_of_the_dead(state: &RequestState) -> bool {
    let object = &state.server.object;
    state.server.life != SessionLife::Recovered
        || object.owner != Keeper::Session && !object.reader && object.writer == 0
}

fn what_was_acknowledged_stands(state: &RequestState) -> bool {
    let (object, (version, bytes)) = (&state.server.object, state.acknowledged);
    let stands = object.version > version || (object.version, object.bytes) == (version, bytes);
    version == 0 || state.fell_back || object.owner == Keeper::Gone || stands
}
