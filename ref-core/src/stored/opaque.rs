//! A value of a type that has serde's traits only.

use super::Stored;
use crate::codec::opaque::{OpaqueRead, OpaqueRef};
use crate::schema::{Schema, short_name};
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Deserializer, Serialize, Serializer};
use std::ops::{Deref, DerefMut};

/// A value of a type that is not [`Stored`] and has serde's traits. It derefs to the value.
///
/// The value is written with the names of its fields and variants, so `#[serde(...)]` attributes such as `flatten`,
/// `untagged` and `skip_serializing_if` mean what they mean in JSON. It is read back when it is written, and refused if
/// it cannot be read: see [`codec`](crate::codec#opaque-values).
///
/// The description of an opaque value is its type's name, without paths. So the fingerprint does not tell two builds
/// apart in which the type has different fields. The value should refer to nothing outside of itself, and should not
/// change behind a shared borrow: neither the compiler nor the store can check this.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// use ref_core::{Opaque, Store};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)] // in another crate
/// struct Colour {
///     red: u8,
/// }
///
/// let store = Store::open("memory:")?;
/// let key = store.put(Opaque(Colour { red: 7 }))?.detach()?;
/// assert_eq!(store.get(&key)?.red, 7);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opaque<T>(pub T);

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + 'static> Stored for Opaque<T> {
    fn describe(schema: &mut Schema) {
        schema.opaque(&short_name::<T>());
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        OpaqueRef::<T, T>::new(&self.0).serialize(to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        OpaqueRead::deserialize(from).map(|read: OpaqueRead<T>| Self(read.0))
    }
}

impl<T> Deref for Opaque<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Opaque<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
