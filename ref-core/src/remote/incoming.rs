//! A call as its worker sees it: arguments are redeemed, read and given back.

use super::call::{Form, Request};
use super::wire::Message;
use crate::codec::envelope;
use crate::handle::{Access, Exclusive, Lease, Owned, Redeem, Shared, Ticket};
use crate::id::{Epoch, ObjectId, StoreId};
use crate::store::{Absolute, Store, StoreOptions};
use crate::stored::{self, Stored};
use crate::sync::Arc;
use crate::{Error, ErrorKind, Result};
use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// What a worker keeps between calls.
#[derive(Default)]
pub(super) struct Home {
    stores: Stores,
    read: Versions,
}

/// The stores that this process has opened for calls.
#[derive(Default)]
pub(super) struct Stores(HashMap<(Absolute, u64), Store>);

/// Values that were read for shared parameters, the newest last.
#[derive(Default)]
struct Versions {
    kept: VecDeque<Kept>,
    bytes: usize,
}

struct Kept {
    version: Version,
    value: Arc<dyn Any + Send + Sync>,
    /// What it takes in the store.
    bytes: usize,
}

type Version = (StoreId, ObjectId, Epoch);

/// How many values a worker keeps for the next call, and how many bytes of them.
const MOST_KEPT: usize = 16;
const MOST_BYTES: usize = 1 << 28;

/// One call: its arguments are taken in the order of the parameters, and what is given back follows the result.
pub struct Incoming<'h> {
    home: &'h mut Home,
    forms: Vec<Form>,
    parts: Vec<Vec<u8>>,
    changed: Vec<Vec<u8>>,
}

/// A `&T` for the function.
pub(super) struct SharedArgument<T> {
    value: Arc<T>,
    _lease: Option<Lease<T, Shared>>,
}

/// A `&mut T` for the function.
pub enum ExclusiveArgument<T> {
    /// Of an object: given back without a commit, since the owner makes the change.
    Leased(Lease<T, Exclusive>),
    /// Of a plain value.
    Copied(T),
}

impl<'h> Incoming<'h> {
    pub(super) fn new(home: &'h mut Home, request: Request<'_>, message: Message) -> Self {
        let parts = message.parts.into_iter().skip(1).collect();
        Self { home, forms: request.forms, parts, changed: Vec::new() }
    }

    /// The new values of `&mut` arguments, in their order.
    pub(super) fn into_changed(self) -> Vec<Vec<u8>> {
        self.changed
    }

    fn argument(&mut self, nth: usize) -> Result<(Form, Vec<u8>)> {
        match (self.forms.get(nth), self.parts.get_mut(nth)) {
            (Some(form), Some(part)) => Ok((form.clone(), std::mem::take(part))),
            _ => Err(misfit()),
        }
    }

    /// The bytes of a plain value.
    pub(super) fn value(&mut self, nth: usize) -> Result<Vec<u8>> {
        let (form, bytes) = self.argument(nth)?;
        if form == Form::Value { Ok(bytes) } else { Err(misfit()) }
    }

    pub(super) fn shared<T: Stored>(&mut self, nth: usize) -> Result<SharedArgument<T>> {
        match self.argument(nth)? {
            (Form::Copied, bytes) => Ok(SharedArgument { value: Arc::new(open(&bytes)?), _lease: None }),
            (form, bytes) => {
                let store = self.home.stores.of(&form)?;
                let lease = redeem::<T, Shared>(&store, &bytes)?;
                let value = self.home.read.value(&store, &lease)?;
                Ok(SharedArgument { value, _lease: Some(lease) })
            }
        }
    }

    pub(super) fn exclusive<T: Stored>(&mut self, nth: usize) -> Result<ExclusiveArgument<T>> {
        match self.argument(nth)? {
            (Form::Copied, bytes) => Ok(ExclusiveArgument::Copied(open(&bytes)?)),
            (form, bytes) => {
                let store = self.home.stores.of(&form)?;
                Ok(ExclusiveArgument::Leased(redeem(&store, &bytes)?))
            }
        }
    }

