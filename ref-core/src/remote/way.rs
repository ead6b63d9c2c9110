//! How a parameter or a result by value goes to another process. The compiler chooses by the type, behind any alias:
//!
//! | the type is | it goes |
//! |---|---|
//! | an `Owned<T>` | by ticket: the object moves |
//! | this crate's [`Error`] | with its kind, its conflict and its key |
//! | `Stored` | by the encoding of `Stored` |
//! | any other type with serde's traits | by serde |
//!
//! The choice is made by four types that deref to each other (deref specialization). Each has a method `sent` that
//! exists under a condition on `T`. Generated code calls `sent` of the first type, and the compiler takes the first
//! `sent` that exists. This choice is right for a type without parameters, and generated code names only such types.
//!
//! The type of a result is looked at in the same way, by [`ResultProbe`] and [`PlainProbe`]: of a `Result`, behind any
//! alias, the value and the error each have a way of their own.

use super::caller::call::Call;
use super::caller::lend::MovingOwner;
use super::caller::unpack::{ArrivedOwner, arrived, owner};
use super::protocol::crossing::{Crossing, stored_type};
use super::protocol::passed::{PassedAs, wrong_arguments};
use super::protocol::returned::{ERR, OK, split_result};
use super::protocol::ticket::SentStores;
use super::worker::incoming::{Incoming, OwnedArgument};
use super::worker::pack::pack_owned;
use crate::error::{Error, Result};
use crate::handle::Owned;
use crate::stored::Stored;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use std::marker::PhantomData;
use std::ops::Deref;

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
    fn pack(self: Box<Self>, result: T) -> Result<Vec<u8>>;

    /// Reads what [`pack`](Self::pack) wrote. `arrived` is the owner that was claimed when the response arrived.
    ///
    /// # Errors
    /// If the bytes are no such `Result`, or the owner could not be claimed.
    fn unpack(self: Box<Self>, bytes: &[u8], arrived: Option<ArrivedOwner>) -> Result<T>;

    /// Claims the owner in an `Ok`. Returns `None` for an `Err`, and if the value is no owner.
    fn arrive(self: Box<Self>, bytes: &[u8], stores: &SentStores) -> Option<ArrivedOwner>;

    /// Returns whether the value is an owner.
    fn is_owner(&self) -> bool;

    /// Returns the text of the `Result` in a function's signature.
    fn describe(&self) -> String;
}

struct ValueOrError<R, E> {
    value: Way<R>,
    error: Crossing<E>,
}

impl<R, E> ReturnedResult<Result<R, E>> for ValueOrError<R, E> {
    fn pack(self: Box<Self>, result: Result<R, E>) -> Result<Vec<u8>> {
        let (mut bytes, variant) = match result {
            Ok(value) => (self.value.pack(value)?, OK),
            Err(error) => ((self.error.write)(&error)?, ERR),
        };
        bytes.push(variant);
        Ok(bytes)
    }

    fn unpack(self: Box<Self>, bytes: &[u8], arrived: Option<ArrivedOwner>) -> Result<Result<R, E>> {
        match split_result(bytes)? {
            Ok(bytes) => self.value.unpack(bytes, arrived).map(Ok),
            Err(bytes) => (self.error.read)(bytes).map(Err),
        }
    }

