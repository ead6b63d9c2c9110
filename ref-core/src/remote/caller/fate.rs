//! What comes of each argument when a call is over: all of it together, or nothing.

use super::job::{Answer, Answered};
use super::unpack::Unpack;
use crate::codec::plain;
use crate::error::Refused;
use crate::handle::Owned;
use crate::remote::panics::Panics;
use crate::remote::protocol::response::{Reply, Sent};
use crate::{Error, ErrorKind, Result};
use std::any::Any;

/// What comes of an argument when the call is over.
///
/// [`keep`](Fate::keep) and [`undo`](Fate::undo) run no user code, so that all of a call's fates are decided together.
/// The values that they replace or give up are destroyed afterwards, with the fate.
pub(in crate::remote) trait Fate {
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
    fn keep(&mut self) {}

    /// The call has failed: has everything back as it was. Returns a handle that was consumed and can be had again.
    fn undo(&mut self) -> Option<Box<dyn Any + Send>> {
        None
    }

    /// Whether the worker has a handle that was consumed. After [`undo`](Fate::undo).
    fn is_lost(&self) -> bool {
        false
    }
}

/// What is to be done with each argument when a call is over. `Fates` that are dropped undecided give everything back: a
/// call that panics while it is being put together leaves nothing lent.
#[derive(Default)]
pub(super) struct Fates<'s> {
    pub(super) fates: Vec<Placed<'s>>,
}

/// An argument's place, and what comes of it.
pub(super) type Placed<'s> = (usize, Box<dyn Fate + Send + 's>);

/// A call that has failed, and the owned arguments that no worker has.
pub(super) type Failed = Refused<Handles>;

/// The owned arguments of a call that has failed, by their places: those that no worker had claimed.
#[derive(Default)]
pub struct Handles(pub(super) Vec<Handle>);

/// An argument's place, and an `Owned` of whichever type.
pub(super) type Handle = (usize, Box<dyn Any + Send>);

impl Handles {
    /// The argument at that place.
    pub fn take<T: 'static>(&mut self, place: usize) -> Option<Owned<T>> {
        let nth = self.0.iter().position(|(at, _)| *at == place)?;
        self.0.remove(nth).1.downcast().ok().map(|owned| *owned)
    }
}

impl Fates<'_> {
    /// Returns the call's result, as `unpack` reads it, and makes all changes; or returns an error, and makes none. A panic
    /// of user code is passed on afterwards.
    pub(super) fn settle<R>(mut self, answer: Answer, unpack: &Unpack<R>) -> Result<R, Failed> {
        let mut panics = Panics::default();
        let read = panics.catch(|| answer.and_then(|answered| self.read(answered, unpack)));
        let settled = read.map(|read| match read {
            Ok(result) => {
                self.fates.iter_mut().for_each(|(_, fate)| fate.keep());
                Ok(result)
            }
            Err(error) => Err(self.undone(error)),
        });
        if settled.is_none() {
            self.undo_all();
        }
        panics.drop_each(self.fates.drain(..));
        panics.pass_on(settled)
    }

    /// Everything that can fail.
    fn read<R>(&mut self, answered: Answered, unpack: &Unpack<R>) -> Result<R> {
        let Answered { pid, message, arrived } = answered;
        let mut parts = message.parts.into_iter();
        let mut next = || parts.next().ok_or_else(malformed);
        let error = match plain::read(&next()?)? {
            Reply::Returned => None,
            Reply::Panicked { message, at } => Some(panicked(pid, &message, at)),
            Reply::Refused(error) => Some(Sent::received(error, pid)),
        };
        if let Some(error) = error {
            parts.for_each(|owner| self.sent_back(&owner));
            return Err(error);
        }
        let result = next()?;
        for (_, fate) in self.fates.iter_mut().filter(|(_, fate)| fate.is_changed()) {
            fate.read(&next()?)?;
        }
        (unpack.read)(&result, arrived)
    }

    /// Notes the new ticket of an owner that the worker had claimed before it knew that it would not call the function.
    fn sent_back(&mut self, owner: &[u8]) {
        let Ok((place, ticket)) = plain::read::<(usize, String)>(owner) else { return };
        self.fates.iter_mut().filter(|(at, _)| *at == place).for_each(|(_, fate)| fate.sent_back(&ticket));
    }

    /// Has everything back, with what was consumed beside the error.
    pub(super) fn undo(mut self, error: Error) -> Failed {
        let (failed, mut panics) = (self.undone(error), Panics::default());
        panics.drop_each(self.fates.drain(..));
        panics.pass_on(Some(failed))
    }

    fn undone(&mut self, error: Error) -> Failed {
        let handles = Handles(self.undo_all());
        let error = match self.fates.iter().any(|(_, fate)| fate.is_lost()) {
            true => without_owner(error),
            false => error,
        };
        Refused::new(error, handles)
    }

    fn undo_all(&mut self) -> Vec<Handle> {
        self.fates.iter_mut().filter_map(|(place, fate)| Some((*place, fate.undo()?))).collect()
    }
}

impl Drop for Fates<'_> {
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
