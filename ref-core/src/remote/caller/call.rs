//! A call that is being put together: its function, and its arguments as they are sent.

use super::again::{Again, Renewal};
use super::effect::{Effect, Effects, FailedCall, IndexedHandle};
use super::job::{Arrival, Job, Sending};
use super::transport::Transport;
use super::unpack::Unpack;
use crate::backend::Caller;
use crate::codec::plain;
use crate::error::{Error, Result};
use crate::remote::protocol::function::FunctionKey;
use crate::remote::protocol::passed::PassedAs;
use crate::remote::protocol::request::Request;
use crate::remote::protocol::ticket::SentStores;
use crate::remote::protocol::wire::Message;
use crate::store::Store;
use crate::sync::Arc;
use std::any::Any;
use std::borrow::Cow;

/// A call that is being put together.
///
/// The first error of an argument is kept. Later arguments are not sent, and `ready` fails with that error.
pub struct Call<'s> {
    function: &'static FunctionKey,
    /// The line of the call.
    at: Caller,
    passed: Vec<PassedAs>,
    parts: Vec<Vec<u8>>,
    effects: Effects<'s>,
    /// Owned arguments, with their indices. Their tickets are made last: so no argument of another kind can fail after
    /// an ownership has moved.
    moves: Vec<(usize, Box<dyn PendingMove + 's>)>,
    /// The sessions of the arguments' objects. A returned owner is claimed in the first of these sessions that is in
    /// the owner's store, if there is one.
    stores: SentStores,
    /// `None` if the call is made once.
    again: Option<Again>,
    error: Option<Error>,
}

/// An argument of owners that has not been sent yet.
pub(in crate::remote) trait PendingMove {
    /// Makes a ticket of each owner, and adds the owners' sessions to `stores`. An error comes with the owners. Owners
    /// that come back are claimed for the caller `at`.
    fn send(self: Box<Self>, stores: &mut SentStores, at: Caller) -> Result<SentArgument, UnsentArgument>;

    /// Returns what a failed call gives back: an [`Owners::Back`](crate::remote::protocol::owners::Owners::Back).
    fn give_back(self: Box<Self>) -> Box<dyn Any + Send>;
}

/// The tickets of an argument's owners, as an argument, and the call's effect on the owners.
pub(in crate::remote) struct SentArgument {
    pub(super) passed_as: PassedAs,
    pub(super) bytes: Vec<u8>,
    pub(super) effect: Box<dyn Effect + Send>,
}

/// An argument of which no tickets could be made.
pub(in crate::remote) struct UnsentArgument {
    pub(super) error: Error,
    /// The owners that a failed call gives back.
    pub(super) handle: Box<dyn Any + Send>,
}

impl<'s> Call<'s> {
    /// Makes a call of `function`, to which arguments can be added.
    pub(in crate::remote) fn of(function: &'static FunctionKey, at: Caller) -> Self {
        Self {
            function,
            at,
            passed: Vec::new(),
            parts: Vec::new(),
            effects: Effects::default(),
            moves: Vec::new(),
            stores: SentStores::default(),
            again: None,
            error: None,
        }
    }

    /// Marks the call as one of a function that is idempotent.
    pub(in crate::remote) fn may_run_again(mut self) -> Self {
        self.again = Some(Again::default());
        self
    }

    /// Sets how many times the call is made again if its worker dies.
    pub(super) fn retries(mut self, most: usize) -> Self {
        if let Some(again) = &mut self.again {
            again.left = most;
        }
        self
    }

    /// Notes how the argument that is being added is made anew, if the call may be made again.
    pub(super) fn renew_by(&mut self, renewal: impl FnOnce() -> Renewal) {
        if let Some(again) = &mut self.again {
            again.renewals.push((self.parts.len(), renewal()));
        }
    }

    /// Adds the argument that `argument` makes. If `argument` or an earlier argument has failed, adds an empty
    /// argument: later arguments must keep their indices, by which owners are given back.
    pub(in crate::remote) fn argue(&mut self, argument: impl FnOnce(&mut Self) -> Result<(PassedAs, Vec<u8>)>) {
        let empty = (PassedAs::Value, Vec::new());
        let (passed_as, bytes) = match &self.error {
            Some(_) => empty,
            None => argument(self).unwrap_or_else(|error| {
                self.error = Some(error);
                empty
            }),
        };
        self.passed.push(passed_as);
        self.parts.push(bytes);
    }

    /// Adds an owned argument. `ready` makes its ticket.
    pub(in crate::remote) fn send_last(&mut self, moving: impl PendingMove + 's) {
        self.moves.push((self.parts.len(), Box::new(moving)));
        // An empty argument has the index until `ready` replaces it.
        self.argue(|_| Ok((PassedAs::Value, Vec::new())));
    }

    /// Adds the call's effect on the argument that is being added.
    pub(super) fn then(&mut self, effect: impl Effect + Send + 's) {
        self.effects.0.push((self.parts.len(), Box::new(effect)));
    }

    /// Returns the index by which a ticket for an object in `store` names its store, and notes the session.
    ///
    /// # Errors
    /// `Unsupported` if no other process can open the store.
    pub(in crate::remote) fn number(&mut self, store: &Store) -> Result<u32> {
        self.stores.number(store)
    }

    /// Makes the tickets of the owned arguments, for the workers that `to` reaches. Returns the job and the effects of the call.
    ///
    /// # Errors
    /// The first error of an argument, or of the request's encoding. Then the effects are undone, and the `FailedCall`
    /// has the owned arguments that came back.
    pub(super) fn ready<R>(
        mut self,
        to: &dyn Transport,
        sending: Sending,
        unpack: &Unpack<R>,
    ) -> Result<(Arc<Job>, Effects<'s>), FailedCall> {
        let kept = if to.reaches_other_hosts() { self.stores.for_other_hosts() } else { Ok(()) };
        let refused = self.error.take().or(kept.err()).map(|error| (error, None));
        let sent = refused.map_or_else(|| self.send(), Err);
        let Self { function, at, passed, parts, effects, moves, mut stores, again, .. } = self;
        let addresses = stores.take_addresses();
        let request = || plain::write(&Request { key: Cow::Borrowed(function), passed, stores: addresses });
        match sent.and_then(|()| request().map_err(|error| (error, None))) {
            Ok(request) => {
                let parts = std::iter::once(request).chain(parts).collect();
                let arrival = unpack.on_arrival.map(|claim| Arrival { claim, stores, at });
                Ok((Job::new(function, Message::of(parts), sending, arrival, again), effects))
            }
            Err((error, unsent)) => {
                let mut failed = effects.undo(error);
                let given_back = moves.into_iter().map(|(index, moving)| (index, moving.give_back()));
                failed.handle.0.extend(given_back.chain(unsent));
                Err(failed)
            }
        }
    }

    /// Makes the tickets of each owned argument, until one fails. The error comes with the owners of that argument, and
    /// with its index.
    fn send(&mut self) -> Result<(), (Error, Option<IndexedHandle>)> {
        while let Some((index, moving)) = self.moves.pop() {
            match moving.send(&mut self.stores, self.at) {
                Ok(SentArgument { passed_as, bytes, effect }) => {
                    (self.passed[index], self.parts[index]) = (passed_as, bytes);
                    self.effects.0.push((index, effect));
                }
                Err(UnsentArgument { error, handle }) => return Err((error, Some((index, handle)))),
            }
        }
        Ok(())
    }
}