    fn arrive(self: Box<Self>, bytes: &[u8], stores: &SentStores) -> Option<ArrivedOwner> {
        match split_result(bytes) {
            Ok(Ok(bytes)) => self.value.arrive(bytes, stores),
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

/// How an `Owned` goes to another process: `O` is the `Owned`.
pub struct OwnerWay<O> {
    send: fn(&mut Call<'_>, O),
    claim: fn(&mut Incoming<'_>, usize) -> Result<OwnedArgument<O>>,
    pack: fn(O) -> Result<Vec<u8>>,
    arrive: fn(&[u8], &SentStores) -> ArrivedOwner,
    take: fn(Option<ArrivedOwner>) -> Result<O>,
    describe: fn() -> String,
}

/// The parameter of a function by value, in the worker.
pub enum Argument<T> {
    /// A value that was read.
    Read(T),
    /// An owner that is not claimed yet. The number is the argument's index.
    Unclaimed(usize, OwnerWay<T>),
    /// An owner that was claimed.
    Claimed(OwnedArgument<T>),
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

    /// Takes the argument out of the call, in the worker. An owner is not claimed here.
    pub(super) fn argument(self, call: &mut Incoming<'_>, nth: usize) -> Result<Argument<T>> {
        match self {
            Self::Value(crossing) => (crossing.read)(&call.value(nth)?).map(Argument::Read),
            Self::Owner(owner) => Ok(Argument::Unclaimed(nth, owner)),
            Self::Result(_) => Err(wrong_arguments()),
        }
    }

    /// Encodes a result, in the worker.
    pub(super) fn pack(self, result: T) -> Result<Vec<u8>> {
        match self {
            Self::Value(crossing) => (crossing.write)(&result),
            Self::Owner(owner) => (owner.pack)(result),
            Self::Result(both) => both.pack(result),
        }
    }

    /// Reads a result. `arrived` is the owner that was claimed when the response arrived, if the result is an owner.
    pub(super) fn unpack(self, bytes: &[u8], arrived: Option<ArrivedOwner>) -> Result<T> {
        match self {
            Self::Value(crossing) => (crossing.read)(bytes),
            Self::Owner(owner) => (owner.take)(arrived),
            Self::Result(both) => both.unpack(bytes, arrived),
        }
    }

    /// Claims the owner in a result. Returns `None` if the result is no owner.
    pub(super) fn arrive(self, bytes: &[u8], stores: &SentStores) -> Option<ArrivedOwner> {
        match self {
            Self::Value(_) => None,
            Self::Owner(owner) => Some((owner.arrive)(bytes, stores)),
            Self::Result(both) => both.arrive(bytes, stores),
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

    /// Returns the text of a type in the result. An `Owned` is described by the name of its type only, since the ticket
    /// that comes back has the fingerprint of the object's type.
    pub(super) fn describe_returned(&self) -> String {
        match self {
            Self::Value(crossing) => (crossing.describe)(),
            Self::Owner(_) => type_name::<T>().to_owned(),
            Self::Result(both) => both.describe(),
        }
    }
}

impl<T> Argument<T> {
    /// Claims the object, if the argument is an owner. Returns any other argument unchanged.
    ///
    /// # Errors
    /// Those of the claim.
    pub fn claim(self, call: &mut Incoming<'_>) -> Result<Self> {
        match self {
            Self::Unclaimed(nth, owner) => (owner.claim)(call, nth).map(Self::Claimed),
            other => Ok(other),
        }
    }

    /// Takes the argument out for the function. Generated code calls this after it has read and claimed all arguments.
    ///
    /// # Errors
    /// If an owner was not claimed.
    pub fn into_value(self) -> Result<T> {
        match self {
            Self::Read(value) => Ok(value),
            Self::Claimed(owned) => owned.into_owned(),
            Self::Unclaimed(..) => Err(wrong_arguments()),
        }
    }
}

/// The first of the four types: its `sent` exists for an `Owned`.
pub struct OwnerProbe<T>(StoredProbe<T>);

/// The second type, and the first for the elements of a list and for errors, which are no owners: its `sent` exists for
/// a type that is `Stored`.
pub struct StoredProbe<T>(SerdeProbe<T>);

/// The third type: its `sent` exists for a type with serde's traits.
pub struct SerdeProbe<T>(LastProbe<T>);

/// The last type: its `sent` always exists, and asks for a trait that `T` does not have. So the
/// compiler reports that the trait is missing.
pub struct LastProbe<T>(PhantomData<T>);

impl<T> OwnerProbe<T> {
    /// The only value.
    pub const NEW: Self = Self(StoredProbe::NEW);
}

impl<T> StoredProbe<T> {
    /// The only value.
    pub const NEW: Self = Self(SerdeProbe(LastProbe(PhantomData)));
}

/// Makes each type deref to the next one.
macro_rules! next {
    ($($from:ident -> $to:ident;)+) => {$(
        impl<T> Deref for $from<T> {
            type Target = $to<T>;

            fn deref(&self) -> &$to<T> {
                &self.0
            }
        }
    )+};
}

next! { OwnerProbe -> StoredProbe; StoredProbe -> SerdeProbe; SerdeProbe -> LastProbe; ResultProbe -> PlainProbe; }

// The bound is on the method: for an `Owned` of a type that is not `Stored`, the error is about that type.
impl<T> OwnerProbe<Owned<T>> {
    /// Returns how an owner is sent.
    #[must_use]
    pub fn sent(&self) -> OwnerWay<Owned<T>>
    where
        T: Stored + Send + Sync,
    {
        OwnerWay {
            send: |call, owned| call.send_last(MovingOwner(owned)),
            claim: |call, nth| call.owned(nth),
            pack: pack_owned,
            arrive: arrived::<T>,
            take: owner,
            describe: || format!("owned {}", stored_type::<T>()),
        }
    }
}

/// The first of two types that look at the type of a result: its methods exist for a `Result`.
pub struct ResultProbe<T>(PlainProbe<T>);

/// The second of these types: its methods exist for every type.
pub struct PlainProbe<T>(PhantomData<T>);

impl<T> ResultProbe<T> {
    /// The only value.
    pub const NEW: Self = Self(PlainProbe(PhantomData));
}

impl<R, E> ResultProbe<Result<R, E>> {
    /// Returns the probe of the value.
    #[must_use]
    pub fn value(&self) -> OwnerProbe<R> {
        OwnerProbe::NEW
    }

    /// Returns the probe of the error.
    #[must_use]
    pub fn error(&self) -> StoredProbe<E> {
        StoredProbe::NEW
    }

    /// Returns how the `Result` goes to another process.
    pub fn join(&self, value: impl Into<Way<R>>, error: Crossing<E>) -> Way<Result<R, E>>
    where
        R: 'static,
        E: 'static,
    {
        Way::Result(Box::new(ValueOrError { value: value.into(), error }))
    }
}

impl<T> PlainProbe<T> {
    /// Returns the probe of the value.
    #[must_use]
    pub fn value(&self) -> OwnerProbe<T> {
        OwnerProbe::NEW
    }

    /// Returns the probe of an error that there is not.
    #[must_use]
    pub fn error(&self) -> StoredProbe<()> {
        StoredProbe::NEW
    }

    /// Returns how the value goes to another process.
    pub fn join(&self, value: impl Into<Way<T>>, _: Crossing<()>) -> Way<T> {
        value.into()
    }
}

impl StoredProbe<Error> {
    /// Returns how an error of this crate is sent.
    #[must_use]
    pub fn sent(&self) -> Crossing<Error> {
        Crossing::of_error()
    }
}

impl<T: Stored> StoredProbe<T> {
    /// Returns how a value of a type that is `Stored` is sent.
    #[must_use]
    pub fn sent(&self) -> Crossing<T> {
        Crossing::by_store()
    }
}

impl<T: Serialize + DeserializeOwned> SerdeProbe<T> {
    /// Returns how a value of a type with serde's traits is sent.
    #[must_use]
    pub fn sent(&self) -> Crossing<T> {
        Crossing::by_serde()
    }
}

impl<T> LastProbe<T> {
    /// Makes the compiler report that `T` cannot be sent: a call of this method does not compile.
    #[must_use]
    pub fn sent(&self) -> Crossing<T>
    where
        T: Portable,
    {
        Crossing::by_store()
    }
}

/// Only the compiler's errors show this trait: generated code asks for it where a type is neither `Stored` nor has
/// serde's traits. The bound `Stored` makes the compiler name the part of the type that lacks it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to another process",
    label = "your own type needs `#[global_store]`, or `#[derive(serde::Serialize, serde::Deserialize)]`, on its \
             definition; an `Owned` goes by itself, or as its ticket; another crate's error goes as a `String`",
    note = "an `Owned<T>` is a parameter or a result by itself, or the `Ok` of one; inside of a value, send its ticket: \
            `owned.into_ticket()?`",
    note = "for an error of another crate, write `.map_err(|error| error.to_string())`"
)]
pub trait Portable: Stored {}

impl<T: Stored> Portable for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize, serde::Deserialize)]
    #[allow(dead_code, reason = "it is never made")]
    struct Plain {
        from: u32,
    }

    type Alias = Owned<u64>;

    macro_rules! described {
        ($($type:ty),+) => { [$(Way::of(OwnerProbe::<$type>::NEW.sent()).describe()),+] };
    }

    #[test]
    fn the_encoding_is_chosen_by_the_concrete_type() {
        let plain = "ref_core::remote::way::tests::Plain";
        assert_eq!(
            described![Plain, Vec<Plain>],
            [format!("{plain} {{ from }}"), format!("alloc::vec::Vec<{plain}> {{ from }}")]
        );
        // These types have serde's traits too.
        let names = ["u64#", "Vec<Option<u8>>#", "()#", "String#"];
        for (described, name) in described![u64, Vec<Option<u8>>, (), String].iter().zip(names) {
            assert!(described.starts_with(name), "{described}");
        }
        assert!(described![Alias][0].starts_with("owned u64#"));
        assert!((StoredProbe::<u64>::NEW.sent().describe)().starts_with("u64#"));
    }

    #[test]
    fn a_result_is_known_behind_every_alias() {
        macro_rules! returned {
            ($type:ty) => {{
                let probe = ResultProbe::<$type>::NEW;
                probe.join(probe.value().sent(), probe.error().sent()).describe_returned()
            }};
        }
        assert_eq!(returned!(Result<Alias>), "Result<ref_core::handle::owned::Owned<u64>, ref_core::Error>");
        assert_eq!(returned!(Alias), "ref_core::handle::owned::Owned<u64>");
        assert!(returned!(std::result::Result<u64, Plain>).starts_with("Result<u64#"));
        assert!(returned!(Option<u64>).starts_with("Option<u64>#"));
    }
}
