//! `Stored` for the types of `bytes`.

use super::Stored;
use super::slice;
use crate::schema::Schema;
use bytes::{Bytes, BytesMut};
use serde::{Deserializer, Serializer};

/// Implements `Stored` for types that are stored as a list of bytes is.
macro_rules! stored {
    ($($type:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl Stored for $type {
            fn describe(schema: &mut Schema) {
                schema.primitive("Bytes");
            }

            #[inline]
            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                slice::store_slice::<u8, S>(self, to)
            }

            #[inline]
            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                slice::restore_vec::<u8, D>(from).map(|bytes| Bytes::from(bytes).into())
            }
        }
    )+};
}

stored! { Bytes, BytesMut }
