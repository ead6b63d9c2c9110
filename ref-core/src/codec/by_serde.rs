//! Values that serde's traits write and read.

use super::guard::{Guarded, GuardedRef};
use super::guarded::Encoding;
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Deserializer, Serialize, Serializer};

/// The encoding by serde's traits, under the guard.
pub(crate) struct BySerde;

impl<T: Serialize + DeserializeOwned> Encoding<T> for BySerde {
    fn write<S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        GuardedRef(value).serialize(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        Guarded::deserialize(from).map(|read| read.0)
    }
}
