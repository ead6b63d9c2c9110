//! What may live in a store.

use crate::codec::CodecOf;
use crate::error::Unborrowed;
use crate::schema::{Described, Known, Schema, Shape};
use serde::{Serialize, de::DeserializeOwned};
use std::any::TypeId;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::CString;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::num::Wrapping;
use std::ops::{Bound, Range, RangeFrom, RangeInclusive, RangeTo};
use std::path::{Path, PathBuf};

/// A type whose values may live in a store.
///
/// ```
/// use ref_core::{Schema, global_store};
///
/// #[global_store(version = 2)]
/// #[derive(Debug)]
/// pub struct Grid<T> {
///     step: u64,
///     cells: Vec<T>,
/// }
///
/// assert_eq!(Schema::of::<Grid<f64>>().to_string(), "Grid<f64>@2{step:u64,cells:Vec<f64>}");
/// ```
///
/// [`#[global_store]`](crate::global_store) implements it for a struct or an enum all of whose fields are `Stored`.
/// The plain types of the standard library are: numbers, text, tuples, collections, paths, times, addresses.
/// [`Schema`] shows an implementation by hand.
///
/// Types with interior mutability (`Cell`, `Mutex`, atomics) are not, though serde can write some of them: a change
/// behind a shared borrow would reach neither the store nor the other borrowers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot live in a store",
    label = "this type is not `Stored`",
    note = "write `#[global_store]` on the definition of the type",
    note = "or, for a field of a foreign type that has serde's traits, `#[global_store(opaque)]` on the field",
    note = "a stored value owns all of itself and changes through its owner only: write `String` for `&str`, \
            `Vec<T>` for `&[T]`, `Box<T>` for `Rc<T>`, `T` for `Cell<T>` or `Mutex<T>`"
)]
pub trait Stored: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Writes down what values of this type look like, for the fingerprint that every stored object carries.
    fn describe(schema: &mut Schema);

    /// The codec that values of this type are written with: the build's default, if not said otherwise by
    /// `#[global_store(codec = ...)]` or here. See [`codec`](crate::codec).
    #[must_use]
    fn codec() -> CodecOf<Self> {
        CodecOf::default()
    }
}

/// A value that could not be put into a store comes back by itself.
impl<T: Stored> Unborrowed for T {}

/// Name and fingerprint of `T`.
pub(crate) fn of<T: Stored>() -> &'static Known {
    described::<T>().known()
}

fn described<T: Stored>() -> Described {
    Described { id: TypeId::of::<T>(), describe: T::describe }
}

impl Schema {
    /// The description of `T`.
    #[must_use]
    pub fn of<T: Stored>() -> Self {
        described::<T>().schema()
    }

    /// Describes a type that is stored exactly as a `T` is: a box, a wrapper with serde's `transparent`.
    pub fn same_as<T: Stored>(&mut self) {
        self.descend(described::<T>());
    }
}

impl Shape<'_> {
    /// Writes a type argument. Arguments come before fields.
    pub fn arg<T: Stored>(&mut self) {
        self.argument(described::<T>());
    }

    /// Writes a field. The order of fields counts.
    pub fn field<T: Stored>(&mut self, name: &str) {
        self.part(name, Schema::same_as::<T>);
    }
}

/// `Stored` for types without parts.
macro_rules! primitive {
    ($($type:ty = $name:literal),+ $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl Stored for $type {
            fn describe(schema: &mut Schema) {
                schema.primitive($name);
            }
        }
    )+};
}

primitive! {
    bool = "bool", char = "char", () = "()",
    u8 = "u8", u16 = "u16", u32 = "u32", u64 = "u64", u128 = "u128", usize = "usize",
    i8 = "i8", i16 = "i16", i32 = "i32", i64 = "i64", i128 = "i128", isize = "isize",
    f32 = "f32", f64 = "f64",
    String = "String", Box<str> = "String", Cow<'static, str> = "String",
    CString = "CString", PathBuf = "PathBuf", Box<Path> = "PathBuf",
    std::num::NonZeroU8 = "NonZero<u8>", std::num::NonZeroU16 = "NonZero<u16>",
    std::num::NonZeroU32 = "NonZero<u32>", std::num::NonZeroU64 = "NonZero<u64>",
    std::num::NonZeroU128 = "NonZero<u128>", std::num::NonZeroUsize = "NonZero<usize>",
    std::num::NonZeroI8 = "NonZero<i8>", std::num::NonZeroI16 = "NonZero<i16>",
    std::num::NonZeroI32 = "NonZero<i32>", std::num::NonZeroI64 = "NonZero<i64>",
    std::num::NonZeroI128 = "NonZero<i128>", std::num::NonZeroIsize = "NonZero<isize>",
    std::time::Duration = "Duration", std::time::SystemTime = "SystemTime",
    std::net::IpAddr = "IpAddr", std::net::Ipv4Addr = "Ipv4Addr", std::net::Ipv6Addr = "Ipv6Addr",
    std::net::SocketAddr = "SocketAddr", std::net::SocketAddrV4 = "SocketAddrV4",
    std::net::SocketAddrV6 = "SocketAddrV6",
}

