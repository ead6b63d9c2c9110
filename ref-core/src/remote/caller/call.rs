//! A call on its way: its arguments as they are sent.

use super::fate::{Failed, Fate, Fates, Handle};
use super::job::Job;
use super::unpack::Unpack;
use crate::codec::plain;
use crate::remote::protocol::function::Key;
use crate::remote::protocol::request::{Form, Request};
use crate::remote::protocol::ticket::ticket;
use crate::remote::protocol::wire::Message;
use crate::store::Store;
use crate::sync::Arc;
use crate::{Error, Result};
use std::any::Any;
use std::borrow::Cow;

/// A call that is being put together. Its first error ends it, when it is `ready`.
pub struct Call<'s> {
    function: &'static Key,
    forms: Vec<Form>,
    parts: Vec<Vec<u8>>,
    fates: Fates<'s>,
    /// Ownership goes last, when all else is ready: an argument's place, and what sends it.
    moves: Vec<(usize, Box<dyn Move + 's>)>,
    stores: Vec<Store>,
    error: Option<Error>,
}

/// An owned argument, not sent yet.
pub(in crate::remote) trait Move {
    /// Sends it: the ticket, and what undoes it.
    fn send(self: Box<Self>, stores: &mut Vec<Store>) -> Result<Departure, Unsent>;

    /// Gives it back.
    fn keep(self: Box<Self>) -> Box<dyn Any + Send>;
}

/// A handle that was sent: its argument, and what becomes of it.
pub(in crate::remote) struct Departure {
    pub(super) form: Form,
    pub(super) bytes: Vec<u8>,
    pub(super) fate: Box<dyn Fate + Send>,
}

/// A handle that could not be sent.
pub(in crate::remote) struct Unsent {
    pub(super) error: Error,
    pub(super) handle: Box<dyn Any + Send>,
}

impl<'s> Call<'s> {
    /// A call of `function` without arguments.
    pub(in crate::remote) fn of(function: &'static Key) -> Self {
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
    pub(in crate::remote) fn argue(&mut self, argument: impl FnOnce(&mut Self) -> Result<(Form, Vec<u8>)>) {
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
    pub(in crate::remote) fn send_last(&mut self, moving: impl Move + 's) {
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
        let request = || plain::write(&Request { key: Cow::Borrowed(function), forms });
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
