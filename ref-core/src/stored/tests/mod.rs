#[cfg(all(feature = "macros", feature = "bulk-derive", any(feature = "bincode", feature = "postcard")))]
mod array_sizes;
#[cfg(all(feature = "macros", feature = "bulk-derive", any(feature = "bincode", feature = "postcard")))]
mod arrays;
#[cfg(feature = "macros")]
mod earlier;
#[cfg(any(feature = "bincode", feature = "postcard"))]
mod foreign;
#[cfg(all(
    feature = "macros",
    any(feature = "bincode", feature = "postcard"),
    feature = "glam",
    feature = "half",
    feature = "nalgebra",
    feature = "ndarray"
))]
mod foreign_numbers;
#[cfg(all(feature = "macros", any(feature = "bincode", feature = "postcard")))]
mod hostile;
#[cfg(all(feature = "macros", any(feature = "bincode", feature = "postcard")))]
mod kinds;
#[cfg(any(feature = "bincode", feature = "postcard"))]
mod same;
#[cfg(any(feature = "bincode", feature = "postcard"))]
mod slices;
#[cfg(any(feature = "bincode", feature = "postcard"))]
mod standard;
#[cfg(any(feature = "bincode", feature = "postcard"))]
mod written;

use super::{Schema, Stored, of};
use crate::__private::{OpaqueFieldOf, Serde, SkippedFieldOf, StoredFieldOf};
use serde::{Deserializer, Serializer};

struct Pair<A, const N: usize>(A, A);

impl<A: Stored, const N: usize> Stored for Pair<A, N> {
    fn describe(schema: &mut Schema) {
        schema.named("Pair", 7, |shape| {
            shape.arg::<A>();
            shape.constant(N);
            shape.field::<A>("0");
            shape.field::<A>("1");
        });
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.store(to)
    }

    fn restore<'de, D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        unreachable!("no value of it is read")
    }
}

#[test]
fn names_are_short() {
    assert_eq!(of::<Pair<u8, 2>>().name, "Pair<u8, 2>");
    assert_eq!(of::<(Vec<Pair<Box<u8>, 2>>, ())>().name, "(Vec<Pair<u8, 2>>, ())");
}

#[test]
fn a_type_is_known_once() {
    let known = of::<Pair<u8, 2>>();
    assert!(std::ptr::eq(known, of::<Pair<u8, 2>>()));
    assert_eq!(known.fingerprint.0, Schema::of::<Pair<u8, 2>>().fingerprint());
    assert_ne!(known.fingerprint, of::<Pair<u8, 3>>().fingerprint);
}

impl StoredFieldOf<'_, Pair<u8, 2>, 0> for u16 {}
impl OpaqueFieldOf<'_, Pair<u8, 2>, 0> for u16 {}
impl SkippedFieldOf<'_, Pair<u8, 2>, 0> for u16 {}

/// Generated code relies on this: a bound on one of these traits proves the bounds on the traits that it extends.
#[test]
fn proofs_prove() {
    fn of_stored<F: for<'any> StoredFieldOf<'any, Pair<u8, 2>, 0>>() -> String {
        of::<F>().name.clone()
    }
    fn of_opaque<F: for<'any> OpaqueFieldOf<'any, Pair<u8, 2>, 0>>() -> usize {
        fn size<F: Serde>() -> usize {
            size_of::<F>()
        }
        size::<F>()
    }
    fn of_skipped<F: for<'any> SkippedFieldOf<'any, Pair<u8, 2>, 0>>() -> F {
        F::make()
    }
    assert_eq!((of_stored::<u16>().as_str(), of_opaque::<u16>(), of_skipped::<u16>()), ("u16", 2, 0));
}
