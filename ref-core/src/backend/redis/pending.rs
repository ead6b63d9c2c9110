//! A request that has no reply yet.

use super::call::{NUMBER, ScriptCall};

/// A request in the window of a channel.
pub(super) struct PendingCall {
    pub(super) call: ScriptCall,
    pub(super) kind: PendingKind,
    /// Whether it was sent on the present connection.
    pub(super) on_the_wire: bool,
    /// Whether it was sent on an earlier connection, whose reply never came: the server may have obeyed it.
    pub(super) uncertain: bool,
}

/// What is done with a request's reply, and what if there is none in time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PendingKind {
    /// A call waits for the reply. When the time is over, the request is withdrawn or given up.
    Called,
    /// Its call has stopped waiting, since the reply took too long.
    GivenUp,
    /// No call waits for the reply. The request is repeated until the server has obeyed it, or the session is over.
    Posted,
}

impl PendingCall {
    pub(super) fn new(call: ScriptCall, kind: PendingKind, number: u64) -> Self {
        let mut pending = Self { call, kind, on_the_wire: false, uncertain: false };
        pending.set_number(number);
        pending
    }

    pub(super) fn set_number(&mut self, number: u64) {
        self.call.args[NUMBER] = number.to_string().into_bytes();
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.kind == PendingKind::GivenUp
    }

    /// Notes that the connection on which it may have been sent is closed.
    pub(super) fn disconnect(&mut self) {
        self.uncertain |= self.on_the_wire;
        self.on_the_wire = false;
    }
}
