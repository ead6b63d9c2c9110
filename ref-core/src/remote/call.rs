//! A call on its way: its arguments as they are sent, and what comes of each afterwards.

use super::job::{Answer, Answered, Job};
use super::panics::Panics;
use super::registry::{Function, Key};
use super::reply::{Reply, Sent};
use super::returns::Unpack;
use super::wire::Message;
use crate::codec::plain;
use crate::error::Refused;
use crate::handle::Owned;
use crate::store::{Absolute, Store};
use crate::sync::Arc;
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::borrow::Cow;

/// A call that is being put together. Its first error ends it, when it is `ready`.
pub struct Call<'s> {
    function: &'static Function,
    forms: Vec<Form>,
    parts: Vec<Vec<u8>>,
    fates: Fates<'s>,
    /// Ownership goes last, when all else is ready: an argument's place, and what sends it.
    moves: Vec<(usize, Box<dyn Move + 's>)>,
    stores: Vec<Store>,
    error: Option<Error>,
}

/// The first part of a request. Not `Debug`: an address may have a password in it.
#[derive(Serialize, Deserialize)]
pub(super) struct Request<'k> {
    pub(super) key: Cow<'k, Key>,
    pub(super) forms: Vec<Form>,
}

/// How an argument is sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Form {
    /// A plain value, by serde.
    Value,
    /// A stored value with its header, copied.
    Copied,
    /// The ticket for an object in the store at that address.
    Ticket { address: Absolute, max_object: u64 },
}

/// What comes of an argument when the call is over.
///
/// [`keep`](Fate::keep) and [`undo`](Fate::undo) run no user code, so that all of a call's fates are decided together.
/// The values that they replace or give up are destroyed afterwards, with the fate.
pub(super) trait Fate {
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

/// An owned argument, not sent yet.
pub(super) trait Move {
    /// Sends it: the ticket, and what undoes it.
    fn send(self: Box<Self>, stores: &mut Vec<Store>) -> Result<Departure, Unsent>;

    /// Gives it back.
    fn keep(self: Box<Self>) -> Box<dyn Any + Send>;
}

/// A handle that was sent: its argument, and what becomes of it.
pub(super) struct Departure {
    pub(super) form: Form,
    pub(super) bytes: Vec<u8>,
    pub(super) fate: Box<dyn Fate + Send>,
}

/// A handle that could not be sent.
pub(super) struct Unsent {
    pub(super) error: Error,
    pub(super) handle: Box<dyn Any + Send>,
}

/// What is to be done with each argument when a call is over. `Fates` that are dropped undecided give everything back: a
/// call that panics while it is being put together leaves nothing lent.
#[derive(Default)]
pub(super) struct Fates<'s> {
    fates: Vec<Placed<'s>>,
}

/// An argument's place, and what comes of it.
type Placed<'s> = (usize, Box<dyn Fate + Send + 's>);

/// A call that has failed, and the owned arguments that no worker has.
pub(super) type Failed = Refused<Handles>;

/// The owned arguments of a call that has failed, by their places: those that no worker had claimed.
#[derive(Default)]
pub struct Handles(Vec<Handle>);

/// An argument's place, and an `Owned` of whichever type.
type Handle = (usize, Box<dyn Any + Send>);

impl Handles {
    /// The argument at that place.
    pub fn take<T: 'static>(&mut self, place: usize) -> Option<Owned<T>> {
        let nth = self.0.iter().position(|(at, _)| *at == place)?;
        self.0.remove(nth).1.downcast().ok().map(|owned| *owned)
    }
}

impl<'s> Call<'s> {
    /// For generated code: a call of `function` without arguments.
    #[must_use]
    pub fn new(function: &'static Function) -> Self {
        Self {
            function,
            forms: Vec::new(),
            parts: Vec::new(),
            fates: Fates::default(),
            moves: Vec::new(),
            stores: Vec::new(),
            error: None,
        }
    }

    /// Adds what `argument` makes, unless there was an error before.
    pub(super) fn argue(&mut self, argument: impl FnOnce(&mut Self) -> Result<(Form, Vec<u8>)>) {
        if self.error.is_some() {
            return;
        }
        match argument(self) {
            Ok((form, bytes)) => {
                self.forms.push(form);
                self.parts.push(bytes);
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Adds an argument whose ownership goes when the call is ready.
    pub(super) fn send_last(&mut self, moving: impl Move + 's) {
        self.moves.push((self.parts.len(), Box::new(moving)));
        self.argue(|_| Ok((Form::Value, Vec::new())));
    }

    /// Of the argument that is being added.
    pub(super) fn then(&mut self, fate: impl Fate + Send + 's) {
        self.fates.fates.push((self.parts.len(), Box::new(fate)));
    }

    /// The form of a ticket for an object in `store`, which the call remembers.
    pub(super) fn ticket(&mut self, store: &Store) -> Result<Form> {
        ticket(&mut self.stores, store)
    }

    /// The job, and what is to be done when it is over. After an error nothing is lent or moved.
    pub(super) fn ready<R>(mut self, ahead: bool, unpack: &Unpack<R>) -> Result<(Arc<Job>, Fates<'s>), Failed> {
        let refused = self.error.take().map(|error| (error, None));
        let sent = refused.map_or_else(|| self.send(), Err);
        let Self { function, forms, parts, fates, moves, stores, .. } = self;
        let request = || plain::write(&Request { key: Cow::Borrowed(function.key()), forms });
        match sent.and_then(|()| request().map_err(|error| (error, None))) {
            Ok(request) => {
                let parts = std::iter::once(request).chain(parts).collect();
                let arrival = unpack.arrive.map(|arrive| (arrive, stores));
                Ok((Job::new(Message::of(parts), ahead, arrival), fates))
            }
            Err((error, unsent)) => {
                let mut failed = fates.undo(error);
                let kept = moves.into_iter().map(|(place, moving)| (place, moving.keep()));
                failed.handle.0.extend(kept.chain(unsent));
                Err(failed)
            }
        }
    }

    /// Sends what moves. What cannot be sent comes back, with its place.
    fn send(&mut self) -> Result<(), (Error, Option<Handle>)> {
        while let Some((place, moving)) = self.moves.pop() {
            match moving.send(&mut self.stores) {
                Ok(Departure { form, bytes, fate }) => {
                    (self.forms[place], self.parts[place]) = (form, bytes);
                    self.fates.fates.push((place, fate));
                }
                Err(Unsent { error, handle }) => return Err((error, Some((place, handle)))),
            }
        }
        Ok(())
    }
}

pub(super) fn ticket(stores: &mut Vec<Store>, store: &Store) -> Result<Form> {
    let (address, max_object) = store.reached_by_others()?;
    stores.push(store.clone());
    Ok(Form::Ticket { address, max_object: max_object as u64 })
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
