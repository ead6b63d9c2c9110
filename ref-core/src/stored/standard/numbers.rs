//! `Stored` for numbers, `bool` and `char`. A slice of them is stored as their bytes, unless the
//! format is human-readable.

use crate::bulk::{self, Slice};
use crate::schema::Schema;
use crate::stored::Stored;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Implements `Stored` for a type that is stored as the number `$number` when it is in a slice. `$valid` says which
/// numbers are values, and `$value` makes the value of a valid number.
macro_rules! number {
    ($($type:ident as $number:ty: $valid:expr, $value:expr;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl Stored for $type {
            fn describe(schema: &mut Schema) {
                schema.primitive(stringify!($type));
            }

            #[inline]
            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.serialize(to)
            }

            #[inline]
            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::deserialize(from)
            }

            const SLICE: Option<Slice<Self>> = Some(Slice {
                width: size_of::<$number>(),
                bytes: bulk::bytes::<Self>,
                // A whole pass without a branch is faster than one that ends at the first number that is no value.
                is_valid: |bytes| {
                    let valid: fn($number) -> bool = $valid;
                    bytes.as_chunks().0.iter().fold(true, |all, chunk| all & valid(<$number>::from_le_bytes(*chunk)))
                },
                all: |bytes| {
                    bytes.as_chunks().0.iter().map(|chunk| ($value)(<$number>::from_le_bytes(*chunk))).collect()
                },
                one: |bytes| ($value)(<$number>::from_le_bytes(bytes.try_into().unwrap_or_default())),
            });
        }
    )+};
}

number! {
    u8 as u8: |_| true, |number: u8| number;
    u16 as u16: |_| true, |number: u16| number;
    u32 as u32: |_| true, |number: u32| number;
    u64 as u64: |_| true, |number: u64| number;
    u128 as u128: |_| true, |number: u128| number;
    i8 as i8: |_| true, |number: i8| number;
    i16 as i16: |_| true, |number: i16| number;
    i32 as i32: |_| true, |number: i32| number;
    i64 as i64: |_| true, |number: i64| number;
    i128 as i128: |_| true, |number: i128| number;
    f32 as f32: |_| true, |number: f32| number;
    f64 as f64: |_| true, |number: f64| number;
    usize as u64: |number| usize::try_from(number).is_ok(), |number: u64| number as usize;
    isize as i64: |number| isize::try_from(number).is_ok(), |number: i64| number as isize;
    bool as u8: |number| number < 2, |number: u8| number == 1;
    char as u32: |number| char::from_u32(number).is_some(), |number: u32| char::from_u32(number).unwrap_or_default();
}
