//! How a parameter or a result by value goes to another process. `probe` chooses by the type, behind any alias:
//!
//! | the type is | it goes |
//! |---|---|
//! | an `Owned<T>`, or a list, option or tuple of owners | by ticket: the objects move |
//! | this crate's [`Error`](crate::Error) | with its kind, its conflict and its key |
//! | `Stored` | by the encoding of `Stored` |
//! | any other type with serde's traits | by serde |

use super::caller::call::Call;
use super::caller::moved::MovingOwners;
use super::caller::unpack::{ArrivedOwners, arrived, owners};
use super::protocol::carried::{ReceivedFiles, SentFiles};
use super::protocol::crossing::Crossing;
use super::protocol::owners::Owners;
use super::protocol::passed::{PassedAs, wrong_arguments};
use super::protocol::returned::{ERR, OK, split_result};
use super::protocol::ticket::SentStores;
use super::worker::incoming::Incoming;
use super::worker::owned::OwnedArgument;
use super::worker::pack::pack_owners;
use crate::backend::Caller;
use crate::error::Result;
use std::any::type_name;

/// How values of `T` go to another process.
pub enum Way<T> {
    /// As bytes.
    Value(Crossing<T>),
    /// By ticket.
    Owner(OwnerWay<T>),
    /// `T` is a returned `Result`: its value and its error go as their own types go. No argument has this way.
    Result(Box<dyn ReturnedResult<T>>),
}

/// How the two types in a returned `Result` go to another process: `T` is the `Result`.
pub trait ReturnedResult<T> {
    /// Encodes the value or the error, and a last byte that says which of them it is.
    ///
    /// # Errors
    /// If the value or the error cannot be sent.
    fn pack(self: Box<Self>, result: T, files: &mut SentFiles) -> Result<Vec<u8>>;

    /// Reads what [`pack`](Self::pack) wrote. `arrived` has the owners that were claimed when the response arrived.
    ///
    /// # Errors
    /// If the bytes are no such `Result`, or an owner could not be claimed.
    fn unpack(self: Box<Self>, bytes: &[u8], files: &mut ReceivedFiles, arrived: Option<ArrivedOwners>) -> Result<T>;

    /// Claims the owners in an `Ok`. Returns `None` for an `Err`, and if the value has no owners.
    fn arrive(self: Box<Self>, bytes: &[u8], stores: &SentStores, at: Caller) -> Option<ArrivedOwners>;

    /// Returns whether the value has the form of owners.
    fn is_owner(&self) -> bool;

    /// Returns the text of the `Result` in a function's signature.
    fn describe(&self) -> String;
}

/// Returns the way of a `Result`, from those of its value and its error.
pub(super) fn value_or_error<R: 'static, E: 'static>(value: Way<R>, error: Crossing<E>) -> Way<Result<R, E>> {
    Way::Result(Box::new(ValueOrError { value, error }))
}

struct ValueOrError<R, E> {
    value: Way<R>,
    error: Crossing<E>,
}

impl<R, E> ReturnedResult<Result<R, E>> for ValueOrError<R, E> {
    fn pack(self: Box<Self>, result: Result<R, E>, files: &mut SentFiles) -> Result<Vec<u8>> {
        let (mut bytes, variant) = match result {
            Ok(value) => (self.value.pack(value, files)?, OK),
            Err(error) => ((self.error.pack)(&error, files)?, ERR),
        };
        bytes.push(variant);
        Ok(bytes)
    }

    fn unpack(
        self: Box<Self>,
        bytes: &[u8],
        files: &mut ReceivedFiles,
        arrived: Option<ArrivedOwners>,
    ) -> Result<Result<R, E>> {
        match split_result(bytes)? {
            Ok(bytes) => self.value.unpack(bytes, files, arrived).map(Ok),
            Err(bytes) => (self.error.unpack)(bytes, files).map(Err),
        }
    }

    fn arrive(self: Box<Self>, bytes: &[u8], stores: &SentStores, at: Caller) -> Option<ArrivedOwners> {
        match split_result(bytes) {
            Ok(Ok(bytes)) => self.value.arrive(bytes, stores, at),
            Ok(Err(_)) => None,
            Err(error) => Some(Err(error)),
        }
    }

    fn is_owner(&self) -> bool {
        self.value.is_owner()
    }

    fn describe(&self) -> String {
        format!("Result<{}, {}>", self.value.describe_returned(), (self.error.describe)())
    }
}

