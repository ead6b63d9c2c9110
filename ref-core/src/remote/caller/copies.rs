//! The arguments of a call that is awaited: copies, of which nothing is lent.

use super::call::Call;
use super::lend::{Lend, LendMut, sealed};
use super::list::LendList;
use super::list_mut::LendListMut;
use crate::backend::Caller;
use crate::error::Result;
use crate::remote::protocol::crossing::Crossing;
use crate::remote::protocol::passed::{PassedAs, seal, wrong_arguments};
use crate::stored::Stored;

/// A reference to a value of which `f::call_async` sends a copy, as the `&T` parameter of a
/// [`#[remote]`](macro@crate::remote) function: `&T`, and for `&[T]` also `&Vec<T>` and `&[T; N]`.
///
/// A future may be forgotten before the call is over, and then nothing gives back what it had lent. So nothing is lent to a
/// call that is awaited. The copy is made when `call_async` is called: the reference ends there.
#[diagnostic::on_unimplemented(
    message = "a call that lends needs a scope, and `{Self}` would be lent to a future, which may be forgotten",
    label = "write `&*owned.borrow()?`, of which the call sends a copy; or lend it in `workers.scope(|s| ..)`, on a thread \
             that may block"
)]
pub trait CopyOf<T: ?Sized>: sealed::Lendable {
    #[doc(hidden)]
    fn __reference(&self) -> &T;
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> CopyOf<T> for &T {
    fn __reference(&self) -> &T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> CopyOf<[T]> for &Vec<T> {
    fn __reference(&self) -> &[T] {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T, const N: usize> CopyOf<[T]> for &[T; N] {
    fn __reference(&self) -> &[T] {
        *self
    }
}

/// The `&mut T` parameter of a function, in its `call_async`. No type is one: a call that changes its argument borrows it
/// until the call is over.
#[diagnostic::on_unimplemented(
    message = "a call that lends needs a scope, and `{Self}` would be lent to a future, which may be forgotten",
    label = "lend it in `workers.scope(|s| ..)`, on a thread that may block; or have the function take the value, and \
             return it"
)]
pub trait NeedsScope<T: ?Sized> {
    #[doc(hidden)]
    fn __never(self) -> NeverLent;
}

/// What is lent to no call: no value of it is made.
pub struct NeverLent(());

impl sealed::LendableMut for NeverLent {}

#[diagnostic::do_not_recommend]
impl<'s, T> LendMut<'s, T> for NeverLent {
    fn __add_argument_mut(self, call: &mut Call<'s>, _: Caller)
    where
        T: Stored + Send + Sync,
    {
        call.argue(|_| Err(wrong_arguments()));
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T> LendListMut<'s, T> for NeverLent {
    fn __add_list_mut(self, call: &mut Call<'s>, _: Caller, _: &Crossing<T>) {
        call.argue(|_| Err(wrong_arguments()));
    }
}

/// A copy that is sent as an argument, or why there is none.
pub struct SentCopy<T: ?Sized> {
    argument: Result<(PassedAs, Vec<u8>)>,
    /// The value itself, if it is a `Store`.
    store: Option<Box<T>>,
}

impl<T: ?Sized> SentCopy<T> {
    /// Encodes a value that is stored.
    pub(in crate::remote) fn of(value: &T) -> Self
    where
        T: Stored + Send + Sync,
    {
        Self { argument: seal(value).map(|bytes| (PassedAs::Copied, bytes)), store: None }
    }

    /// Encodes a list.
    pub(in crate::remote) fn of_list(list: &[T], crossing: &Crossing<T>) -> Self
    where
        T: Sized,
    {
        Self { argument: (crossing.write_all)(list).map(|bytes| (PassedAs::Value, bytes)), store: None }
    }

    /// Keeps a store, which the worker opens too.
    pub(in crate::remote) fn of_store(store: T) -> Self
    where
        T: Sized,
    {
        Self { argument: Err(wrong_arguments()), store: Some(Box::new(store)) }
    }
}

impl<T: ?Sized> sealed::Lendable for SentCopy<T> {}

#[diagnostic::do_not_recommend]
impl<'s, T: ?Sized> Lend<'s, T> for SentCopy<T> {
    fn __add_argument(self, call: &mut Call<'s>, _: Caller)
    where
        T: Stored + Send + Sync,
    {
        call.argue(|_| self.argument);
    }

    fn __with_reference<R>(self, act: impl FnOnce(&T) -> R) -> Option<R> {
        self.store.map(|store| act(&store))
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T> LendList<'s, T> for SentCopy<T> {
    fn __add_list(self, call: &mut Call<'s>, _: Caller, _: &Crossing<T>) {
        call.argue(|_| self.argument);
    }
}
