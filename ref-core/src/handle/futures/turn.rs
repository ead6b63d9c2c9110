//! The borrows of a published object, without a thread that waits.

use crate::backend::{Awaited, Bytes, Caller};
use crate::error::Result;
use crate::event;
use crate::handle::named::find::{RawNamed, is_unpublished};
use crate::handle::named::guards::{NamedMut, NamedRef, named_mut, named_ref};
use crate::handle::named::handle::Named;
use crate::handle::named::turn::{RawBorrow, is_borrowed, lease_of};
use crate::handle::raw_lease::RawLease;
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};
use crate::reactor::{Attempt, WaitingCall};
use crate::store::Store;
use crate::store::object::unexpected;
use std::panic::Location;

impl<T> Named<T> {
    /// Borrows the object as [`borrow`](Named::borrow) does, without a thread that waits, and without a limit of time. The
    /// borrow itself stays on the thread that polls the future, so it ends before the next `.await` of a task that may move.
    ///
    /// The future is cancel-safe: one that is dropped borrows nothing.
    ///
    /// # Errors
    /// The errors of [`snapshot`](Named::snapshot). The call is never `WouldDeadlock`: another task of the thread may have
    /// the borrow in the way. A task that waits for itself waits until its future is dropped.
    #[track_caller]
    pub fn borrow_async(&self) -> impl Future<Output = Result<NamedRef<'_, T>>> {
        let wait = WaitingCall::new(ShareAttempt { named: self.raw.clone(), awaited: None, at: Location::caller() });
        async move {
            let (lease, bytes) = wait.await?;
            let value = (self.functions)().decode(&lease.store, bytes)?;
            Ok(named_ref(Box::new(value), RawBorrow::of(lease)))
        }
    }

    /// Borrows the object as [`borrow_mut`](Named::borrow_mut) does, without a thread that waits, and without a limit of
    /// time. The writer itself stays on the thread that polls the future, so it commits before the next `.await` of a task
    /// that may move. Its [`commit`](NamedMut::commit) writes the value, and on a server waits for the reply.
    ///
    /// The future is cancel-safe: one that is dropped borrows nothing, and gives back what it has reserved.
    ///
    /// # Errors
    /// The errors of [`snapshot`](Named::snapshot). The call is never `WouldDeadlock`: another task of the thread may have
    /// the borrow in the way. A task that waits for itself waits until its future is dropped.
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut index = store.named::<Vec<u64>>("index")?;
    /// index.set(vec![1])?;
    /// let mut other = index.clone();
    /// let change = async move {
    ///     let mut writer = other.borrow_mut_async().await?; // waits for its turn, and blocks no thread
    ///     writer.push(2);
    ///     writer.commit()
    /// };
    /// # let mut change = std::pin::pin!(change);
    /// # let Poll::Ready(changed) = change.as_mut().poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
    /// # changed?;
    /// # assert_eq!(*index.snapshot()?, [1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn borrow_mut_async(&mut self) -> impl Future<Output = Result<NamedMut<'_, T>>> {
        let at = Location::caller();
        let wait = WaitingCall::new(ReserveAttempt { named: self.raw.clone(), busy: None, reserved: None, at });
        async move {
            let (lease, bytes) = wait.await?;
            let value = (self.functions)().decode(&lease.store, bytes)?;
            Ok(named_mut(Box::new(value), self.functions, RawBorrow::of(lease), at))
        }
    }

    /// Changes the value as [`update`](Named::update) does, and waits for its turn without a thread. `change` runs on the
    /// thread that polls the future, and so does the commit, which on a server waits for the reply.
    ///
    /// The future is cancel-safe: one that is dropped before it is ready has changed nothing, since `change` and the commit
    /// are one step of it.
    ///
    /// # Errors
    /// The errors of [`borrow_mut_async`](Named::borrow_mut_async) and of [`NamedMut::commit`].
    #[track_caller]
    pub fn update_async<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> impl Future<Output = Result<R>> {
        let at = Location::caller();
        let writer = self.borrow_mut_async();
        async move {
            let mut writer = writer.await?;
            let changed = change(writer.value_mut());
            writer.commit_at(at)?;
            Ok(changed)
        }
    }
}

