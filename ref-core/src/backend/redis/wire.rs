//! What goes over the connection of a channel: requests, and the replies to them.
//!
//! A connection brings the replies in the order of its requests. So the next reply belongs to the first request in the
//! window. If a request was lost on its way, the server replies `gap` to the request behind it, and all requests of the
//! window are sent again on another connection.

use super::call::{load, packed, received, run};
use super::channel::Channel;
use super::connection::Connection;
use super::fault::{ServerFault, Stop, forgotten, out_of_step};
use super::pending::{PendingCall, PendingKind};
use super::reply::{CallOutcome, Granted, ScriptReply};
use super::script;
use crate::backend::session_over;
use crate::error::Error;
use crate::event;

impl Channel {
    /// Closes the connection, if there is one, and with it the pool's idle connections. Marks each request that was
    /// sent on this connection as uncertain: the server may have obeyed the request, or not.
    pub(super) fn disconnect(&mut self) {
        if self.connection.take().is_some() {
            self.connections.discard_idle();
        }
        self.window.iter_mut().for_each(PendingCall::disconnect);
    }

    /// Gives the connection back to the pool if no reply is missing. If no request is postponed either, nothing is
    /// being undone any more.
    pub(super) fn rest(&mut self) {
        if self.is_quiet() {
            self.undoing = None;
        }
        if self.window.is_empty()
            && let Some(connection) = self.connection.take()
        {
            self.connections.give_back(connection);
        }
    }

