//! `Stored` for the types of `half`.

use super::Stored;
use super::converted::slice_as;
use crate::bulk::Slice;
use crate::schema::Schema;
use half::{bf16, f16};
use serde::{Deserialize as _, Deserializer, Serializer};

/// Implements `Stored` for numbers that are stored as their bits. A human-readable format gets the number as an `f32`,
/// which can represent each of these numbers.
macro_rules! stored {
    ($($type:ident)+) => {$(
        impl Stored for $type {
            fn describe(schema: &mut Schema) {
                schema.primitive(stringify!($type));
            }

            #[inline]
            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match to.is_human_readable() {
                    true => to.serialize_f32(self.to_f32()),
                    false => to.serialize_u16(self.to_bits()),
                }
            }

            #[inline]
            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                match from.is_human_readable() {
                    true => f32::deserialize(from).map(Self::from_f32),
                    false => u16::deserialize(from).map(Self::from_bits),
                }
            }

            const SLICE: Option<Slice<Self>> = slice_as!(u16: value => value.to_bits(), Self::from_bits);
        }
    )+};
}

stored! { f16 bf16 }
