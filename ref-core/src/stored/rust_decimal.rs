//! `Stored` for the types of `rust_decimal`.

use super::Stored;
use super::converted::slice_as;
use super::slice;
use super::standard::text::TextVisitor;
use crate::bulk::Slice;
use crate::schema::Schema;
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserializer, Serializer};

/// A number is stored as its 16 bytes, and as its text in a human-readable format.
impl Stored for Decimal {
    fn describe(schema: &mut Schema) {
        schema.primitive("Decimal");
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => to.collect_str(self),
            false => slice::store_array(&self.serialize(), to),
        }
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let text = from.deserialize_str(TextVisitor)?;
            return Self::from_str_exact(&text).map_err(D::Error::custom);
        }
        let bytes = slice::restore_array(from)?;
        match is_number(&bytes) {
            true => Ok(Self::deserialize(bytes)),
            false => Err(D::Error::custom("these 16 bytes are no decimal number")),
        }
    }

    const SLICE: Option<Slice<Self>> = match slice_as!([u8; 16]: number => number.serialize(), Self::deserialize) {
        Some(slice) => Some(Slice { is_valid: |bytes| bytes.as_chunks().0.iter().all(is_number), ..slice }),
        None => None,
    };
}

/// Returns whether the bytes are those of a number. `Decimal::deserialize` makes a number of any bytes: if the bytes
/// are not those of a number, the number that it makes has other bytes.
fn is_number(bytes: &[u8; 16]) -> bool {
    Decimal::deserialize(*bytes).serialize() == *bytes
}
