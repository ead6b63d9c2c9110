//! The outbox of a caller in a pool: how its calls are sent, and the orders to end them.
//!
//! Calls are sent in the order of their numbers. One that cannot be sent, since the server does not answer, waits in the
//! outbox until the server answers or the lease is over.

use super::due::PATIENCE;
use super::session::{CallerSession, OpenCall};
use crate::backend::calls::{AskedAnswers, QueuedCall, StopKind, Submitted};
use crate::error::{Error, ErrorKind, Result};
use crate::remote::caller::job::cancelled;
use crate::sync::lock;

impl CallerSession {
    /// Sends the calls of the outbox, as far as the server answers.
    pub(super) fn send_all(&self) {
        self.send_all_and_ask(None);
    }

    /// Does what [`send_all`](Self::send_all) does. If this is the thread that reads, it asks for answers together with the
    /// last call, unless that has to be sent in another way.
    pub(super) fn send_all_and_ask<'a>(&'a self, asked: Option<&mut Option<Box<dyn AskedAnswers + 'a>>>) {
        let mut refused = Vec::new();
        let sending = lock(&self.sending);
        let is_lost = self.send(&mut refused, asked);
        drop(sending);
        for (number, error) in refused {
            self.end_call(number, |job| job.finish(Err(error)));
        }
        if is_lost {
            self.lose();
        }
    }

    /// Sends the calls of the outbox, and adds those that the server takes never to `refused`. Returns whether the server
    /// does not know this session.
    fn send<'a>(
        &'a self,
        refused: &mut Vec<(u64, Error)>,
        mut asked: Option<&mut Option<Box<dyn AskedAnswers + 'a>>>,
    ) -> bool {
        loop {
            let (next, count) = {
                let outbox = lock(&self.outbox);
                (outbox.front().cloned(), outbox.len())
            };
            let Some(OpenCall { number, job, is_uncertain, .. }) = next else { return false };
            let asked = if count == 1 { asked.take() } else { None };
            let submitted = job.request().to_bytes().and_then(|bytes| self.submit_bytes(number, &bytes, asked));
            let error = match submitted {
                Ok(Submitted::Queued) => {
                    lock(&self.state).acknowledged = number;
                    None
                }
                Ok(Submitted::Other(functions)) => Some(self.build.other(&functions)),
                Ok(Submitted::Lost) => return true,
                Ok(Submitted::Never) => Some(cancelled()),
                // The call is sent again later, which has an effect once.
                Err(error) if is_transient(&error) => {
                    if let Some(call) = lock(&self.outbox).front_mut() {
                        call.is_uncertain = true;
                    }
                    return false;
                }
                // An earlier attempt may have put it there.
                Err(error) if is_uncertain => match self.server.withdraw(&self.id, number) {
                    Ok(Submitted::Never) => Some(error),
                    Ok(Submitted::Lost) => return true,
                    Ok(_) => {
                        lock(&self.state).acknowledged = number;
                        None
                    }
                    Err(_) => return false,
                },
                Err(error) => Some(error),
            };
            drop(lock(&self.outbox).pop_front());
            refused.extend(error.map(|error| (number, error)));
        }
    }

    /// Sends a call. With `asked`, asks for answers together with it.
    fn submit_bytes<'a>(
        &'a self,
        number: u64,
        bytes: &[u8],
        asked: Option<&mut Option<Box<dyn AskedAnswers + 'a>>>,
    ) -> Result<Submitted> {
        let read = lock(&self.state).read.clone();
        let call = QueuedCall { caller: &self.id, number, build: &self.build.name, message: bytes, read: &read };
        let Some(asked) = asked else { return self.server.submit(&call) };
        let (submitted, answers) = self.server.submit_and_ask(&call, PATIENCE)?;
        *asked = answers;
        Ok(submitted)
    }

    /// Sends the order to end a call.
    ///
    /// # Errors
    /// The server's error. `NotYet` if the call is not sent yet.
    pub(super) fn send_stop(&self, number: u64, how: StopKind) -> Result<()> {
        self.send_all();
        let is_unsent = lock(&self.outbox).iter().any(|call| call.number == number);
        if is_unsent {
            return Err(Error::new(ErrorKind::NotYet, "the call is not sent yet"));
        }
        self.server.stop(&self.id, number, how)
    }
}

/// Returns whether a request that has failed may succeed later, or may have been obeyed.
fn is_transient(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Indeterminate)
}