    pub(super) fn owned<T: Stored>(&mut self, nth: usize) -> Result<Owned<T>> {
        let (form, bytes) = self.argument(nth)?;
        let ticket: Ticket<T, crate::handle::Ownership> = text(&bytes)?.parse()?;
        Ok(self.home.stores.of(&form)?.claim(ticket)?)
    }

    /// Notes the new value of a `&mut` argument, and gives the borrow back.
    pub(super) fn changed<T: Stored>(&mut self, argument: ExclusiveArgument<T>) -> Result<()> {
        let bytes = match argument {
            ExclusiveArgument::Copied(value) => seal(&value)?,
            ExclusiveArgument::Leased(lease) => {
                let bytes = seal(&*lease.borrow()?)?;
                lease.release()?;
                bytes
            }
        };
        self.changed.push(bytes);
        Ok(())
    }
}

/// How long an owner that is returned waits to be claimed, which its caller does as soon as it hears of it.
const RETURN: Duration = Duration::from_secs(60);

impl Stores {
    /// The store that a ticket belongs to.
    pub(super) fn of(&mut self, form: &Form) -> Result<Store> {
        let Form::Ticket { address, max_object } = form else { return Err(misfit()) };
        let key = (address.clone(), *max_object);
        if let Some(store) = self.0.get(&key) {
            return Ok(store.clone());
        }
        let most = usize::try_from(*max_object).unwrap_or(usize::MAX);
        let store = StoreOptions::new().max_object(most).transit(RETURN).open_existing(address)?;
        self.0.insert(key, store.clone());
        Ok(store)
    }
}

impl Versions {
    /// The value that the lease reads. A version never changes, so one that was read before is read no more.
    fn value<T: Stored>(&mut self, store: &Store, lease: &Lease<T, Shared>) -> Result<Arc<T>> {
        let version = (store.id(), lease.id(), lease.version());
        let known = self.kept.iter().rev().find(|kept| kept.version == version);
        if let Some(value) = known.and_then(|kept| Arc::clone(&kept.value).downcast().ok()) {
            return Ok(value);
        }
        let (value, bytes) = store.read_sized(lease.id(), lease.version())?;
        let value: Arc<T> = Arc::new(value);
        self.keep(Kept { version, value: Arc::clone(&value) as _, bytes });
        Ok(value)
    }

    fn keep(&mut self, new: Kept) {
        self.bytes += new.bytes;
        self.kept.push_back(new);
        while self.kept.len() > MOST_KEPT || self.bytes > MOST_BYTES {
            let oldest = self.kept.pop_front();
            self.bytes -= oldest.map_or(self.bytes, |oldest| oldest.bytes);
        }
    }
}

impl<T> std::ops::Deref for SharedArgument<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Stored> ExclusiveArgument<T> {
    /// What the function changes.
    pub fn get(&mut self) -> Result<&mut T> {
        match self {
            Self::Copied(value) => Ok(value),
            Self::Leased(lease) => Ok(crate::handle::RefMut::into_mut(lease.borrow_mut()?)),
        }
    }
}

fn redeem<T: Stored, A: Access + Redeem>(store: &Store, ticket: &[u8]) -> Result<Lease<T, A>> {
    Ok(store.redeem(text(ticket)?.parse::<Ticket<T, A>>()?)?)
}

pub(super) fn text(ticket: &[u8]) -> Result<&str> {
    std::str::from_utf8(ticket).map_err(|_| misfit())
}

/// The bytes of a copy, with its header.
pub(super) fn seal<T: Stored>(value: &T) -> Result<Vec<u8>> {
    envelope::seal(value, stored::of::<T>(), T::codec(), usize::MAX)
}

/// The value of a copy.
pub(super) fn open<T: Stored>(bytes: &[u8]) -> Result<T> {
    envelope::open(bytes, stored::of::<T>(), T::codec(), usize::MAX)
}

fn misfit() -> Error {
    Error::new(ErrorKind::Decode, "the call's arguments do not fit the function's parameters")
        .with_remedy("build the worker's program with the same version of `ref-core`")
}
