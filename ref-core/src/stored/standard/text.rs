//! `Stored` for text, paths, `NonZero` numbers, times and addresses.

use crate::schema::Schema;
use crate::stored::{Stored, by_serde};
use crate::sync::Arc;
use serde::de::{self, Deserializer, Visitor};
use serde::ser::{Serialize as _, Serializer};
use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

pub(in crate::stored) struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    #[inline]
    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    #[inline]
    fn visit_string<E: de::Error>(self, text: String) -> Result<String, E> {
        Ok(text)
    }
}

/// Implements `Stored` for types that are stored as a `String` is.
macro_rules! text {
    ($($type:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl Stored for $type {
            fn describe(schema: &mut Schema) {
                schema.primitive("String");
            }

            #[inline]
            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self)
            }

            #[inline]
            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str(TextVisitor).map(Self::from)
            }
        }
    )+};
}

text! { String, Box<str>, Arc<str>, Cow<'static, str> }

by_serde! {
    CString = "CString", Box<CStr> = "CString", OsString = "OsString", Box<OsStr> = "OsString",
    PathBuf = "PathBuf", Box<Path> = "PathBuf",
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

/// Implements `Stored` for `Arc`s that are stored as a `Box` of the same value is. Two `Arc`s of one value are two
/// values when they are read.
macro_rules! as_box {
    ($($target:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl Stored for Arc<$target> {
            fn describe(schema: &mut Schema) {
                schema.same_as::<Box<$target>>();
            }

            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                crate::codec::guard::GuardedRef(&**self).serialize(to)
            }

            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Box::<$target>::restore(from).map(Self::from)
            }
        }
    )+};
}

as_box! { CStr, OsStr, Path }
