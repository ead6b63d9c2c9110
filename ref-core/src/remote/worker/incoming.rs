//! Takes the arguments of a call in the worker: redeems tickets, reads values, and gives borrows and owners back.

use super::cache::WorkerCache;
use super::owned::{OwnedArgument, UnusedOwners};
use crate::backend::Caller;
use crate::codec::plain;
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Exclusive, Lease, Shared};
use crate::remote::protocol::carried::{SentFiles, join_list};
use crate::remote::protocol::crossing::{Crossing, Element, ReadElement};
use crate::remote::protocol::owners::{Owners, SentOwners};
use crate::remote::protocol::passed::{NumberedTicket, PassedAs, StoreAddress, in_list, open, wrong_arguments};
use crate::remote::protocol::request::Request;
use crate::remote::protocol::start::has_far_caller;
use crate::remote::protocol::ticket::redeem;
use crate::remote::protocol::wire::Message;
use crate::store::Store;
use crate::stored::Stored;
use crate::sync::Arc;
use std::fs::File;
use std::rc::Rc;

/// A call that a worker has received. Generated code takes the arguments out of the call, and adds the new values of
/// `&mut` arguments to the call.
pub struct Incoming<'h> {
    cache: &'h mut WorkerCache,
    passed: Vec<PassedAs>,
    stores: Vec<StoreAddress>,
    parts: Vec<Vec<u8>>,
    changed: Vec<Vec<u8>>,
    /// The files of large results and new values.
    files: SentFiles,
    back: UnusedOwners,
    /// Where the function was written. Errors name this line as that of the borrows and owners of the call.
    at: Caller,
}

/// The `&T` of a parameter.
pub(in crate::remote) struct SharedArgument<T> {
    value: Arc<T>,
    _lease: Option<Lease<T, Shared>>,
}

/// The elements of a list, and the leases if the elements are objects.
type Elements<T, A> = (Vec<T>, Vec<Lease<T, A>>);

/// The list that a `&[T]` parameter borrows. The leases, of a list of objects, are given back with the argument. The
/// values are dropped after the call.
pub(in crate::remote) struct ListArgument<T> {
    values: Rc<Vec<T>>,
    _leases: Vec<Lease<T, Shared>>,
}

/// The list that a `&mut [T]` parameter borrows. The worker gives the leases, of a list of objects, back without a
/// commit, since the caller makes the changes.
pub struct ExclusiveList<T> {
    values: Vec<T>,
    /// `None` if the elements are no objects.
    leases: Option<Vec<Lease<T, Exclusive>>>,
}

/// The `&mut T` of a parameter.
pub enum ExclusiveArgument<T> {
    /// A lease of an object. The worker gives the lease back without a commit, since the caller makes the change.
    Leased(Lease<T, Exclusive>),
    /// A copy of a value in the caller's memory.
    Copied(T),
}

impl<'h> Incoming<'h> {
    pub(super) fn new(
        cache: &'h mut WorkerCache,
        request: Request<'_>,
        message: Message,
        back: UnusedOwners,
        at: Caller,
    ) -> Self {
        let parts = message.parts.into_iter().skip(1).collect();
        let Request { passed, stores, .. } = request;
        let files = if has_far_caller() { SentFiles::none() } else { SentFiles::on_socket() };
        Self { cache, passed, stores, parts, changed: Vec::new(), files, back, at }
    }

    /// Returns the encoded new values of the `&mut` arguments, in the order of the parameters, and the files that they
    /// and the result name.
    pub(super) fn into_changed(self) -> (Vec<Vec<u8>>, Vec<File>) {
        (self.changed, self.files.into_files())
    }

    /// Returns the files, for the result.
    pub(in crate::remote) fn files(&mut self) -> &mut SentFiles {
        &mut self.files
    }

    fn argument(&mut self, nth: usize) -> Result<(PassedAs, Vec<u8>)> {
        match (self.passed.get(nth), self.parts.get_mut(nth)) {
            (Some(passed_as), Some(part)) => Ok((passed_as.clone(), std::mem::take(part))),
            _ => Err(wrong_arguments()),
        }
    }

