//! Requests without a number: it does no harm if such a request runs twice.

use super::call::{ScriptCall, run};
use super::channel::{Channel, PAUSE};
use super::connection::Connection;
use super::fault::ServerFault;
use super::reply::ScriptReply;
use crate::error::Result;
use crate::sync::{Instant, deadline};
use redis::Value;

impl Channel {
    /// Runs a script that may run twice, after all earlier requests of the session have their replies.
    pub(super) fn ask(&mut self, call: &ScriptCall) -> Result<ScriptReply> {
        let value = self.read(|connection| run(connection, call.script, &call.keys, &call.args))?;
        ScriptReply::read(value)
    }

    fn read(&mut self, mut act: impl FnMut(&mut Connection) -> Result<Value, ServerFault>) -> Result<Value> {
        let until = deadline(self.timeout);
        loop {
            self.settle_until(until)?;
            let read = self.connected().and_then(&mut act);
            match read {
                Ok(value) => {
                    self.rest();
                    return Ok(value);
                }
                Err(fault) => self.retry_read(fault, until)?,
            }
        }
    }

    /// Handles a failure of a read. Returns the error if another attempt would fail too, or if the time is over.
    /// Otherwise pauses before the next attempt.
    fn retry_read(&mut self, fault: ServerFault, until: Option<Instant>) -> Result<()> {
        let late = until.is_some_and(|until| Instant::now() >= until);
        match fault {
            ServerFault::Broken(_) => self.disconnect(),
            _ => self.rest(),
        }
        match fault {
            ServerFault::Final(error) => return Err(error),
            ServerFault::Broken(error) | ServerFault::Crowded(error) | ServerFault::Retry(error) if late => {
                return Err(error);
            }
            _ => {}
        }
        std::thread::sleep(PAUSE);
        Ok(())
    }
}
