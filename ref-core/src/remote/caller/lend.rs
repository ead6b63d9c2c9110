//! The arguments that can be lent to a remote function, and the effects that a call has on them.

use super::call::Call;
use super::effect::Effect;
use crate::backend::{Caller, VersionFile};
use crate::codec::plain;
use crate::error::Result;
use crate::handle::{Access, CanWrite, Lease, Loan, Owned, Ref, RefMut, Shared};
use crate::remote::protocol::carried::{ReceivedFiles, of_store};
use crate::remote::protocol::passed::{NumberedTicket, PassedAs, seal};
use crate::stored::Stored;
use crate::sync::Arc;
use std::any::Any;
use std::time::Duration;

/// How long a call waits for the end of an exclusive loan. The worker gives its lease back before it responds, so
/// the wait is short.
pub(super) const GIVE_BACK_TIMEOUT: Duration = Duration::from_secs(30);

/// A value that can be lent for `'s` as the `&T` parameter of a [`#[remote]`](macro@crate::remote) function.
///
/// | argument | is sent as |
/// |---|---|
/// | `&Owned<T>` | a ticket: the worker reads the object in the store, and may keep the value for later calls |
/// | `&T` of any `Stored` type, [`Ref<T>`](crate::Ref), `&Lease<T, _>` | a copy of the value |
///
/// Rules: [R28](crate::guide::rules#r28), [R30](crate::guide::rules#r30).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent as `&{T}`",
    label = "lend `&Owned<{T}>`, `&{T}`, `Ref<{T}>` or `&Lease<{T}, _>`; for `map`, an iterator of these: `list.iter()`"
)]
pub trait Lend<'s, T: ?Sized>: sealed::Lendable {
    // The bound `Stored` is on the method, not on the implementations. A parameter of a type that is not `Stored`, or
    // not even `Sized`, is an error at the function's definition. With the bound on the method, the compiler does not
    // repeat the error at each call.
    #[doc(hidden)]
    fn __add_argument(self, call: &mut Call<'s>, at: Caller)
    where
        T: Stored + Send + Sync;

    /// Runs `act` with the value, if the argument is a plain reference to it, and returns what `act` returns.
    #[doc(hidden)]
    fn __with_reference<R>(self, _act: impl FnOnce(&T) -> R) -> Option<R>
    where
        Self: Sized,
    {
        None
    }
}

/// A value that can be lent for `'s` as the `&mut T` parameter of a [`#[remote]`](macro@crate::remote) function.
///
/// | argument | is sent as |
/// |---|---|
/// | `&mut Owned<T>` | an exclusive ticket: the worker reads the object in the store |
/// | `&mut T` of any `Stored` type, [`RefMut<T>`](crate::RefMut), `&mut Lease<T, Exclusive>` | a copy of the value |
///
/// In each case the worker sends the new value back with the function's result. The argument gets the new value when
/// the result is read. If the call fails, the argument stays as it was.
///
/// The argument stays borrowed for `'s`: until a `call` or `map` returns, or until the scope of a `spawn` ends. So one
/// value is lent to one writer at a time:
///
/// ```compile_fail,E0499
/// # use ref_core::{Result, Workers, remote};
/// # #[remote]
/// # fn sort(list: &mut Vec<u64>) { list.sort() }
/// # fn run(workers: &Workers, mut west: Vec<u64>, mut east: Vec<u64>) -> Result<()> {
/// workers.scope(|s| {
///     let a = sort::spawn(s, &mut west)?;
///     let b = sort::spawn(s, &mut west)?; // error: cannot borrow `west` as mutable more than once at a time
///     a.join()?;
///     b.join()
/// })
/// # }
/// ```
///
/// Two values are lent to two writers:
///
/// ```
/// # use ref_core::{Result, Workers, remote};
/// # #[remote]
/// # fn sort(list: &mut Vec<u64>) { list.sort() }
/// # fn run(workers: &Workers, mut west: Vec<u64>, mut east: Vec<u64>) -> Result<()> {
/// workers.scope(|s| {
///     let a = sort::spawn(s, &mut west)?;
///     let b = sort::spawn(s, &mut east)?;
///     a.join()?;
///     b.join()
/// })
/// # }
/// ```
///
/// Rules: [R28](crate::guide::rules#r28), [R30](crate::guide::rules#r30).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent as `&mut {T}`",
    label = "lend `&mut Owned<{T}>`, `&mut {T}`, `RefMut<{T}>` or `&mut Lease<{T}, Exclusive>`; for `map`, an \
             iterator of these: `list.iter_mut()`"
)]
pub trait LendMut<'s, T>: sealed::LendableMut {
    #[doc(hidden)]
    fn __add_argument_mut(self, call: &mut Call<'s>, at: Caller)
    where
        T: Stored + Send + Sync;
}