    /// Takes out the bytes of a plain value. Fails if the argument is missing or was passed in another way.
    pub(in crate::remote) fn value(&mut self, nth: usize) -> Result<Vec<u8>> {
        let (passed_as, bytes) = self.argument(nth)?;
        if passed_as == PassedAs::Value { Ok(bytes) } else { Err(wrong_arguments()) }
    }

    pub(in crate::remote) fn shared<T: Stored + Send + Sync>(&mut self, nth: usize) -> Result<SharedArgument<T>> {
        match self.argument(nth)? {
            (PassedAs::Copied, bytes) => {
                let value = Arc::new(open(&bytes)?);
                self.cache.drop_later(Arc::clone(&value));
                Ok(SharedArgument { value, _lease: None })
            }
            (PassedAs::Ticket, bytes) => {
                let redeemed = |store: &Store, ticket: &str, at| {
                    let lease = redeem::<T, Shared>(store, ticket, at)?;
                    Ok((store.clone(), lease))
                };
                let (store, lease) = self.with_ticket(&bytes, redeemed)?;
                let value = self.cache.values.of(&store, &lease)?;
                Ok(SharedArgument { value, _lease: Some(lease) })
            }
            _ => Err(wrong_arguments()),
        }
    }

    /// Returns a session in the store of a `&Store` argument.
    pub(in crate::remote) fn store(&mut self, nth: usize) -> Result<Store> {
        let (PassedAs::Store, bytes) = self.argument(nth)? else { return Err(wrong_arguments()) };
        let (index, id): (u32, u64) = plain::read(&bytes)?;
        let address = self.stores.get(index as usize).ok_or_else(wrong_arguments)?;
        self.cache.stores.with(address, |store| match store.id().0 == id && !store.is_over() {
            true => Ok(store.clone()),
            false => Err(Error::new(ErrorKind::WrongStore, "another store is at the address of the lent one")),
        })
    }

