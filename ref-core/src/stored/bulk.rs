//! `Stored` and serde's traits for `Bulk`.
//!
//! Where people read the format, a `Bulk` is its elements. Otherwise it is a [`Placed`]: the place of its bytes in the
//! version, or the bytes themselves if the value is not written to a store.

use super::slice::{restore_elements, store_elements};
use super::{Stored, of};
use crate::bulk::{AS_STORED, Arrays, Block, Bulk};
use crate::codec::beside;
use crate::schema::{Schema, short_name};
use crate::sync::Arc;
use bytemuck::Pod;
use serde::de::{self, Deserializer, Error as _, Visitor};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};
use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

/// An array in the encoded value.
#[derive(Serialize, Deserialize)]
enum Placed<B> {
    /// The bytes of the array.
    Inline(B),
    /// The bytes are beside the value: where they begin there, and how many they are.
    Beside(u64, u64),
}

#[diagnostic::do_not_recommend]
impl<T: Stored + Pod + Send + Sync> Stored for Bulk<T> {
    fn describe(schema: &mut Schema) {
        schema.generic("Bulk", |shape| shape.element_in_memory::<T>());
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            return store_elements(self.len(), self.iter(), to);
        }
        let converted = bytes_of(self, AS_STORED).map_err(S::Error::custom)?;
        store_block(converted.map_or_else(|| self.block(), Block::of_bytes), to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            return restore_elements::<T, Vec<T>, D>(from).map(Self::from_vec);
        }
        let (start, length) = match Placed::<InlineItems<T>>::deserialize(from)? {
            Placed::Inline(InlineItems(items)) => return Ok(Self::from_vec(items)),
            Placed::Beside(start, length) => (start, length),
        };
        let (arrays, place) = found(start, length).map_err(D::Error::custom)?;
        if let Some(bulk) = Self::in_version(&arrays, place.clone()).filter(|_| AS_STORED) {
            return Ok(bulk);
        }
        copied(&arrays, place, |bytes| items_of(bytes, AS_STORED).map(Self::from_vec)).map_err(D::Error::custom)
    }
}

#[diagnostic::do_not_recommend]
impl Stored for Bulk<str> {
    fn describe(schema: &mut Schema) {
        schema.primitive("Bulk<str>");
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.serialize_str(self) } else { store_block(self.block(), to) }
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            return String::restore(from).map(Self::from);
        }
        let text =
            |bytes: Vec<u8>| Self::from_utf8(bytes).ok_or_else(|| "the text of a `Bulk<str>` is not UTF-8".into());
        let (start, length) = match Placed::<InlineItems<u8>>::deserialize(from)? {
            Placed::Inline(InlineItems(bytes)) => return text(bytes).map_err(D::Error::custom),
            Placed::Beside(start, length) => (start, length),
        };
        let (arrays, place) = found(start, length).map_err(D::Error::custom)?;
        if let Some(text) = Self::text_in_version(&arrays, place.clone()) {
            return Ok(text);
        }
        copied(&arrays, place, |bytes| text(bytes.to_vec())).map_err(D::Error::custom)
    }
}

/// Writes an array beside the value, or in the value if the value has nothing beside it. An empty array is written in
/// the value.
fn store_block<S: Serializer>(block: Block, to: S) -> Result<S::Ok, S::Error> {
    let block = match block.length() {
        0 => Err(block),
        _ => beside::gather(block),
    };
    match block {
        Ok(Range { start, end }) => Placed::<()>::Beside(start as u64, (end - start) as u64).serialize(to),
        Err(block) => {
            block.check().map_err(|error| S::Error::custom(beside::damaged(error)))?;
            Placed::Inline(InlineBytes(block.bytes())).serialize(to)
        }
    }
}

