//! The borrower's handle, and `Store::redeem`, which makes a lease from a ticket.

use crate::backend::{Caller, Hold};
use crate::error::{AccessKind, ErrorKind, Refused, Result};
use crate::handle::access::{Access, CanWrite, HasToken, Redeem};
use crate::handle::borrow::{Ref, RefMut, new_ref, new_ref_mut};
use crate::handle::not_offered::ClonedLease;
use crate::handle::owned::unloaded;
use crate::handle::raw_lease::{LeaseKind, RawLease};
use crate::handle::ticket::{Grant, Pass, Ticket, text};
use crate::id::{FencingToken, ObjectId};
use crate::ledger::{Command, Reply};
use crate::store::Store;
use crate::store::functions::FunctionsOf;
use crate::store::object::unexpected;
use crate::store::turn::Entered;
use crate::sync::OnceLock;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

/// A borrow of an object that another handle owns, in this process or another. [`Store::redeem`] makes a lease from a
/// ticket.
///
/// A lease reads one version of the object, and a version never changes. An [`Exclusive`](crate::Exclusive) lease can
/// change a private copy of the value, and [`commit`](Lease::commit) makes the copy the object's next version. Dropping
/// a lease gives the borrow back; without a commit, the object is unchanged.
///
/// Dropping a lease after [`borrow_mut`](Lease::borrow_mut) without trying [`commit`](Lease::commit) is often a
/// mistake. Such a drop is reported by an event (feature `tracing`). In debug builds, the drop is also reported on
/// standard error, once for each line that called `borrow_mut`; but not during a panic, and not if the environment
/// variable `REF_QUIET` is set and not empty. [`release`](Lease::release) gives the changes up without a report.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// let mut list = store.put(vec![1_u64])?;
/// let loan = list.lend_mut()?;
/// let ticket = loan.ticket()?;
///
/// let mut lease = store.redeem(ticket)?; // in another process
/// lease.borrow_mut()?.push(2);
/// lease.commit()?;
///
/// assert_eq!(loan.end()?.cause, ref_core::LoanEndCause::Returned);
/// assert_eq!(*list.borrow()?, [1, 2]);
/// # Ok(())
/// # }
/// ```
///
/// A shared lease is read-only:
///
/// ```compile_fail,E0277
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let list = store.put(vec![1_u64])?;
/// # let loan = list.lend()?;
/// let mut lease = store.redeem(loan.ticket()?)?;
/// lease.borrow_mut()?.push(2);
/// # Ok(())
/// # }
/// ```
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let list = store.put(vec![1_u64])?;
/// # let loan = list.lend()?;
/// let lease = store.redeem(loan.ticket()?)?;
/// assert_eq!(lease.borrow()?.len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// Rules: [R06](crate::guide::rules#r06), [R09](crate::guide::rules#r09), [R13](crate::guide::rules#r13).
#[must_use = "the borrow is given back when its `Lease` is dropped, which `let _ =` does at once; \
              keep it in a variable"]
pub struct Lease<T, A> {
    pub(in crate::handle) value: OnceLock<Box<T>>,
    pub(in crate::handle) functions: FunctionsOf<T>,
    pub(in crate::handle) raw: RawLease,
    access: PhantomData<fn() -> A>,
}

impl Store {
    /// Exchanges a ticket for a lease, with the access that the ticket grants. The first borrow reads the value.
    ///
    /// # Errors
    /// `WrongStore` if the ticket belongs to another store, `Expired` if the ticket's loan was closed, ended or
    /// revoked, or the ticket was reissued, `AlreadyRedeemed` if the ticket is exclusive and was redeemed before,
    /// `Gone` if the object is not in the store any more; else the errors of the store, such as `Io`. A failed call
    /// drops the ticket; [`redeem_or_return`](Store::redeem_or_return) gives the ticket back.
    ///
    /// # Examples
    /// An ownership ticket is claimed, and not redeemed:
    ///
    /// ```compile_fail,E0277
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let ticket = store.put(1_u64)?.into_ticket()?;
    /// let lease = store.redeem(ticket)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let ticket = store.put(1_u64)?.into_ticket()?;
    /// let owned = store.claim(ticket)?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    #[track_caller]
    pub fn redeem<T, A>(&self, ticket: Ticket<T, A>) -> Result<Lease<T, A>>
    where
        A: Redeem,
    {
        self.redeem_at(ticket, Location::caller())
    }