    pub(in crate::remote) fn list<T: 'static>(
        &mut self,
        nth: usize,
        crossing: &Crossing<T>,
    ) -> Result<ListArgument<T>> {
        let (values, leases) = self.elements(nth, crossing.read_all, crossing.read_lent)?;
        let values = Rc::new(values);
        self.cache.drop_later(Rc::clone(&values));
        Ok(ListArgument { values, _leases: leases })
    }

    /// Runs `act` with the ticket in `bytes` and a session of the ticket's store.
    fn with_ticket<R>(&mut self, bytes: &[u8], act: impl Fn(&Store, &str, Caller) -> Result<R>) -> Result<R> {
        let (ticket, at): (NumberedTicket, _) = (plain::read(bytes)?, self.at);
        self.cache.stores.with(ticket.address(&self.stores)?, |store| act(store, &ticket.ticket, at))
    }

    /// Returns the elements of a list.
    fn elements<T, A>(
        &mut self,
        nth: usize,
        read_all: fn(&[u8]) -> Result<Vec<T>>,
        read_lent: ReadElement<T, A>,
    ) -> Result<Elements<T, A>> {
        match self.argument(nth)? {
            (PassedAs::Value, bytes) => Ok((read_all(&bytes)?, Vec::new())),
            (PassedAs::Tickets, bytes) => Ok(self.lent(&bytes, read_lent)?.into_iter().unzip()),
            _ => Err(wrong_arguments()),
        }
    }

    /// Redeems the tickets, and reads their objects. The error of an element names the element's index.
    fn lent<T, A>(&mut self, tickets: &[u8], read: ReadElement<T, A>) -> Result<Vec<Element<T, A>>> {
        let (tickets, at): (Vec<NumberedTicket>, _) = (plain::read(tickets)?, self.at);
        let mut element = |ticket: &NumberedTicket| {
            let address = ticket.address(&self.stores)?;
            self.cache.stores.with(address, |store| read(store, &ticket.ticket, at))
        };
        let named = |(index, ticket)| element(ticket).map_err(|error| in_list(index, error));
        tickets.iter().enumerate().map(named).collect()
    }

    pub(in crate::remote) fn exclusive<T: Stored + Send + Sync>(&mut self, nth: usize) -> Result<ExclusiveArgument<T>> {
        match self.argument(nth)? {
            (PassedAs::Copied, bytes) => Ok(ExclusiveArgument::Copied(open(&bytes)?)),
            (PassedAs::Ticket, bytes) => self.with_ticket(&bytes, redeem).map(ExclusiveArgument::Leased),
            _ => Err(wrong_arguments()),
        }
    }

    pub(in crate::remote) fn exclusive_list<T>(
        &mut self,
        nth: usize,
        crossing: &Crossing<T>,
    ) -> Result<ExclusiveList<T>> {
        let is_lent = self.passed.get(nth) == Some(&PassedAs::Tickets);
        let (values, leases) = self.elements(nth, crossing.read_all, crossing.read_lent_mut)?;
        Ok(ExclusiveList { values, leases: is_lent.then_some(leases) })
    }

    /// Adds the new values of a `&mut [T]` argument, and gives the leases back if the argument has leases.
    pub(in crate::remote) fn changed_list<T: 'static>(
        &mut self,
        list: ExclusiveList<T>,
        crossing: &Crossing<T>,
    ) -> Result<()> {
        let ExclusiveList { values, leases } = list;
        let files = &mut self.files;
        let part = match &leases {
            None => files.plain((crossing.write_all)(&values)?),
            Some(leases) => {
                let pack = |(value, lease): (_, &Lease<_, _>)| (crossing.pack_changed)(value, lease.store(), files);
                join_list(&values.iter().zip(leases).map(pack).collect::<Result<Vec<_>>>()?)
            }
        };
        self.cache.drop_later(values);
        for lease in leases.into_iter().flatten() {
            let _never_loaded = lease.give_back()?;
        }
        self.changed.push(part);
        Ok(())
    }

    /// Claims the owners of an argument.
    pub(in crate::remote) fn owned<O: Owners>(&mut self, nth: usize) -> Result<OwnedArgument<O>> {
        let (PassedAs::Owners, bytes) = self.argument(nth)? else { return Err(wrong_arguments()) };
        let SentOwners { lengths, tickets } = plain::read(&bytes)?;
        let mut argument = OwnedArgument::new(nth, lengths, &self.back);
        argument.claim(tickets, &mut self.cache.stores, &self.stores, self.at)?;
        Ok(argument)
    }

    /// Adds the new value of a `&mut` argument, and gives the lease back if the argument has one.
    pub(in crate::remote) fn changed<T: Stored + Send + Sync>(&mut self, argument: ExclusiveArgument<T>) -> Result<()> {
        let bytes = match argument {
            ExclusiveArgument::Copied(value) => {
                let bytes = self.files.changed(&value, None)?;
                self.cache.drop_later(value);
                bytes
            }
            ExclusiveArgument::Leased(lease) => {
                let bytes = self.files.changed(&*lease.borrow()?, Some(lease.store()))?;
                self.cache.drop_later(lease.give_back()?);
                bytes
            }
        };
        self.changed.push(bytes);
        Ok(())
    }
}

impl<T> std::ops::Deref for SharedArgument<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> std::ops::Deref for ListArgument<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values
    }
}

impl<T> ExclusiveList<T> {
    /// Returns the list that the function changes.
    pub fn get(&mut self) -> &mut [T] {
        &mut self.values
    }
}

impl<T: Stored + Send + Sync> ExclusiveArgument<T> {
    /// Returns the value that the function changes.
    pub fn get(&mut self) -> Result<&mut T> {
        match self {
            Self::Copied(value) => Ok(value),
            Self::Leased(lease) => lease.copy(),
        }
    }
}