/// Returns the arrays beside the value that this thread reads, and the place of one of them.
fn found(start: u64, length: u64) -> Result<(Arc<Arrays>, Range<usize>), String> {
    let arrays = beside::arrays().ok_or("the value has no arrays beside it")?;
    let outside = || format!("{length} bytes from {start} are not all in the arrays beside the value");
    let word = |number| usize::try_from(number).map_err(|_| outside());
    let place = word(start)?..word(start.saturating_add(length))?;
    match arrays.bytes(place.clone()) {
        Some(_) => Ok((arrays, place)),
        None => Err(outside()),
    }
}

/// Copies an array out of its version. The checksums of a version that is not mapped were compared when it was opened.
fn copied<B>(arrays: &Arrays, place: Range<usize>, copy: impl FnOnce(&[u8]) -> Result<B, String>) -> Result<B, String> {
    if arrays.is_mapped() {
        arrays.check(place.clone()).map_err(beside::damaged)?;
    }
    copy(arrays.bytes(place).unwrap_or_default())
}

/// Returns the bytes of elements as they are stored; `None` if these are the bytes in memory. `is_as_stored` says
/// whether elements lie in memory as they are stored.
pub(super) fn bytes_of<T: Stored + Pod>(items: &[T], is_as_stored: bool) -> Result<Option<Vec<u8>>, String> {
    match T::SLICE {
        Some(_) if is_as_stored => Ok(None),
        Some(slice) => Ok(Some((slice.bytes)(items).into_owned())),
        None if !of::<T>().is_whole => Err(format!(
            "the elements of a `Bulk` are stored as they lie in memory, and `{}` has a field that is skipped, opaque or \
             written by functions",
            short_name::<T>()
        )),
        None if is_as_stored => Ok(None),
        None => Err(other_host::<T>()),
    }
}

/// Makes elements of the bytes that are stored. `is_as_stored` says whether elements lie in memory as they are stored.
pub(super) fn items_of<T: Stored + Pod>(bytes: &[u8], is_as_stored: bool) -> Result<Vec<T>, String> {
    let no_items = || format!("{} bytes are no list of `{}`", bytes.len(), type_name::<T>());
    match T::SLICE {
        _ if is_as_stored => {
            let count = bytes.len() / size_of::<T>();
            let mut items = bytemuck::zeroed_vec::<T>(count);
            let room: &mut [u8] = bytemuck::cast_slice_mut(&mut items);
            if room.len() != bytes.len() {
                return Err(no_items());
            }
            room.copy_from_slice(bytes);
            Ok(items)
        }
        Some(slice) if bytes.len().is_multiple_of(slice.width) && (slice.is_valid)(bytes) => Ok((slice.all)(bytes)),
        Some(_) => Err(no_items()),
        None => Err(other_host::<T>()),
    }
}

#[cold]
fn other_host<T>() -> String {
    format!(
        "a host that is not little-endian with 64-bit pointers cannot convert a `Bulk<{}>`: keep each field of the \
         element in a `Bulk` of numbers, or the elements in a `Vec`",
        short_name::<T>()
    )
}

/// Bytes that are written in one piece.
struct InlineBytes<'a>(&'a [u8]);

impl Serialize for InlineBytes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(self.0)
    }
}

/// Elements whose bytes are read in one piece.
struct InlineItems<T>(Vec<T>);

impl<'de, T: Stored + Pod> Deserialize<'de> for InlineItems<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_bytes(ItemsVisitor(PhantomData)).map(Self)
    }
}

struct ItemsVisitor<T>(PhantomData<T>);

impl<T: Stored + Pod> Visitor<'_> for ItemsVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of an array")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<T>, E> {
        items_of(bytes, AS_STORED).map_err(E::custom)
    }
}

/// Writes the elements as a sequence, in every format.
impl<T: Serialize + Pod + Send + Sync> Serialize for Bulk<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self)
    }
}

impl<'de, T: Deserialize<'de> + Pod + Send + Sync> Deserialize<'de> for Bulk<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(Self::from_vec)
    }
}

impl Serialize for Bulk<str> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Bulk<str> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}
