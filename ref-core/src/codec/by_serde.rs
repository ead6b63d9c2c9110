//! Values that serde's traits write and read.

use super::guard::{Guarded, GuardedRef};
use super::guarded::Encoding;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The encoding by serde's traits, under the guard.
pub(crate) struct BySerde;

impl<T: Serialize + DeserializeOwned> Encoding<T> for BySerde {
    type Written<'v>
        = GuardedRef<'v, T>
    where
        T: 'v;
    type Read = Guarded<T>;

    fn written(value: &T) -> GuardedRef<'_, T> {
        GuardedRef(value)
    }

    fn value(read: Guarded<T>) -> T {
        read.0
    }
}