/// Borrows the object shared.
struct ShareAttempt {
    named: RawNamed,
    /// The object whose writer is in the way.
    awaited: Option<ObjectId>,
    at: Caller,
}

impl Attempt for ShareAttempt {
    type Output = (RawLease, Bytes);

    fn store(&self) -> &Store {
        &self.named.store
    }

    fn attempt(&mut self) -> Result<Option<Self::Output>> {
        let (named, at) = (&self.named, self.at);
        let (mut busy, store) = (None, &named.store);
        let asked = named.on_object(|object| match store.backend().apply(object, Command::Share, &[], at) {
            Err(error) if is_borrowed(&error) => {
                busy = Some(object);
                Ok(None)
            }
            asked => lease_of(store, object, asked?).map(Some),
        })?;
        self.awaited = busy.or(self.awaited);
        asked.map(with_bytes).transpose()
    }

    fn awaited(&self) -> Awaited {
        awaited(&self.named, self.awaited)
    }
}

/// Reserves the object, and then waits for its readers.
struct ReserveAttempt {
    named: RawNamed,
    /// The object whose writer is in the way.
    busy: Option<ObjectId>,
    reserved: Option<Reserved>,
    at: Caller,
}

impl Attempt for ReserveAttempt {
    type Output = (RawLease, Bytes);

    fn store(&self) -> &Store {
        &self.named.store
    }

    fn attempt(&mut self) -> Result<Option<Self::Output>> {
        loop {
            if let Some(reserved) = &mut self.reserved {
                match reserved.grant() {
                    Ok(lease) => {
                        self.reserved = None;
                        return with_bytes(lease).map(Some);
                    }
                    Err(error) if is_borrowed(&error) => return Ok(None),
                    Err(error) => {
                        self.reserved = None;
                        // The object was removed meanwhile: the next object of the name is reserved.
                        if !is_unpublished(&error) {
                            return Err(error);
                        }
                    }
                }
            }
            match self.reserve()? {
                Some(reserved) => self.reserved = Some(reserved),
                None => return Ok(None),
            }
        }
    }

    fn awaited(&self) -> Awaited {
        match &self.reserved {
            Some(reserved) => Awaited::Readers(reserved.object),
            None => awaited(&self.named, self.busy),
        }
    }
}

impl ReserveAttempt {
    /// Reserves the object. Returns `None` if another writer has it.
    fn reserve(&mut self) -> Result<Option<Reserved>> {
        let (named, at) = (&self.named, self.at);
        let (mut busy, store) = (None, &named.store);
        let asked = named.on_object(|object| match store.backend().apply(object, Command::Reserve, &[], at) {
            Ok(Reply::Opened(token)) => Ok(Some(Reserved { store: store.clone(), object, token, at, is_open: true })),
            Ok(reply) => Err(unexpected(reply)),
            Err(error) if is_borrowed(&error) => {
                busy = Some(object);
                Ok(None)
            }
            Err(error) => Err(error),
        })?;
        self.busy = busy.or(self.busy);
        Ok(asked)
    }
}

/// A reservation that is not granted yet. The drop gives it back.
struct Reserved {
    store: Store,
    object: ObjectId,
    token: Epoch,
    at: Caller,
    is_open: bool,
}

impl Reserved {
    fn grant(&mut self) -> Result<RawLease> {
        let granted = self.store.backend().apply(self.object, Command::Grant, &[], self.at)?;
        self.is_open = false;
        lease_of(&self.store, self.object, granted)
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if self.is_open
            && let Err(error) = self.store.backend().let_go(self.object, Command::Abort { token: self.token }, self.at)
        {
            event::not_given_back("a reservation", &error);
        }
    }
}

/// Reads the version that the lease has.
pub(super) fn with_bytes(lease: RawLease) -> Result<(RawLease, Bytes)> {
    let bytes = lease.store.backend().read(lease.object, lease.version)?;
    Ok((lease, bytes))
}

fn awaited(named: &RawNamed, object: Option<ObjectId>) -> Awaited {
    object.map_or_else(|| Awaited::Name(named.name.clone()), Awaited::Borrowers)
}
