//! `Stored` for the types of the standard library that own their values and that serde can write.

use super::Stored;
use crate::schema::Schema;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::num::{Saturating, Wrapping};
use std::ops::{Bound, Range, RangeFrom, RangeInclusive, RangeTo};
use std::path::{Path, PathBuf};

/// Implements `Stored` for types without parts.
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
    CString = "CString", Box<CStr> = "CString", OsString = "OsString", Box<OsStr> = "OsString", PathBuf = "PathBuf", Box<Path> = "PathBuf",
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
    Saturating<u8> = "Saturating<u8>", Saturating<u16> = "Saturating<u16>", Saturating<u32> = "Saturating<u32>",
    Saturating<u64> = "Saturating<u64>", Saturating<usize> = "Saturating<usize>", Saturating<i8> = "Saturating<i8>",
    Saturating<i16> = "Saturating<i16>", Saturating<i32> = "Saturating<i32>", Saturating<i64> = "Saturating<i64>",
    Saturating<isize> = "Saturating<isize>",
}

/// Implements `Stored` for types with `Stored` arguments, under the bounds that serde needs.
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

impl<T: Stored + Clone> Stored for Cow<'static, [T]> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<Vec<T>>();
    }
}

/// Implements `Stored` for the arrays that serde can read and write.
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

/// Implements `Stored` for tuples.
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
