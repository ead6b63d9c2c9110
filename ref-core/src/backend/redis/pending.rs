//! A request that has no reply yet.

use super::call::{NUMBER, ScriptCall};

/// A request in the window of a channel.
pub(super) struct PendingCall {
    pub(super) call: ScriptCall,
    pub(super) kind: PendingKind,
    /// Whether the request was sent on the present connection, or an attempt to send it was made there.
    pub(super) on_the_wire: bool,
    /// Whether the server may have obeyed the request although its reply was not read. This is so if the request was
    /// sent on a connection which broke, or behind a request that may have been obeyed.
    pub(super) uncertain: bool,
}

/// What is done with a request's reply, and what is done if the reply does not come in time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PendingKind {
    /// A call waits for the reply. When the time is over, the request is withdrawn or given up.
    Called,
    /// Its call has stopped waiting, since the reply took too long or could not be read.
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

    /// Notes that the present connection is closed. If the request was sent on it, the server may have obeyed it.
    pub(super) fn disconnect(&mut self) {
        self.uncertain |= self.on_the_wire;
        self.on_the_wire = false;
    }
}