    /// Redeems the ticket as [`redeem`](Store::redeem) does, for the caller `at`.
    #[inline]
    pub(crate) fn redeem_at<T, A>(&self, ticket: Ticket<T, A>, at: Caller) -> Result<Lease<T, A>>
    where
        A: Redeem,
    {
        let raw = self.redeemed(&ticket.pass, A::KIND, at)?;
        Ok(Lease { value: OnceLock::new(), functions: ticket.functions, raw, access: PhantomData })
    }

    /// Does what [`redeem`](Store::redeem) does, and gives the ticket back if that fails.
    ///
    /// # Errors
    /// The errors of [`redeem`](Store::redeem). The ticket is in the [`Refused`].
    #[track_caller]
    pub fn redeem_or_return<T, A>(&self, ticket: Ticket<T, A>) -> Result<Lease<T, A>, Refused<Ticket<T, A>>>
    where
        A: Redeem,
    {
        match self.redeemed(&ticket.pass, A::KIND, Location::caller()) {
            Ok(raw) => Ok(Lease { value: OnceLock::new(), functions: ticket.functions, raw, access: PhantomData }),
            Err(error) => Err(Refused::new(error, ticket)),
        }
    }

    #[inline]
    pub(in crate::handle) fn redeemed(&self, pass: &Pass, asked: AccessKind, at: Caller) -> Result<RawLease> {
        pass.check_store(self)?;
        let command = match pass.grant {
            Grant::Borrow(epoch) => Command::RedeemShared { epoch },
            Grant::BorrowMut(nonce) => Command::RedeemExclusive { right: nonce.right() },
            other => return Err(text::wrong_grant(other, asked)),
        };
        let (version, kind) = match (command, self.backend().apply(pass.object, command, &[], at)?) {
            (Command::RedeemShared { epoch }, Reply::Shared { version }) => (version, LeaseKind::Shared(Some(epoch))),
            (_, Reply::Exclusive { token, version }) => (version, LeaseKind::Exclusive(token)),
            (_, reply) => return Err(unexpected(reply)),
        };
        Ok(RawLease::new(self.clone(), pass.object, version, kind))
    }
}

/// Makes a lease whose value was read.
#[allow(dead_code, reason = "only futures read the value before the lease is made")]
pub(in crate::handle) fn loaded_lease<T, A>(value: T, functions: FunctionsOf<T>, raw: RawLease) -> Lease<T, A> {
    Lease { value: OnceLock::from(Box::new(value)), functions, raw, access: PhantomData }
}