#[diagnostic::do_not_recommend]
impl<'s, T> Lend<'s, T> for &'s Owned<T> {
    fn __add_argument(self, call: &mut Call<'s>, at: Caller)
    where
        T: Stored + Send + Sync,
    {
        call.argue(|call| {
            let ticket = lent(self, call, at)?;
            Ok((PassedAs::Ticket, plain::write(&ticket)?))
        });
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T: ?Sized> Lend<'s, T> for &'s T {
    fn __add_argument(self, call: &mut Call<'s>, _: Caller)
    where
        T: Stored + Send + Sync,
    {
        call.argue(|_| copied(self));
    }

    fn __with_reference<R>(self, act: impl FnOnce(&T) -> R) -> Option<R> {
        Some(act(self))
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T> Lend<'s, T> for Ref<'s, T> {
    fn __add_argument(self, call: &mut Call<'s>, _: Caller)
    where
        T: Stored + Send + Sync,
    {
        call.argue(|_| copied(&*self));
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T, A: Access> Lend<'s, T> for &'s Lease<T, A> {
    fn __add_argument(self, call: &mut Call<'s>, _: Caller)
    where
        T: Stored + Send + Sync,
    {
        call.argue(|_| copied(&*self.borrow()?));
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T> LendMut<'s, T> for &'s mut Owned<T> {
    fn __add_argument_mut(self, call: &mut Call<'s>, at: Caller)
    where
        T: Stored + Send + Sync,
    {
        call.argue(|call| {
            let store = call.number(self.store())?;
            let (ticket, loaded) = self.lend_out(at)?;
            call.renew_by(|| {
                let renew = self.lend_out_again(at);
                Box::new(move || plain::write(&NumberedTicket { store, ticket: renew()? }))
            });
            call.then(LentExclusive { owner: self, value: None, file: None });
            // The old value's destructor is user code and may panic. Then the effect, which was added to the call
            // before this line, ends the loan.
            drop(loaded);
            Ok((PassedAs::Ticket, plain::write(&NumberedTicket { store, ticket: ticket.to_text() })?))
        });
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T> LendMut<'s, T> for &'s mut T {
    fn __add_argument_mut(self, call: &mut Call<'s>, _: Caller)
    where
        T: Stored + Send + Sync,
    {
        call.argue(|call| {
            let argument = copied(self)?;
            call.then(LentCopy { target: self, value: None });
            Ok(argument)
        });
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T> LendMut<'s, T> for RefMut<'s, T> {
    fn __add_argument_mut(self, call: &mut Call<'s>, at: Caller)
    where
        T: Stored + Send + Sync,
    {
        RefMut::into_mut(self).__add_argument_mut(call, at);
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T, A: CanWrite> LendMut<'s, T> for &'s mut Lease<T, A> {
    fn __add_argument_mut(self, call: &mut Call<'s>, at: Caller)
    where
        T: Stored + Send + Sync,
    {
        match self.borrow_mut() {
            Ok(value) => value.__add_argument_mut(call, at),
            Err(error) => call.argue(|_| Err(error)),
        }
    }
}

/// Lends an owner to the call, and returns a ticket for the worker.
pub(super) fn lent<'s, T: Stored + Send + Sync>(
    owner: &'s Owned<T>,
    call: &mut Call<'s>,
    at: Caller,
) -> Result<NumberedTicket> {
    let store = call.number(owner.store())?;
    let loan = owner.lend_at(at)?;
    let ticket = loan.ticket()?.to_text();
    call.then(LentShared(Some(loan)));
    Ok(NumberedTicket { store, ticket })
}

/// Encodes a copy of `value`, as an argument.
fn copied<T: Stored + Send + Sync>(value: &T) -> Result<(PassedAs, Vec<u8>)> {
    Ok((PassedAs::Copied, seal(value)?))
}

/// An object that the worker reads. The worker gives its lease back before it responds. So after a response, the drop
/// of the loan does not wait.
struct LentShared<'s, T>(Option<Loan<'s, T, Shared>>);

impl<T: Stored + Send + Sync> Effect for LentShared<'_, T> {
    fn undo(&mut self) -> Option<Box<dyn Any + Send>> {
        // No worker runs the call any more. A server does not see a death at once, so a dead worker's lease may still
        // be there.
        if let Some(loan) = self.0.take()
            && loan.wait(Duration::ZERO).is_err()
        {
            let _the_next_use_tries_again = loan.revoke();
        }
        None
    }
}

/// An object that the worker changes. The worker sends the new value.
struct LentExclusive<'s, T> {
    owner: &'s mut Owned<T>,
    /// The new value, after [`read`](Effect::read). After [`apply`](Effect::apply), the old value, if that was loaded.
    value: Option<Box<T>>,
    /// The file of the new value, if it can become a version of the object.
    file: Option<Arc<VersionFile>>,
}

impl<T: Stored + Send + Sync> Effect for LentExclusive<'_, T> {
    fn is_changed(&self) -> bool {
        true
    }

    fn read(&mut self, part: &[u8], files: &mut ReceivedFiles) -> Result<()> {
        self.owner.end_loan(GIVE_BACK_TIMEOUT)?;
        let (value, file) = files.read_changed(part)?;
        (self.value, self.file) = (Some(Box::new(value)), of_store::<T>(file, self.owner.store()));
        Ok(())
    }

    fn apply(&mut self) {
        if let Some(new) = self.value.take() {
            self.value = self.owner.replace(new, self.file.take());
        }
    }

    fn undo(&mut self) -> Option<Box<dyn Any + Send>> {
        take_back(self.owner);
        None
    }
}

/// Ends or revokes the exclusive loan of a call that has failed.
pub(super) fn take_back<T: Stored + Send + Sync>(owner: &mut Owned<T>) {
    // A dead worker's lease may still be there, as in `LentShared`. If the loan cannot be ended or revoked, the owner
    // keeps a note of the loan. The owner's next use tries again to end the loan, and returns the error if that fails.
    if owner.end_loan(Duration::ZERO).is_err() {
        let _the_next_use_tries_again = owner.revoke_loan();
    }
}

/// A value of this process that was copied to the worker. The worker sends the new value.
struct LentCopy<'s, T> {
    target: &'s mut T,
    /// The new value, after [`read`](Effect::read). After [`apply`](Effect::apply), the old value.
    value: Option<T>,
}

impl<T: Stored + Send + Sync> Effect for LentCopy<'_, T> {
    fn is_changed(&self) -> bool {
        true
    }

    fn read(&mut self, part: &[u8], files: &mut ReceivedFiles) -> Result<()> {
        self.value = Some(files.read_changed(part)?.0);
        Ok(())
    }

    fn apply(&mut self) {
        if let Some(value) = &mut self.value {
            std::mem::swap(self.target, value);
        }
    }
}

pub(super) mod sealed {
    use crate::handle::{Owned, Ref, RefMut};

    #[diagnostic::on_unimplemented(message = "`{Self}` cannot be lent to a remote function")]
    pub trait Lendable {}

    #[diagnostic::on_unimplemented(message = "`{Self}` cannot be lent to a remote function")]
    pub trait LendableMut {}

    impl<T: ?Sized> Lendable for &T {}
    impl<T> Lendable for Ref<'_, T> {}
    impl<T> Lendable for Vec<&Owned<T>> {}
    impl<T: ?Sized> LendableMut for &mut T {}
    impl<T> LendableMut for RefMut<'_, T> {}
}
