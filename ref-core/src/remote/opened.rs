//! A `&Store` parameter: the worker opens a session of its own in the caller's store.
//!
//! A macro sees names and no types. So `#[remote]` treats every parameter `&Store` alike, and the compiler chooses one of
//! the two implementations of [`NamedStore`] by the type: a [`Store`] is opened, and a user's type of that name that is
//! `Stored` is lent like any other.

use super::caller::Lend;
use super::caller::call::Call;
use super::caller::copies::SentCopy;
use super::protocol::function::Signature;
use super::protocol::passed::{PassedAs, wrong_arguments};
use super::worker::incoming::Incoming;
use crate::backend::Caller;
use crate::codec::plain;
use crate::error::Result;
use crate::store::Store;
use crate::stored::Stored;
use std::ops::Deref;

/// A type that is named `Store`, as the `T` of a `&T` parameter.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent to another process",
    label = "your own type needs `#[global_store]` on its definition; a store that the worker opens too is a \
             `&ref_core::Store`"
)]
pub trait NamedStore: Send + Sync + Sized {
    /// Adds the argument to the call.
    fn lend<'s>(argument: impl Lend<'s, Self>, call: &mut Call<'s>, at: Caller);

    /// Makes the copy that a call sends to which nothing is lent.
    fn copied(&self) -> SentCopy<Self>;

    /// Takes the argument out of the call, in the worker.
    ///
    /// # Errors
    /// If the argument cannot be read, or the store cannot be opened.
    fn take(call: &mut Incoming<'_>, nth: usize) -> Result<impl Deref<Target = Self> + use<Self>>;

    /// Adds the parameter to the function's signature.
    fn describe(signature: &mut Signature);
}

#[diagnostic::do_not_recommend]
impl<T: Stored + Send + Sync> NamedStore for T {
    fn lend<'s>(argument: impl Lend<'s, Self>, call: &mut Call<'s>, at: Caller) {
        argument.__add_argument(call, at);
    }

    fn copied(&self) -> SentCopy<Self> {
        SentCopy::of(self)
    }

    fn take(call: &mut Incoming<'_>, nth: usize) -> Result<impl Deref<Target = Self> + use<T>> {
        call.shared::<T>(nth)
    }

    fn describe(signature: &mut Signature) {
        signature.stored::<T>("&");
    }
}

impl NamedStore for Store {
    fn lend<'s>(argument: impl Lend<'s, Self>, call: &mut Call<'s>, _: Caller) {
        // A `Store` is no object, so nothing but a plain reference to it exists.
        call.argue(|call| {
            let number = |store: &Self| Ok((PassedAs::Store, plain::write(&(call.number(store)?, store.id().0))?));
            argument.__with_reference(number).unwrap_or_else(|| Err(wrong_arguments()))
        });
    }

    fn copied(&self) -> SentCopy<Self> {
        SentCopy::of_store(self.clone())
    }

    fn take(call: &mut Incoming<'_>, nth: usize) -> Result<impl Deref<Target = Self> + use<>> {
        call.store(nth).map(Box::new)
    }

    fn describe(signature: &mut Signature) {
        signature.value("&ref_core::Store");
    }
}
