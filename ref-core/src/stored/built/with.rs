//! Fields that functions of the user write and read.

use crate::codec::opaque::{OpaqueRead, OpaqueRef};
use serde::de::DeserializeSeed;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::marker::PhantomData;

/// The functions of the `INDEX`-th field of `Self`.
pub trait WithField<const INDEX: usize>: 'static {
    /// The field's type.
    type Field;

    /// Writes the field.
    ///
    /// # Errors
    /// Those of the format, and of the user's function.
    fn write<S: Serializer>(field: &Self::Field, to: S) -> Result<S::Ok, S::Error>;

    /// Reads the field.
    ///
    /// # Errors
    /// Those of the format, and of the user's function.
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self::Field, D::Error>;
}

/// The field `INDEX` of `O`, which is written by its function, as an opaque value.
pub struct WithRef<'v, O: WithField<INDEX>, const INDEX: usize>(pub &'v O::Field);

impl<O: WithField<INDEX>, const INDEX: usize> Serialize for WithRef<'_, O, INDEX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        OpaqueRef::<_, WithRead<O, INDEX>>::new(&WithBare::<O, INDEX>(self.0)).serialize(to)
    }
}

/// A field that is written by its function.
struct WithBare<'v, O: WithField<INDEX>, const INDEX: usize>(&'v O::Field);

impl<O: WithField<INDEX>, const INDEX: usize> Serialize for WithBare<'_, O, INDEX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        O::write(self.0, to)
    }
}

/// A field that its function has read.
struct WithRead<O: WithField<INDEX>, const INDEX: usize>(O::Field);

impl<'de, O: WithField<INDEX>, const INDEX: usize> Deserialize<'de> for WithRead<O, INDEX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        O::read(from).map(Self)
    }
}

impl<O: WithField<INDEX>, const INDEX: usize> Serialize for WithRead<O, INDEX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        O::write(&self.0, to)
    }
}

/// Reads a field by its function, as an opaque value.
pub(super) struct WithSeed<O, const INDEX: usize>(pub(super) PhantomData<O>);

impl<'de, O: WithField<INDEX>, const INDEX: usize> DeserializeSeed<'de> for WithSeed<O, INDEX> {
    type Value = O::Field;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<O::Field, D::Error> {
        OpaqueRead::<WithRead<O, INDEX>>::deserialize(from).map(|read| read.0.0)
    }
}
