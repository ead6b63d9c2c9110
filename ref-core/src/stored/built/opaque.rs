//! Fields that the serde traits of their type write and read.

use crate::codec::opaque::{OpaqueRead, OpaqueRef};
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::marker::PhantomData;

/// A type with both of serde's traits.
///
/// Serde's traits are no supertraits: rustc reports each supertrait that a type lacks, and reports them again for a
/// part of the type. With the functions below, a type that lacks serde's traits is one error.
#[diagnostic::on_unimplemented(
    message = "serde cannot both write and read `{Self}`",
    label = "write `#[derive(serde::Serialize, serde::Deserialize)]` on the definition of your type; for a type of \
             another crate, turn on that crate's feature `serde`"
)]
pub trait Serde: Sized {
    /// Writes the value, as an opaque value.
    ///
    /// # Errors
    /// Those of the format, and of a value that is not read back.
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;

    /// Reads an opaque value.
    ///
    /// # Errors
    /// Those of the format.
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;
}

impl<T: Serialize + DeserializeOwned> Serde for T {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        OpaqueRef::<T, T>::new(self).serialize(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        OpaqueRead::deserialize(from).map(|read| read.0)
    }
}

/// An implementation that never applies. It shapes rustc's message: with a single implementation rustc reports each
/// bound that fails, and with two implementations that both fail rustc reports the trait itself.
#[diagnostic::do_not_recommend]
impl<T> Serde for T
where
    for<'any> (): NoType<'any>,
    T: Serde,
{
    fn write<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        unreachable!("no type is a `NoType`")
    }

    fn read<'de, D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        unreachable!("no type is a `NoType`")
    }
}

/// No type implements this trait.
pub trait NoType<'any> {}

/// An opaque field that is written.
pub struct OpaqueFieldRef<'v, T>(pub &'v T);

impl<T: Serde> Serialize for OpaqueFieldRef<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.write(to)
    }
}

/// Reads an opaque field.
pub(super) struct OpaqueSeed<T>(pub(super) PhantomData<T>);

impl<'de, T: Serde> DeserializeSeed<'de> for OpaqueSeed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        T::read(from)
    }
}
