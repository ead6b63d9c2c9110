//! The borrower's handle.

use crate::backend::{Hold, Place};
use crate::error::{AccessKind, Refused};
use crate::event;
use crate::handle::access::{Access, CanWrite, Redeem};
use crate::handle::borrow::{Ref, RefMut};
use crate::handle::not_clone::ClonedLease;
use crate::handle::owned::unloaded;
use crate::handle::ticket::{Grant, Pass, Ticket, text};
use crate::id::{Epoch, FencingToken, ObjectId};
use crate::ledger::{Command, Reply};
use crate::store::Store;
use crate::store::object::unexpected;
use crate::store::turn::Entered;
use crate::stored::Stored;
use crate::sync::OnceLock;
use crate::{ErrorKind, Result};
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

/// A borrow of an object whose owner is elsewhere, in this process or another; made of a ticket by [`Store::redeem`].
///
/// It reads one version, which never changes, whatever other processes do. An [`Exclusive`](crate::Exclusive) lease
/// changes a private copy, and [`commit`](Lease::commit) makes that the object's next version. Dropping a lease gives
/// the borrow back; without a commit, nothing was changed. Where the copy may have been changed, that is more often an
/// oversight than meant: it is an event (feature `tracing`), and in debug builds a line on the standard error output, once
/// for each line of the program. [`release`](Lease::release) says that it is meant, and is not told; the environment
/// variable `REF_QUIET` turns the lines off.
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
/// assert_eq!(loan.end()?.by, ref_core::LoanEndCause::Returned);
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
#[must_use = "the borrow is given back when its `Lease` is dropped, which `let _ =` does at once; \
              keep it in a variable"]
pub struct Lease<T, A> {
    pub(in crate::handle) value: OnceLock<Box<T>>,
    pub(in crate::handle) raw: RawLease,
    marker: PhantomData<fn() -> A>,
}

/// A lease of whatever type.
pub(in crate::handle) struct RawLease {
    store: Store,
    object: ObjectId,
    /// What it reads.
    pub(in crate::handle) version: Epoch,
    kind: LeaseKind,
    /// Where the program began a change that is neither committed nor released yet.
    changed: Option<Place>,
    /// Whether there is something to give back: not after a commit or a release.
    open: bool,
}

#[derive(Clone, Copy)]
enum LeaseKind {
    Shared,
    /// With the name of the version that a commit makes.
    Exclusive(Epoch),
}

impl Store {
    /// Redeems a ticket for the borrow that it grants. The value is read when it is borrowed.
    ///
    /// # Errors
    /// `WrongStore` if the ticket belongs to another one, `Expired` if its loan was ended or revoked, `AlreadyRedeemed`
    /// if it is exclusive and was used, `Gone` if the object is. The ticket is dropped;
    /// [`redeem_or_return`](Store::redeem_or_return) gives it back.
    ///
    /// An ownership ticket is claimed, not redeemed:
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
        T: Stored,
        A: Redeem,
    {
        let raw = self.redeemed(&ticket.pass, A::KIND, Location::caller())?;
        Ok(Lease { value: OnceLock::new(), raw, marker: PhantomData })
    }

    /// [`redeem`](Store::redeem), which gives the ticket back where it is refused.
    ///
    /// # Errors
    /// As [`redeem`](Store::redeem). The ticket comes back in the [`Refused`].
    #[track_caller]
    pub fn redeem_or_return<T, A>(&self, ticket: Ticket<T, A>) -> Result<Lease<T, A>, Refused<Ticket<T, A>>>
    where
        T: Stored,
        A: Redeem,
    {
        match self.redeemed(&ticket.pass, A::KIND, Location::caller()) {
            Ok(raw) => Ok(Lease { value: OnceLock::new(), raw, marker: PhantomData }),
            Err(error) => Err(Refused::new(error, ticket)),
        }
    }

    #[inline]
    fn redeemed(&self, pass: &Pass, asked: AccessKind, at: Place) -> Result<RawLease> {
        pass.check_store(self)?;
        let command = match pass.grant {
            Grant::Borrow(epoch) => Command::RedeemShared { epoch },
            Grant::BorrowMut(nonce) => Command::RedeemExclusive { right: nonce.right() },
            other => return Err(text::wrong_grant(other, asked)),
        };
        let (version, kind) = match self.backend().apply(pass.object, command, &[], at)? {
            Reply::Shared { version } => (version, LeaseKind::Shared),
            Reply::Exclusive { token, version } => (version, LeaseKind::Exclusive(token)),
            reply => return Err(unexpected(reply)),
        };
        Ok(RawLease { store: self.clone(), object: pass.object, version, kind, changed: None, open: true })
    }
}