/// How owners go to another process: `O` is an `Owned`, or a list, option or tuple of owners.
pub struct OwnerWay<O> {
    send: fn(&mut Call<'_>, O),
    claim: fn(&mut Incoming<'_>, usize) -> Result<OwnedArgument<O>>,
    pack: fn(O) -> Result<Vec<u8>>,
    arrive: fn(&[u8], &SentStores, Caller) -> ArrivedOwners,
    take: fn(Option<ArrivedOwners>) -> Result<O>,
    describe: fn() -> String,
}

/// The parameter of a function by value, in the worker.
pub enum Argument<T> {
    /// A value that was read.
    Read(T),
    /// Owners that are not claimed yet. The number is the argument's index.
    Unclaimed(usize, OwnerWay<T>),
    /// Owners that were claimed.
    Claimed(OwnedArgument<T>),
}

impl<O: Owners> OwnerWay<O> {
    pub(super) fn of_owners() -> Self {
        Self {
            send: |call, owners| call.send_last(MovingOwners(owners)),
            claim: |call, nth| call.owned(nth),
            pack: pack_owners,
            arrive: arrived::<O>,
            take: owners,
            describe: O::describe,
        }
    }
}

impl<T> From<Crossing<T>> for Way<T> {
    fn from(crossing: Crossing<T>) -> Self {
        Self::Value(crossing)
    }
}

impl<T> From<OwnerWay<T>> for Way<T> {
    fn from(owner: OwnerWay<T>) -> Self {
        Self::Owner(owner)
    }
}

impl<T> Way<T> {
    /// Returns the way that the compiler has chosen.
    pub fn of(chosen: impl Into<Self>) -> Self {
        chosen.into()
    }

    /// Adds the argument to the call.
    pub(super) fn argue(self, call: &mut Call<'_>, argument: T) {
        match self {
            Self::Value(crossing) => call.argue(|_| Ok((PassedAs::Value, (crossing.write)(&argument)?))),
            Self::Owner(owner) => (owner.send)(call, argument),
            Self::Result(_) => call.argue(|_| Err(wrong_arguments())),
        }
    }

    /// Takes the argument out of the call, in the worker. Owners are not claimed here.
    pub(super) fn argument(self, call: &mut Incoming<'_>, nth: usize) -> Result<Argument<T>> {
        match self {
            Self::Value(crossing) => (crossing.read)(&call.value(nth)?).map(Argument::Read),
            Self::Owner(owner) => Ok(Argument::Unclaimed(nth, owner)),
            Self::Result(_) => Err(wrong_arguments()),
        }
    }

    /// Encodes a result, in the worker. A large one is written into one of the files.
    pub(super) fn pack(self, result: T, files: &mut SentFiles) -> Result<Vec<u8>> {
        match self {
            Self::Value(crossing) => (crossing.pack)(&result, files),
            Self::Owner(owner) => (owner.pack)(result),
            Self::Result(both) => both.pack(result, files),
        }
    }

    /// Reads a result. `arrived` has the owners that were claimed when the response arrived, if the result has owners.
    pub(super) fn unpack(self, bytes: &[u8], files: &mut ReceivedFiles, arrived: Option<ArrivedOwners>) -> Result<T> {
        match self {
            Self::Value(crossing) => (crossing.unpack)(bytes, files),
            Self::Owner(owner) => (owner.take)(arrived),
            Self::Result(both) => both.unpack(bytes, files, arrived),
        }
    }

    /// Claims the owners in a result. Returns `None` if the result has none.
    pub(super) fn arrive(self, bytes: &[u8], stores: &SentStores, at: Caller) -> Option<ArrivedOwners> {
        match self {
            Self::Value(_) => None,
            Self::Owner(owner) => Some((owner.arrive)(bytes, stores, at)),
            Self::Result(both) => both.arrive(bytes, stores, at),
        }
    }

    pub(super) fn is_owner(&self) -> bool {
        match self {
            Self::Value(_) => false,
            Self::Owner(_) => true,
            Self::Result(both) => both.is_owner(),
        }
    }

    /// Returns the text of a parameter's type in a function's signature.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Value(crossing) => (crossing.describe)(),
            Self::Owner(owner) => (owner.describe)(),
            Self::Result(both) => both.describe(),
        }
    }

    /// Returns the text of a type in the result. Owners are described by the name of their type only, since a ticket that
    /// comes back has the fingerprint of the object's type.
    pub(super) fn describe_returned(&self) -> String {
        match self {
            Self::Value(crossing) => (crossing.describe)(),
            Self::Owner(_) => type_name::<T>().to_owned(),
            Self::Result(both) => both.describe(),
        }
    }
}

impl<T> Argument<T> {
    /// Claims the objects, if the argument has owners. Returns any other argument unchanged.
    ///
    /// # Errors
    /// Those of the claims.
    pub fn claim(self, call: &mut Incoming<'_>) -> Result<Self> {
        match self {
            Self::Unclaimed(nth, owner) => (owner.claim)(call, nth).map(Self::Claimed),
            other => Ok(other),
        }
    }

    /// Takes the argument out for the function. Generated code calls this after it has read and claimed all arguments.
    ///
    /// # Errors
    /// If owners were not claimed.
    pub fn into_value(self) -> Result<T> {
        match self {
            Self::Read(value) => Ok(value),
            Self::Claimed(owned) => owned.into_owned(),
            Self::Unclaimed(..) => Err(wrong_arguments()),
        }
    }
}
