//! How an opaque value is written, inside of a stored value, or as an argument or a result of a remote function.
//!
//! The value becomes `MessagePack` with the names of fields and variants, and the codec gets these bytes as one piece.
//! So types that ask the format what comes next (`untagged`, `tag`, `flatten`) and types that leave fields out
//! (`skip_serializing_if`) are read back, whatever the codec. A human-readable codec gets the value itself, since its
//! format has names too.
//!
//! Serde's traits can lose parts of a value in ways that no format sees. So the bytes are read back at once, and the
//! value that was read is written again. Its bytes have to be the first bytes, but for the order of lists and maps.
//! What a human-readable codec has written is read back too, but is not compared.

use super::guard::{self, Guarded, GuardedRef, Violation};
use super::guarded::Encoding;
use crate::schema::short_name;
use rmp_serde::{decode, encode};
use serde::de::{self, DeserializeOwned, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};
use serde::{Deserialize, de::Error as _};
use std::fmt;
use std::io;
use std::marker::PhantomData;

/// The encoding of opaque values.
#[allow(dead_code, reason = "only remote functions have opaque values that are no part of another value")]
pub(crate) struct ByNames;

impl<T: Serialize + DeserializeOwned> Encoding<T> for ByNames {
    fn write<S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        OpaqueRef::<T, T>::new(value).serialize(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        OpaqueRead::deserialize(from).map(|read| read.0)
    }
}

/// An opaque value that is written. It is read back as an `R`.
pub(crate) struct OpaqueRef<'v, T: ?Sized, R>(&'v T, PhantomData<R>);

impl<'v, T: ?Sized, R> OpaqueRef<'v, T, R> {
    pub(crate) fn new(value: &'v T) -> Self {
        Self(value, PhantomData)
    }
}

impl<T: Serialize + ?Sized, R: Serialize + DeserializeOwned> Serialize for OpaqueRef<'_, T, R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            guard::read_back_later();
            return GuardedRef(self.0).serialize(to);
        }
        let before = guard::left();
        let bytes = written(self.0).map_err(S::Error::custom)?;
        let after = guard::replace(before);
        let same = reads_back::<R>(&bytes, before).map_err(S::Error::custom);
        guard::replace(after);
        same?;
        to.serialize_bytes(&bytes)
    }
}

/// An opaque value that was read.
pub(crate) struct OpaqueRead<T>(pub(crate) T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for OpaqueRead<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match from.is_human_readable() {
            true => Guarded::deserialize(from).map(|read| Self(read.0)),
            false => from.deserialize_bytes(NamesVisitor(PhantomData)).map(Self),
        }
    }
}

/// Reads a `T` from bytes.
struct NamesVisitor<T>(PhantomData<T>);

impl<T: DeserializeOwned> Visitor<'_> for NamesVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bytes of a `{}`", short_name::<T>())
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<T, E> {
        read(bytes).map_err(|error| E::custom(unreadable::<T>(&error)))
    }
}

fn written<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, encode::Error> {
    let mut bytes = Vec::new();
    GuardedRef(value).serialize(&mut rmp_serde::Serializer::new(&mut bytes).with_struct_map())?;
    Ok(bytes)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, decode::Error> {
    let mut from = rmp_serde::Deserializer::from_read_ref(bytes);
    let value = Guarded::deserialize(&mut from)?.0;
    // The deserializer does not tell how much it has read. At the end of the bytes, it finds no marker of a value.
    match IgnoredAny::deserialize(&mut from) {
        Err(decode::Error::InvalidMarkerRead(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(value),
        _ => Err(decode::Error::custom("bytes are left over")),
    }
}

/// Checks that `bytes` are read as an `R` that is written as `bytes` again, but for the order of lists and maps: a set
/// has no order. `budget` is how much the guard allowed before `bytes` were written.
fn reads_back<R: Serialize + DeserializeOwned>(bytes: &[u8], budget: guard::Left) -> Result<(), Violation> {
    let value = read::<R>(bytes).map_err(|error| unreadable::<R>(&error))?;
    guard::replace(budget);
    let again = written(&value).map_err(|error| unreadable::<R>(&error))?;
    if again == bytes {
        return Ok(());
    }
    match (rmp_serde::from_slice::<Sorted>(bytes), rmp_serde::from_slice::<Sorted>(&again)) {
        (Ok(first), Ok(second)) if first.0 == second.0 => Ok(()),
        _ => Err(guard::note(Violation::Changed { of: short_name::<R>() })),
    }
}

/// Returns the violation that the guard has noted already, if there is one: it says more. Otherwise notes that the
/// value cannot be read, and returns this violation.
fn unreadable<T>(error: &dyn fmt::Display) -> Violation {
    guard::noted()
        .unwrap_or_else(|| guard::note(Violation::Unreadable { of: short_name::<T>(), why: error.to_string() }))
}

/// Bytes that are the same for two values that differ only in the order of lists and maps.
struct Sorted(Vec<u8>);

impl Sorted {
    fn of(kind: u8, content: &[u8]) -> Self {
        Self([&[kind][..], &(content.len() as u64).to_le_bytes(), content].concat())
    }

    fn list(kind: u8, mut parts: Vec<Vec<u8>>) -> Self {
        parts.sort_unstable();
        Self::of(kind, &parts.concat())
    }
}

impl<'de> Deserialize<'de> for Sorted {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SortedVisitor)
    }
}

struct SortedVisitor;

macro_rules! sorted {
    ($($method:ident($value:ident: $type:ty) = $kind:literal $bytes:expr;)+) => {$(
        fn $method<E: de::Error>(self, $value: $type) -> Result<Sorted, E> {
            Ok(Sorted::of($kind, $bytes))
        }
    )+};
}

impl<'de> Visitor<'de> for SortedVisitor {
    type Value = Sorted;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    sorted! {
        visit_bool(value: bool) = 0 &[u8::from(value)];
        visit_i64(value: i64) = 1 &i128::from(value).to_le_bytes();
        visit_u64(value: u64) = 1 &i128::from(value).to_le_bytes();
        visit_f32(value: f32) = 2 &value.to_bits().to_le_bytes();
        visit_f64(value: f64) = 3 &value.to_bits().to_le_bytes();
        visit_str(value: &str) = 4 value.as_bytes();
        visit_bytes(value: &[u8]) = 5 value;
    }

    fn visit_unit<E: de::Error>(self) -> Result<Sorted, E> {
        Ok(Sorted::of(6, &[]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sorted, A::Error> {
        let mut parts = Vec::new();
        while let Some(Sorted(part)) = seq.next_element()? {
            parts.push(part);
        }
        Ok(Sorted::list(7, parts))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Sorted, A::Error> {
        let mut parts = Vec::new();
        while let Some((Sorted(key), Sorted(value))) = map.next_entry()? {
            parts.push([key, value].concat());
        }
        Ok(Sorted::list(8, parts))
    }
}
