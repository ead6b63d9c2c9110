//! Types that are stored as another type is: a slice of them is stored as the slice of the other type is.

#![allow(dead_code, unused_imports, unused_macros, reason = "a build with one feature uses some of them")]

use super::Stored;
use crate::bulk::Slice;
use std::borrow::Cow;

/// Makes the `SLICE` of a type that is stored as a `$stored` is. `$place` makes a `$stored` of a `$value`, and `$make`
/// makes a value of a `$stored`.
macro_rules! slice_as {
    ($stored:ty: $value:ident => $place:expr, $make:expr) => {
        match <$stored as $crate::stored::Stored>::SLICE {
            Some(stored) => Some($crate::bulk::Slice {
                width: stored.width,
                bytes: |items| {
                    $crate::stored::converted::gather(items, |$value: &Self, out| {
                        $crate::stored::converted::append::<$stored>(&$place, out);
                    })
                },
                is_valid: stored.is_valid,
                all: |bytes| $crate::stored::converted::all::<$stored>(bytes).into_iter().map($make).collect(),
                one: |bytes| {
                    let make: fn($stored) -> Self = $make;
                    make((const { $crate::stored::slice::some(<$stored as $crate::stored::Stored>::SLICE) }.one)(bytes))
                },
            }),
            None => None,
        }
    };
}
pub(super) use slice_as;

/// Implements `Stored` for types that are stored as an array of numbers is.
macro_rules! as_array {
    ($($type:ident as [$number:ty; $len:literal]: $value:ident => $array:expr, $make:expr;)+) => {$(
        impl $crate::stored::Stored for $type {
            fn describe(schema: &mut $crate::schema::Schema) {
                schema.primitive(stringify!($type));
            }

            #[inline]
            fn store<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let $value = self;
                $crate::stored::slice::store_array::<$number, S, $len>(&$array, to)
            }

            #[inline]
            fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::stored::slice::restore_array::<$number, D, $len>(from).map($make)
            }

            const SLICE: Option<$crate::bulk::Slice<Self>> =
                $crate::stored::converted::slice_as!([$number; $len]: $value => $array, $make);
        }
    )+};
}
pub(super) use as_array;

/// Returns the bytes that `append` writes for the items, one after the other.
pub(super) fn gather<T>(items: &[T], append: impl Fn(&T, &mut Vec<u8>)) -> Cow<'_, [u8]> {
    let mut out = Vec::with_capacity(size_of_val(items));
    items.iter().for_each(|item| append(item, &mut out));
    Cow::Owned(out)
}

/// Appends the bytes of a value whose type has a `SLICE`.
#[inline]
pub(super) fn append<T: Stored>(value: &T, out: &mut Vec<u8>) {
    if let Some(Slice { bytes, .. }) = T::SLICE {
        out.extend_from_slice(&bytes(std::slice::from_ref(value)));
    }
}

/// Reads all elements of valid bytes. `T` has a `SLICE`.
#[inline]
pub(super) fn all<T: Stored>(bytes: &[u8]) -> Vec<T> {
    T::SLICE.map_or_else(Vec::new, |slice| (slice.all)(bytes))
}