    pub(super) fn connected(&mut self) -> Result<&mut Connection, ServerFault> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.connections.take()?),
        };
        connection.limit(self.answer)?;
        Ok(connection)
    }

    /// Sends the requests that were not sent on the present connection. Connects first if there is none.
    pub(super) fn send(&mut self) -> Result<(), Stop> {
        self.connected()?;
        let Some(connection) = &mut self.connection else { return Ok(()) };
        let mut requests = Vec::new();
        for sent in self.window.iter_mut().filter(|sent| !sent.on_the_wire) {
            // This is noted before the write: the server may get the request even if the write fails.
            sent.on_the_wire = true;
            requests.push(packed(sent.call.script, &sent.call.keys, &sent.call.args));
        }
        let requests: Vec<_> = requests.iter().map(|packed| &packed[..]).collect();
        Ok(connection.send(&requests).map_err(|error| ServerFault::of(&error))?)
    }

    /// Reads the reply to the first request in the window. Returns it if that request was the last one
    /// and was not given up. Otherwise returns `None`, also if the request has to be sent again.
    pub(super) fn receive(&mut self) -> Result<Option<CallOutcome>, Stop> {
        let Some(connection) = &mut self.connection else { return Ok(None) };
        let answer = match received(connection) {
            Ok(value) => match ScriptReply::read(value) {
                Ok(answer) => answer,
                Err(error) => return Err(self.unreadable(error)),
            },
            Err(fault) => return self.refused(fault).map(|()| None),
        };
        let outcome = match answer {
            ScriptReply::Ok(granted) => CallOutcome::Ok(granted),
            ScriptReply::No(refused) => CallOutcome::No(refused),
            // The server has obeyed a request with a later number, so it has obeyed this one too. No call waits for
            // this one: a call waits for the last request only.
            ScriptReply::Old => CallOutcome::Ok(Granted::Done),
            ScriptReply::Lost => {
                self.lose();
                return Err(Stop::Report(session_over()));
            }
            // The server remembers every request whose reply was read here. So an earlier request of the window was
            // lost on its way, and this reply is that of a later one.
            ScriptReply::Gap(last) if last >= self.answered() => return Err(out_of_step()),
            ScriptReply::Gap(_) => return Err(self.forgotten_by_server()),
            ScriptReply::Which(keys) => return self.add_keys(keys).map(|()| None),
            ScriptReply::Unstaged => {
                self.resend()?;
                self.withdraw();
                return Ok(Some(CallOutcome::Unstaged));
            }
        };
        match (self.window.pop_front(), outcome) {
            (Some(PendingCall { call, kind: PendingKind::GivenUp, .. }), CallOutcome::Ok(granted)) => {
                let undo = self.late.keep(call, granted);
                // No request is put into the window behind one that was given up, so this request has the last number.
                self.undoing = undo.is_some().then_some(self.last);
                // The undoing request comes before the requests that were posted since then: the server may refuse
                // those as long as the object is given away or lent.
                self.postponed.splice(..0, undo);
                Ok(None)
            }
            (sent, outcome) => {
                if let (Some(PendingCall { call, .. }), CallOutcome::Ok(_)) = (&sent, &outcome) {
                    self.late.outdate(call);
                }
                Ok(self.window.is_empty().then_some(outcome))
            }
        }
    }

    /// Handles an error in place of the first request's reply. Unless the connection broke, the server has not run the
    /// request as it was sent on this connection. If the first request is a post that the server refuses for ever,
    /// drops it, unless [`drop_post`](Channel::drop_post) cannot.
    fn refused(&mut self, fault: ServerFault) -> Result<(), Stop> {
        match fault {
            ServerFault::NoScript => {
                self.resend()?;
                self.connection.as_mut().map_or(Ok(()), |connection| load(connection)).map_err(Stop::Fault)
            }
            ServerFault::Retry(_) | ServerFault::Final(_) => {
                self.resend()?;
                if fault.is_of_request() && self.drop_post() {
                    event::not_given_back("a borrow", &fault.error());
                    return Ok(());
                }
                Err(Stop::Fault(fault))
            }
            ServerFault::Broken(_) | ServerFault::Crowded(_) | ServerFault::HasLibrary => Err(Stop::Fault(fault)),
        }
    }

    /// Handles a reply that cannot be read: closes the connection, and gives the last request up if a call waits for
    /// it. The server may have obeyed the request, or not.
    fn unreadable(&mut self, error: Error) -> Stop {
        self.disconnect();
        if let Some(last) = self.window.back_mut().filter(|last| last.kind == PendingKind::Called) {
            last.kind = PendingKind::GivenUp;
        }
        Stop::Report(error)
    }

    /// Handles the reply `gap` of a server that does not remember a request whose reply was read here. Such a server
    /// has lost requests, and may have granted to others what this session holds. So the session ends.
    fn forgotten_by_server(&mut self) -> Stop {
        if let Some(connection) = &mut self.connection {
            let (keys, args) = &self.closing;
            // If this fails, the lease runs out, with the same end.
            let _closed_or_expires = run(connection, &script::CLOSE, keys, args);
        }
        self.lose();
        self.connection = None;
        Stop::Report(forgotten())
    }

    /// Adds keys to the first request, and lets all requests be sent again. The keys are those of versions that the
    /// script removes: a script may only touch keys that it was called with.
    fn add_keys(&mut self, keys: Vec<String>) -> Result<(), Stop> {
        self.resend()?;
        if let Some(sent) = self.window.front_mut() {
            sent.call.keys.extend(keys);
        }
        Ok(())
    }

    /// Marks all requests to be sent again. Reads and drops the replies to the requests behind the first one. These
    /// replies are `gap`, since the server has not obeyed the first request. But an earlier copy of the first request
    /// may have been obeyed. Then the requests behind it may have been obeyed too, and are marked as uncertain.
    fn resend(&mut self) -> Result<(), Stop> {
        let others = self.window.iter().skip(1).filter(|sent| sent.on_the_wire).count();
        if let Some(connection) = &mut self.connection {
            for _ in 0..others {
                match received(connection) {
                    Ok(_) | Err(ServerFault::Retry(_) | ServerFault::Final(_) | ServerFault::NoScript) => {}
                    Err(fault) => return Err(Stop::Fault(fault)),
                }
            }
        }
        let is_doubtful = self.window.front().is_some_and(|first| first.uncertain);
        for sent in &mut self.window {
            sent.uncertain |= is_doubtful && sent.on_the_wire;
            sent.on_the_wire = false;
        }
        Ok(())
    }
}
