//! Values that are sent to another process by serde.

use super::shape;
use crate::codec::plain;
use crate::error::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that is sent to another process by serde.
///
/// Serde's traits are not supertraits of this trait. For a type without them, rustc would report an error for each
/// supertrait, and not the message below.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to another process",
    label = "this type, or one in it, does not have serde's traits",
    note = "write `#[derive(serde::Serialize, serde::Deserialize)]` on its definition",
    note = "for an error of another crate, return one of your own or a `String`: `.map_err(|error| error.to_string())`",
    note = "an `Owned<T>` is a parameter or a result by itself, or the `Ok` of one; inside of a value, send its ticket"
)]
pub trait Portable: Sized + 'static {
    /// Encodes the value.
    #[doc(hidden)]
    fn write(&self) -> Result<Vec<u8>>;

    /// Encodes a list of values.
    #[doc(hidden)]
    fn write_all(list: &[Self]) -> Result<Vec<u8>>;

    /// Decodes a value.
    #[doc(hidden)]
    fn read(bytes: &[u8]) -> Result<Self>;

    /// Decodes a list of values.
    #[doc(hidden)]
    fn read_all(bytes: &[u8]) -> Result<Vec<Self>>;

    /// Returns the names of the type's fields or variants, in their order. The encoded bytes do not have these names.
    #[doc(hidden)]
    fn names() -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + 'static> Portable for T {
    fn write(&self) -> Result<Vec<u8>> {
        plain::write(self)
    }

    fn write_all(list: &[Self]) -> Result<Vec<u8>> {
        plain::write(&List::Lent(list))
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        plain::read(bytes)
    }

    fn read_all(bytes: &[u8]) -> Result<Vec<Self>> {
        plain::read(bytes)
    }

    fn names() -> String {
        shape::of::<T>()
    }
}

/// A list in messages. A slice is encoded to the same bytes as a vector, without a copy of the slice's elements.
enum List<'s, T> {
    Lent(&'s [T]),
    /// The variant that `Deserialize` makes. The codec requires that trait even of a type that is only written.
    Read(Vec<T>),
}

impl<T: Serialize> Serialize for List<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Lent(list) => list.serialize(serializer),
            Self::Read(list) => list.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<'_, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::Read)
    }
}
