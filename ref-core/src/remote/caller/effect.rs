//! The changes that a call makes to its arguments when it is over: all of them, or none.
//!
//! There are two steps, as in a two-phase commit. The first step runs everything that may fail or panic, for all
//! arguments, and changes no argument ([`Effect::read`]). The second step makes all changes ([`Effect::apply`]), or
//! ends the loans and claims the owned arguments again ([`Effect::undo`]). The second step runs no user code and
//! returns no error.

use super::job::{JobResult, Received, cancelled};
use super::running::WorkerName;
use super::unpack::Unpack;
use crate::codec::plain;
use crate::error::{Error, ErrorKind, Refused, Result};
use crate::remote::panics::Panics;
use crate::remote::protocol::carried::ReceivedFiles;
use crate::remote::protocol::owners::SentBack;
use crate::remote::protocol::response::Response;
use crate::remote::protocol::sent_error::SentError;
use std::any::Any;

/// The change that a call makes to one of its arguments.
///
/// The effect keeps the value that [`apply`](Effect::apply) replaces. That value is dropped with the effect, since its
/// destructor is user code.
pub(in crate::remote) trait Effect {
    /// Returns whether the worker sends a new value of the argument.
    fn is_changed(&self) -> bool {
        false
    }

    /// Ends an exclusive loan, and decodes the new value. This may fail or panic, since no argument is changed yet.
    fn read(&mut self, _part: &[u8], _files: &mut ReceivedFiles) -> Result<()> {
        Ok(())
    }

    /// Notes the new ticket with which the worker has sent an object back. The object is that of the owner of that index,
    /// among the argument's owners.
    fn sent_back(&mut self, _owner: usize, _ticket: &str) {}

    /// Makes the change, after the call has succeeded.
    fn apply(&mut self) {}

    /// Undoes the effect, after the call has failed: ends or revokes the loan, or claims the owners of an argument again.
    /// Returns what the call gives back of an argument of owners, and otherwise `None`.
    fn undo(&mut self) -> Option<Box<dyn Any + Send>> {
        None
    }

    /// Returns how many owners [`undo`](Effect::undo) could not claim again, for example since a worker has claimed
    /// them and did not send them back.
    fn lost(&self) -> usize {
        0
    }
}

/// A call's effects on all of its arguments.
///
/// The drop of the effects undoes them. So the loans end if user code panics while a call is being put together.
#[derive(Default)]
pub(super) struct Effects<'s>(pub(super) Vec<IndexedEffect<'s>>);

/// An argument's index, and the call's effect on it.
pub(super) type IndexedEffect<'s> = (usize, Box<dyn Effect + Send + 's>);

/// The error of a call, and the owned arguments that came back.
pub(super) type FailedCall = Refused<Handles>;

/// The owned arguments that came back from a failed call, with their indices.
#[derive(Default)]
pub struct Handles(pub(super) Vec<IndexedHandle>);

/// An argument's index, and what comes back of it: an [`Owners::Back`](crate::remote::protocol::owners::Owners::Back).
pub(super) type IndexedHandle = (usize, Box<dyn Any + Send>);

impl Handles {
    /// Takes out what came back of the argument with that index: for an `Owned`, `B` is an `Option` of it. Returns the
    /// default value of `B` if nothing came back, or the argument has no owners.
    pub fn take<B: Default + 'static>(&mut self, index: usize) -> B {
        let nth = self.0.iter().position(|(at, _)| *at == index);
        let back = nth.and_then(|nth| self.0.remove(nth).1.downcast().ok());
        back.map_or_else(B::default, |back| *back)
    }
}

