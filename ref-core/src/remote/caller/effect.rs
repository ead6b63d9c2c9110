//! What comes of each argument when a call is over: all of it together, or nothing.

use super::job::{JobResult, Received};
use super::unpack::Unpack;
use crate::codec::plain;
use crate::error::Refused;
use crate::handle::Owned;
use crate::remote::panics::Panics;
use crate::remote::protocol::response::{Response, SentError};
use crate::{Error, ErrorKind, Result};
use std::any::Any;

/// What comes of an argument when the call is over.
///
/// [`apply`](Effect::apply) and [`undo`](Effect::undo) run no user code, so that all of a call's effects are decided together.
/// The values that they replace or give up are destroyed afterwards, with the effect.
pub(in crate::remote) trait Effect {
    /// Whether the worker sends a new value for it.
    fn is_changed(&self) -> bool {
        false
    }

    /// Reads the new value, and has the object back for it. May fail or panic: nothing is changed yet.
    fn read(&mut self, _bytes: &[u8]) -> Result<()> {
        Ok(())
    }

    /// The worker has sent the object back, by another ticket.
    fn sent_back(&mut self, _ticket: &str) {}

    /// The call has succeeded: makes the change.
    fn apply(&mut self) {}

    /// The call has failed: has everything back as it was. Returns a handle that was consumed and can be had again.
    fn undo(&mut self) -> Option<Box<dyn Any + Send>> {
        None
    }

    /// Whether the worker has a handle that was consumed. After [`undo`](Effect::undo).
    fn is_lost(&self) -> bool {
        false
    }
}

/// What is to be done with each argument when a call is over. `Effects` that are dropped undecided give everything back: a
/// call that panics while it is being put together leaves nothing lent.
#[derive(Default)]
pub(super) struct Effects<'s>(pub(super) Vec<IndexedEffect<'s>>);

/// An argument's index, and what comes of it.
pub(super) type IndexedEffect<'s> = (usize, Box<dyn Effect + Send + 's>);

/// A call that has failed, and the owned arguments that no worker has.
pub(super) type FailedCall = Refused<Handles>;

/// The owned arguments of a call that has failed, by their places: those that no worker had claimed.
#[derive(Default)]
pub struct Handles(pub(super) Vec<IndexedHandle>);

/// An argument's index, and an `Owned` of whichever type.
pub(super) type IndexedHandle = (usize, Box<dyn Any + Send>);

impl Handles {
    /// The argument at that index.
    pub fn take<T: 'static>(&mut self, index: usize) -> Option<Owned<T>> {
        let nth = self.0.iter().position(|(at, _)| *at == index)?;
        self.0.remove(nth).1.downcast().ok().map(|owned| *owned)
    }
}

impl Effects<'_> {
    /// Returns the call's result, as `unpack` reads it, and makes all changes; or returns an error, and makes none. A panic
    /// of user code is passed on afterwards.
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
        if finished.is_none() {
            self.undo_all();
        }
        panics.drop_each(self.0.drain(..));
        panics.pass_on(finished)
    }

    /// Everything that can fail.
    fn read<R>(&mut self, received: Received, unpack: &Unpack<R>) -> Result<R> {
        let Received { pid, message, arrived } = received;
        let mut parts = message.parts.into_iter();
        let mut next = || parts.next().ok_or_else(malformed);
        let error = match plain::read(&next()?)? {
            Response::Returned => None,
            Response::Panicked { message, at } => Some(panicked(pid, &message, at)),
            Response::Refused(error) => Some(SentError::received(error, pid)),
        };
        if let Some(error) = error {
            parts.for_each(|owner| self.sent_back(&owner));
            return Err(error);
        }
        let result = next()?;
        for (_, effect) in self.0.iter_mut().filter(|(_, effect)| effect.is_changed()) {
            effect.read(&next()?)?;
        }
        (unpack.read)(&result, arrived)
    }

    /// Notes the new ticket of an owner that the worker had claimed before it knew that it would not call the function.
    fn sent_back(&mut self, owner: &[u8]) {
        let Ok((index, ticket)) = plain::read::<(usize, String)>(owner) else { return };
        self.0.iter_mut().filter(|(at, _)| *at == index).for_each(|(_, effect)| effect.sent_back(&ticket));
    }

    /// Has everything back, with what was consumed beside the error.
    pub(super) fn undo(mut self, error: Error) -> FailedCall {
        let (failed, mut panics) = (self.undone(error), Panics::default());
        panics.drop_each(self.0.drain(..));
        panics.pass_on(Some(failed))
    }

    fn undone(&mut self, error: Error) -> FailedCall {
        let handles = Handles(self.undo_all());
        let error = match self.0.iter().any(|(_, effect)| effect.is_lost()) {
            true => without_owner(error),
            false => error,
        };
        Refused::new(error, handles)
    }

    fn undo_all(&mut self) -> Vec<IndexedHandle> {
        self.0.iter_mut().filter_map(|(index, effect)| Some((*index, effect.undo()?))).collect()
    }
}

impl Drop for Effects<'_> {
    fn drop(&mut self) {
        self.undo_all();
    }
}

/// An owner that the worker has claimed went with the call, whatever else was undone.
fn without_owner(error: Error) -> Error {
    let gone = "its `Owned` argument had moved to the worker, and does not come back";
    let remedy = match error.told().1 {
        Some(remedy) => format!("{gone}; {remedy}"),
        None => gone.to_owned(),
    };
    error.with_remedy(remedy)
}

fn panicked(pid: u32, message: &str, at: Option<String>) -> Error {
    let at = at.map(|at| format!(" at {at}")).unwrap_or_default();
    Error::new(ErrorKind::Panicked, format!("worker {pid}: the function panicked{at}: {message}"))
        .with_remedy("nothing was changed: every borrow is back as it was, and the worker goes on")
}

fn malformed() -> Error {
    Error::new(ErrorKind::Decode, "a worker's answer is not one of this version of `ref-core`")
        .with_remedy("build the worker's program with the same version of `ref-core`")
}
