//! Chooses how a parameter or a result by value goes to another process: by the concrete type, behind any alias.
//!
//! The choice is made by four types that deref to each other (deref specialization). Each has a method `sent` that
//! exists under a condition on `T`. Generated code calls `sent` of the first type, and the compiler takes the first
//! `sent` that exists. This choice is right for a type without parameters, and generated code names only such types.
//!
//! The type of a result is looked at in the same way, by [`ResultProbe`] and [`PlainProbe`]: of a `Result`, behind any
//! alias, the value and the error each have a way of their own.

use super::protocol::crossing::Crossing;
use super::protocol::owners::{OwnerForm, Owners};
use super::way::{OwnerWay, Way, value_or_error};
use crate::error::{Error, Result};
use crate::stored::Stored;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::ops::Deref;

/// The first of the four types: its `sent` exists for owners.
pub struct OwnerProbe<T>(StoredProbe<T>);

/// The first type for the parameters of a function that is idempotent: its `sent` exists for owners, and a call of it
/// does not compile.
pub struct RepeatedProbe<T>(StoredProbe<T>);

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

impl<T> RepeatedProbe<T> {
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

next! { OwnerProbe -> StoredProbe; RepeatedProbe -> StoredProbe; StoredProbe -> SerdeProbe; SerdeProbe -> LastProbe; ResultProbe -> PlainProbe; }

// The bounds are on the method: for an `Owned` of a type that is not `Stored`, the error is about that type. The first
// bound leads rustc to the type by itself, and not by way of `Owners`, which no user knows.
impl<O: OwnerForm> OwnerProbe<O> {
    /// Returns how owners are sent.
    #[must_use]
    pub fn sent(&self) -> OwnerWay<O>
    where
        O::Values: Stored,
        O: Owners,
    {
        OwnerWay::of_owners()
    }
}

impl<O: OwnerForm> RepeatedProbe<O> {
    /// Makes the compiler report that owners are not there for a second call.
    #[must_use]
    pub fn sent(&self) -> OwnerWay<O>
    where
        O: MovesTwice,
    {
        OwnerWay::of_owners()
    }
}

/// Only the compiler's errors show this trait, which no type has: generated code asks for it where a function that is
/// idempotent takes owners.
#[diagnostic::on_unimplemented(
    message = "`{Self}` moves to the worker, so a call with it is made once, and the function is `idempotent`",
    label = "take `&T` or `&mut T`, for which callers lend their owners; or remove `idempotent`"
)]
pub trait MovesTwice: Owners {}

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
        value_or_error(value.into(), error)
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
        T: StoredOrSerde,
    {
        Crossing::by_store()
    }
}

/// Only the compiler's errors show this trait, which no type has: generated code asks for it where a type is neither
/// `Stored` nor has serde's traits. An implementation for all types that are `Stored` would be one more note in each of
/// these errors, and would lead rustc to no part of the type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to another process",
    label = "your own type needs `#[global_store]`, or `#[derive(serde::Serialize, serde::Deserialize)]`, on its \
             definition; an `Owned` goes by itself, beside other owners, or as its ticket; another crate's error goes as a \
             `String`",
    note = "an `Owned<T>` is a parameter or a result by itself, or in a `Vec`, an `Option` or a tuple of owners, also as \
            the `Ok` of a result; beside other values, send its ticket: `owned.into_ticket()?`",
    note = "for an error of another crate, write `.map_err(|error| error.to_string())`"
)]
pub trait StoredOrSerde: Stored {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::Owned;

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
        let plain = "ref_core::remote::probe::tests::Plain";
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
        let owners = described![Vec<Alias>, (Option<Alias>, Owned<String>), Vec<Vec<Alias>>];
        let names = ["Vec<owned u64#", "(Option<owned u64#", "Vec<Vec<owned u64#"];
        assert!(owners.iter().zip(names).all(|(described, name)| described.starts_with(name)), "{owners:?}");
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