impl Effects<'_> {
    /// Makes all changes, and returns the call's result, which `unpack` reads. After an error, no argument is changed.
    /// A panic of user code is passed on after all effects are applied or undone.
    pub(super) fn finish<R>(mut self, result: JobResult, unpack: &Unpack<R>) -> Result<R, FailedCall> {
        let mut panics = Panics::default();
        let read = panics.catch(|| result.and_then(|received| self.read(received, unpack)));
        let finished = read.map(|read| match read {
            Ok(result) => {
                self.0.iter_mut().for_each(|(_, effect)| effect.apply());
                Ok(result)
            }
            Err(error) => Err(self.undone(error)),
        });
        // User code has panicked.
        if finished.is_none() {
            let _dropped_with_the_call = self.undo_all();
        }
        panics.drop_each(self.0.drain(..));
        panics.pass_on(finished)
    }

    /// Does the first step: reads the new values and the result, and ends the exclusive loans. If the response is an
    /// error, notes the owners that the worker sends back, and returns the error.
    fn read<R>(&mut self, received: Received, unpack: &Unpack<R>) -> Result<R> {
        let Received { worker, parts, mut files, arrived } = received;
        let mut parts = parts.into_iter();
        if let Some(error) = self.failure(&worker, &mut parts)? {
            return Err(error);
        }
        let mut next = || parts.next().ok_or_else(malformed);
        let result = next()?;
        for (_, effect) in self.0.iter_mut().filter(|(_, effect)| effect.is_changed()) {
            effect.read(&next()?, &mut files)?;
        }
        (unpack.read)(&result, &mut files, arrived)
    }

    /// Reads the first part of a response. If that part is an error, notes the owners that the worker sends back, and
    /// returns the error. Returns `None` if the function has returned.
    fn failure(&mut self, worker: &WorkerName, parts: &mut impl Iterator<Item = Vec<u8>>) -> Result<Option<Error>> {
        let error = match plain::read(&parts.next().ok_or_else(malformed)?)? {
            Response::Returned => return Ok(None),
            Response::Panicked { message, at } => panicked(worker, &message, at),
            Response::Refused(error) => SentError::received(error, worker),
        };
        let owners: Vec<SentBack> = parts.next().and_then(|owners| plain::read(&owners).ok()).unwrap_or_default();
        owners.iter().for_each(|owner| self.sent_back(owner));
        Ok(Some(error))
    }

    /// Notes the new ticket of an owner that the worker has claimed and then not passed to the function.
    fn sent_back(&mut self, SentBack { argument, owner, ticket }: &SentBack) {
        let effects = self.0.iter_mut().filter(|(index, _)| index == argument);
        effects.for_each(|(_, effect)| effect.sent_back(*owner, ticket));
    }

    /// Undoes all effects of a call that was cancelled and is over. Returns the owned arguments that came back, beside
    /// the error with which the call had already ended, or an error of kind `Cancelled`. The result of a call that had
    /// already succeeded is dropped.
    pub(super) fn cancel(mut self, result: JobResult) -> FailedCall {
        let ended = result.and_then(|Received { worker, parts, .. }| self.failure(&worker, &mut parts.into_iter()));
        let error = ended.map_or_else(|error| error, |failure| failure.unwrap_or_else(cancelled));
        self.undo(error)
    }

    /// Undoes all effects, and returns the owned arguments that came back, beside the error.
    pub(super) fn undo(mut self, error: Error) -> FailedCall {
        let (failed, mut panics) = (self.undone(error), Panics::default());
        panics.drop_each(self.0.drain(..));
        panics.pass_on(Some(failed))
    }

    fn undone(&mut self, error: Error) -> FailedCall {
        let handles = Handles(self.undo_all());
        let error = match self.0.iter().map(|(_, effect)| effect.lost()).sum() {
            0 => error,
            lost => without_owners(lost, error),
        };
        Refused::new(error, handles)
    }

    fn undo_all(&mut self) -> Vec<IndexedHandle> {
        self.0.iter_mut().filter_map(|(index, effect)| Some((*index, effect.undo()?))).collect()
    }
}

impl Drop for Effects<'_> {
    fn drop(&mut self) {
        let _dropped_with_the_effects = self.undo_all();
    }
}

/// Adds to the error how many owners are lost.
fn without_owners(lost: usize, error: Error) -> Error {
    let gone = match lost {
        1 => "its `Owned` argument had moved to the worker, and does not come back".to_owned(),
        _ => format!("{lost} of its owners had moved to the worker, and do not come back"),
    };
    let remedy = match error.message_and_remedy().1 {
        Some(remedy) => format!("{gone}; {remedy}"),
        None => gone,
    };
    error.with_remedy(remedy)
}

fn panicked(worker: &WorkerName, message: &str, at: Option<String>) -> Error {
    let at = at.map(|at| format!(" at {at}")).unwrap_or_default();
    Error::new(ErrorKind::Panicked, format!("{worker}: the function panicked{at}: {message}"))
        .with_remedy("nothing was changed: every borrow is back as it was, and the worker goes on")
}

pub(super) fn malformed() -> Error {
    Error::new(ErrorKind::Decode, "a worker's answer is not one of this version of `ref-core`")
        .with_remedy("build the worker's program with the same version of `ref-core`")
}