impl<T, A> Lease<T, A> {
    /// Returns the id of the object, which names the object in its store.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.raw.object
    }

    /// Asks the store whether this lease still reads the object's newest version. For an exclusive lease, asks whether
    /// a [`commit`](Lease::commit) would be neither `Fenced` nor `Gone`.
    ///
    /// Returns `false` if the object was removed, the lender revoked the exclusive loan, or the lease's session was
    /// lost. Also returns `false` if the lender revoked the shared loan and the object was changed since; on `shm:` and
    /// `file:`, even if the object was not changed.
    ///
    /// # Errors
    /// The errors of the store, such as `Io` or `Unreachable`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut count = store.put(1_u64)?;
    /// let loan = count.lend_mut()?;
    /// let lease = store.redeem(loan.ticket()?)?;
    /// assert!(lease.is_current()?);
    /// let _ = loan.revoke()?;
    /// assert!(!lease.is_current()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_current(&self) -> Result<bool> {
        let backend = self.raw.store.backend();
        if let LeaseKind::Exclusive(token) = self.raw.kind {
            return Ok(backend.hold(self.raw.object)? == Some(Hold::Exclusive(token)));
        }
        match backend.current(self.raw.object) {
            Ok(version) => Ok(version == self.raw.version),
            Err(error) if matches!(error.kind(), ErrorKind::Gone | ErrorKind::SessionLost) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives the borrow back, as dropping the lease does, and returns the error if that fails. Changes that were not
    /// committed are lost.
    ///
    /// # Errors
    /// The errors of the store, such as `Io` or `Unreachable`. A failed call drops the lease, and the drop tries once
    /// more; [`release_or_return`](Lease::release_or_return) gives the lease back.
    #[track_caller]
    pub fn release(mut self) -> Result<()> {
        self.raw.changed = None;
        self.raw.give_back(Location::caller())
    }

    /// Does what [`release`](Lease::release) does, and gives the lease back if that fails.
    ///
    /// # Errors
    /// The errors of [`release`](Lease::release). The lease is in the [`Refused`].
    #[track_caller]
    pub fn release_or_return(mut self) -> Result<(), Refused<Self>> {
        self.raw.forget_change();
        self.raw.give_back(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    #[doc(hidden)]
    #[expect(clippy::should_implement_trait)]
    pub fn clone(&self) -> Self
    where
        Self: ClonedLease,
    {
        ClonedLease::refused(self)
    }
}

impl<T, A: Access> Lease<T, A> {
    /// Borrows the value to read it. The first call that succeeds reads and decodes the value. Each later call costs
    /// one branch.
    ///
    /// # Errors
    /// Only a call that reads from the store can fail. `WrongType`, `SchemaMismatch`, `CodecMismatch`, `Corrupt` or
    /// `Decode` if the stored bytes are not a value of this type, `TooLarge` if this session does not allow so large a
    /// value. `WouldDeadlock` if the value's own code makes this call; else the errors of the store, such as
    /// `Io`.
    #[track_caller]
    #[inline]
    pub fn borrow(&self) -> Result<Ref<'_, T>> {
        let value = match self.value.get() {
            Some(value) => value,
            None => self.load()?,
        };
        Ok(new_ref(value, self.raw.borrowed(AccessKind::Borrow, Location::caller())))
    }

    /// Borrows the private copy of the value to change it. Other processes see the change only after a
    /// [`commit`](Lease::commit). Available for `Exclusive` access.
    ///
    /// # Errors
    /// The errors of [`borrow`](Lease::borrow).
    #[track_caller]
    pub fn borrow_mut(&mut self) -> Result<RefMut<'_, T>>
    where
        A: CanWrite,
    {
        let at = Location::caller();
        self.raw.changed = Some(at);
        self.copy()?;
        let local = self.raw.borrowed(AccessKind::BorrowMut, at);
        self.value.get_mut().map(|value| new_ref_mut(&mut **value, local)).ok_or_else(unloaded)
    }

    /// Returns the private copy, as [`borrow_mut`](Lease::borrow_mut) does, but the drop does not report a missing
    /// commit. A worker calls this: a worker does not commit, but sends the new value with the result of the call.
    pub(crate) fn copy(&mut self) -> Result<&mut T>
    where
        A: CanWrite,
    {
        if self.value.get_mut().is_none() {
            self.load()?;
        }
        self.value.get_mut().map(|value| &mut **value).ok_or_else(unloaded)
    }

    /// Writes the value to the store as the object's next version, and gives the borrow back. Returns the
    /// [token](Lease::token) of this lease, which names the version. Available for `Exclusive` access.
    ///
    /// # Errors
    /// `Fenced` if the lender has revoked the loan or the lease's session was lost, `Gone` if the object is not in the
    /// store any more; `Encode`, `TooLarge` or `StoreFull` if the value cannot be written; else the errors of
    /// [`borrow`](Lease::borrow). After each error that is named here, the object is unchanged.
    ///
    /// A failed call drops the lease, with the changed value; [`commit_or_return`](Lease::commit_or_return) gives the
    /// lease back.
    #[track_caller]
    pub fn commit(mut self) -> Result<FencingToken>
    where
        A: CanWrite,
    {
        self.commit_at(Location::caller())
    }

    /// Does what [`commit`](Lease::commit) does, and gives the lease back if that fails, with the changed value.
    ///
    /// If the lease had loaded its value, the value can still be read. If the value could not be written, it can be
    /// changed and committed again: the object stays borrowed until the lease is committed, released or dropped. After
    /// `Fenced` or `Gone` the object is not borrowed any more, and each later commit fails. After
    /// `CommittedNotReplicated` the object is not borrowed any more either; each later commit of the same value waits
    /// for the replicas again.
    ///
    /// # Errors
    /// The errors of [`commit`](Lease::commit). The lease is in the [`Refused`].
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{ErrorKind, StoreOptions};
    ///
    /// let store = StoreOptions::new().max_object_bytes(1000).open("memory:")?;
    /// let mut text = store.put(String::from("short"))?;
    /// let loan = text.lend_mut()?;
    /// let mut lease = store.redeem(loan.ticket()?)?;
    /// *lease.borrow_mut()? = "x".repeat(1001);
    ///
    /// let refused = lease.commit_or_return().unwrap_err();
    /// assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
    /// let mut lease = refused.handle; // with the changed value
    /// lease.borrow_mut()?.truncate(10);
    /// lease.commit()?;
    /// # let _ = loan.end()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn commit_or_return(mut self) -> Result<FencingToken, Refused<Self>>
    where
        A: CanWrite,
    {
        self.commit_at(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    /// Returns the fencing token of this lease: a number that is larger than the token of every earlier exclusive lease
    /// of the object. Available for `Exclusive` access.
    ///
    /// The token names the version that the next commit makes: each [`checkpoint`](Lease::checkpoint) takes the token, and
    /// the lease goes on with a larger one. Pass the token to other resources that this lease protects. A
    /// resource that remembers the largest token, and refuses every smaller one, refuses late writers.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut count = store.put(1_u64)?;
    /// let loan = count.lend_mut()?;
    /// let lease = store.redeem(loan.ticket()?)?;
    /// let token = lease.token();
    /// assert_eq!(lease.commit()?, token);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn token(&self) -> FencingToken
    where
        A: HasToken,
    {
        FencingToken(self.raw.token())
    }

    fn commit_at(&mut self, at: Caller) -> Result<FencingToken> {
        // The result tells the caller what became of the change, so the drop does not report it.
        if let Some(version) = self.raw.committed_already() {
            return self.raw.confirm(version, at).map(FencingToken);
        }
        let value = match self.value.get() {
            Some(value) => value,
            None => self.load()?,
        };
        let sealed = (self.functions)().encode(&self.raw.store, value)?;
        self.raw.commit(&sealed.pieces(), at).map(FencingToken)
    }

    #[cold]
    pub(in crate::handle) fn load(&self) -> Result<&T> {
        let _entered = Entered::at(&self.raw)?;
        let bytes = self.raw.store.backend().read(self.raw.object, self.raw.version)?;
        let value = (self.functions)().decode(&self.raw.store, bytes)?;
        Ok(self.value.get_or_init(|| Box::new(value)))
    }
}

impl<T, A: Access> fmt::Debug for Lease<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("object", &format_args!("{}", self.raw.object))
            .field("access", &A::KIND)
            .field("version", &self.raw.version.0)
            .field("loaded", &self.value.get().is_some())
            .finish_non_exhaustive()
    }
}