impl<T, A> Lease<T, A> {
    /// Names the object in its store.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.raw.object
    }

    /// Asks the store whether the version that this lease reads is still the object's newest, and for an exclusive
    /// lease whether a [`commit`](Lease::commit) would still count. Not so when the object is gone, nor after a lender
    /// revoked the loan: of an exclusive one at once, of a shared one as soon as the object was changed. Nor after the
    /// lease of this process's session has run out.
    ///
    /// # Errors
    /// What the store's place refuses.
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

    /// Gives the borrow back as the end of its scope would, and says whether that succeeded. What was changed and not
    /// committed is lost.
    ///
    /// # Errors
    /// What the store's place refuses. The lease is dropped, which tries once more;
    /// [`release_or_return`](Lease::release_or_return) gives it back.
    #[track_caller]
    pub fn release(mut self) -> Result<()> {
        self.raw.changed = None;
        self.raw.give_back(Location::caller())
    }

    /// [`release`](Lease::release), which gives the lease back where it is refused.
    ///
    /// # Errors
    /// As [`release`](Lease::release). The lease comes back in the [`Refused`].
    #[track_caller]
    pub fn release_or_return(mut self) -> Result<(), Refused<Self>> {
        self.raw.changed = None;
        self.raw.give_back(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    #[doc(hidden)]
    #[expect(clippy::should_implement_trait)]
    pub fn clone(&self) -> Self
    where
        Self: ClonedLease,
    {
        ClonedLease::cloned(self)
    }
}

impl<T: Stored, A: Access> Lease<T, A> {
    /// Borrows the value to read it. The first time it is read from the store and decoded, after that this is one
    /// branch.
    ///
    /// # Errors
    /// Only the first time, and what the stored bytes are refused for: `WrongType`, `SchemaMismatch`, `CodecMismatch`,
    /// `Corrupt`, `Decode`.
    #[inline]
    pub fn borrow(&self) -> Result<Ref<'_, T>> {
        match self.value.get() {
            Some(value) => Ok(Ref::new(value)),
            None => self.load().map(Ref::new),
        }
    }

    /// Borrows the value to change it, in this process; others see nothing of it before
    /// [`commit`](Lease::commit). Available for `Exclusive` access.
    ///
    /// # Errors
    /// As [`borrow`](Lease::borrow).
    #[track_caller]
    pub fn borrow_mut(&mut self) -> Result<RefMut<'_, T>>
    where
        A: CanWrite,
    {
        self.raw.changed = Some(Location::caller());
        self.copy().map(RefMut::new)
    }

    /// The private copy, to be changed and not committed: a worker sends the change to the owner.
    pub(crate) fn copy(&mut self) -> Result<&mut T>
    where
        A: CanWrite,
    {
        if self.value.get_mut().is_none() {
            self.load()?;
        }
        self.value.get_mut().map(|value| &mut **value).ok_or_else(unloaded)
    }

    /// Makes the value the object's next version and gives the borrow back. The version is named by the lease's
    /// [token](Lease::token). Available for `Exclusive` access.
    ///
    /// # Errors
    /// `Fenced` if the lender has revoked the loan, `Gone` if it dropped the object; then nothing was changed. `Encode`,
    /// `TooLarge` or `StoreFull` if the value cannot be written. The borrow is given back and the changed value dropped;
    /// [`commit_or_return`](Lease::commit_or_return) gives the lease back.
    #[track_caller]
    pub fn commit(mut self) -> Result<FencingToken>
    where
        A: CanWrite,
    {
        self.commit_at(Location::caller())
    }

    /// [`commit`](Lease::commit), which gives the lease back where it is refused, with the value in it: it can be read,
    /// and where the value could not be written, be changed and committed again. The object stays borrowed until that
    /// lease is gone.
    ///
    /// # Errors
    /// As [`commit`](Lease::commit). The lease comes back in the [`Refused`].
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{ErrorKind, StoreOptions};
    ///
    /// let store = StoreOptions::new().max_object(1000).open("memory:")?;
    /// let mut text = store.put(String::from("short"))?;
    /// let loan = text.lend_mut()?;
    /// let mut lease = store.redeem(loan.ticket()?)?;
    /// *lease.borrow_mut()? = "x".repeat(1001);
    ///
    /// let refused = lease.commit_or_return().unwrap_err();
    /// assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
    /// let mut lease = refused.handle; // with what was written into it
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

    /// Tells the number that rises with every exclusive lease of the object, and names the version which a commit
    /// makes. Give it to other resources that this lease protects, so that they can refuse a late writer. Available
    /// for `Exclusive` access.
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
        A: CanWrite,
    {
        FencingToken(self.raw.token())
    }

    fn commit_at(&mut self, at: Place) -> Result<FencingToken> {
        // From here on the caller is told what becomes of the change.
        self.raw.changed = None;
        let value = match self.value.get() {
            Some(value) => value,
            None => self.load()?,
        };
        let bytes = self.raw.store.encode(value)?;
        self.raw.commit(&bytes, at).map(FencingToken)
    }

    #[cold]
    fn load(&self) -> Result<&T> {
        let _entered = Entered::at(&self.raw)?;
        let value = self.raw.store.read(self.raw.object, self.raw.version)?;
        Ok(self.value.get_or_init(|| Box::new(value)))
    }
}

impl RawLease {
    /// An exclusive lease's token; a shared one has none, and no method that asks.
    fn token(&self) -> Epoch {
        match self.kind {
            LeaseKind::Exclusive(token) => token,
            LeaseKind::Shared => self.version,
        }
    }

    fn commit(&mut self, bytes: &[u8], at: Place) -> Result<Epoch> {
        let command = Command::Commit { token: self.token() };
        match self.store.backend().apply(self.object, command, bytes, at)? {
            Reply::Version(version) => {
                self.open = false;
                Ok(version)
            }
            reply => Err(unexpected(reply)),
        }
    }

    #[inline]
    pub(in crate::handle) fn give_back(&mut self, at: Place) -> Result<()> {
        self.store.backend().apply(self.object, self.return_command(), &[], at)?;
        self.open = false;
        Ok(())
    }

    fn return_command(&self) -> Command {
        match self.kind {
            LeaseKind::Shared => Command::Return,
            LeaseKind::Exclusive(token) => Command::Abort { token },
        }
    }
}

impl Drop for RawLease {
    #[inline]
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        if let Some(at) = self.changed.filter(|_| self.store.backend().is_opener()) {
            event::not_committed(&self.object, at);
        }
        if let Err(error) = self.store.backend().let_go(self.object, self.return_command(), Location::caller()) {
            event::not_given_back("a lease", &error);
        }
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