/// `Stored` for types with `Stored` arguments, and what else serde asks of them.
macro_rules! generic {
    ($($name:ident<$($arg:ident $(: $bound:path $(, $more:path)*)?);+>),+ $(,)?) => {$(
        impl<$($arg: Stored $(+ $bound $(+ $more)*)?),+> Stored for $name<$($arg),+> {
            fn describe(schema: &mut Schema) {
                schema.generic(stringify!($name), |shape| { $(shape.arg::<$arg>();)+ });
            }
        }
    )+};
}

generic! {
    Vec<T>, VecDeque<T>, LinkedList<T>, Option<T>, Result<T; E>, BinaryHeap<T: Ord>,
    BTreeSet<T: Ord>, BTreeMap<K: Ord; V>, PhantomData<T>, Reverse<T>, Wrapping<T>,
    Bound<T>, Range<T>, RangeFrom<T>, RangeTo<T>, RangeInclusive<T>,
}

impl<T: Stored + Eq + Hash, S: BuildHasher + Default + Send + Sync + 'static> Stored for HashSet<T, S> {
    fn describe(schema: &mut Schema) {
        schema.generic("HashSet", |shape| shape.arg::<T>());
    }
}

impl<K: Stored + Eq + Hash, V: Stored, S: BuildHasher + Default + Send + Sync + 'static> Stored for HashMap<K, V, S> {
    fn describe(schema: &mut Schema) {
        schema.generic("HashMap", |shape| {
            shape.arg::<K>();
            shape.arg::<V>();
        });
    }
}

impl<T: Stored> Stored for Box<T> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<T>();
    }
}

impl<T: Stored> Stored for Box<[T]> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<Vec<T>>();
    }
}

/// `Stored` for the arrays that serde can read and write.
macro_rules! array {
    ($($length:literal)+) => {$(
        impl<T: Stored> Stored for [T; $length] {
            fn describe(schema: &mut Schema) {
                schema.generic("array", |shape| {
                    shape.arg::<T>();
                    shape.constant($length);
                });
            }
        }
    )+};
}

array! { 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 }

/// `Stored` for tuples.
macro_rules! tuple {
    ($($part:ident)+) => {
        impl<$($part: Stored),+> Stored for ($($part,)+) {
            fn describe(schema: &mut Schema) {
                schema.tuple(|shape| { $(shape.arg::<$part>();)+ });
            }
        }
    };
}

tuple! { A }
tuple! { A B }
tuple! { A B C }
tuple! { A B C D }
tuple! { A B C D E }
tuple! { A B C D E F }
tuple! { A B C D E F G }
tuple! { A B C D E F G H }
tuple! { A B C D E F G H I }
tuple! { A B C D E F G H I J }
tuple! { A B C D E F G H I J K }
tuple! { A B C D E F G H I J K L }

#[cfg(test)]
mod tests {
    use super::{Schema, Stored, of};
    use crate::__private::{OpaqueFieldOf, StoredFieldOf};
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
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

    /// What generated code rests on: bounds on these traits are as good as bounds on what they extend.
    #[test]
    fn proofs_prove() {
        fn of_stored<F: for<'any> StoredFieldOf<'any, Pair<u8, 2>, 0>>() -> String {
            of::<F>().name.clone()
        }
        fn of_opaque<F: for<'any> OpaqueFieldOf<'any, Pair<u8, 2>, 0>>() -> usize {
            fn size<F: Serialize>() -> usize {
                size_of::<F>()
            }
            size::<F>()
        }
        assert_eq!((of_stored::<u16>().as_str(), of_opaque::<u16>()), ("u16", 2));
    }
}
