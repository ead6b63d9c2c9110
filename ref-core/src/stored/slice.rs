//! Lists and arrays. A slice or an array whose elements have a [`Stored::SLICE`] is written and read in one piece,
//! unless the format is human-readable. The elements of other lists are written and read one by one.

use super::Stored;
use super::built::{ElementRef, NextElement};
use crate::bulk::Slice;
use crate::codec::guard;
use serde::de::{self, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeSeq as _, SerializeTuple as _, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Writes a list, in one piece or one by one.
#[inline]
pub(crate) fn store_slice<T: Stored, S: Serializer>(items: &[T], to: S) -> Result<S::Ok, S::Error> {
    match T::SLICE {
        Some(slice) if !to.is_human_readable() => to.serialize_bytes(&(slice.bytes)(items)),
        _ => store_elements(items.len(), items.iter(), to),
    }
}

/// Writes the elements of a list of `len` elements one by one.
pub(super) fn store_elements<'v, T: Stored, S: Serializer>(
    len: usize,
    items: impl Iterator<Item = &'v T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let _level = guard::descend_to_write::<S::Error>()?;
    guard::count(len).map_err(S::Error::custom)?;
    let mut seq = to.serialize_seq(Some(len))?;
    for item in items {
        seq.serialize_element(&ElementRef(item))?;
    }
    seq.end()
}

/// Reads a list that [`store_slice`] wrote.
#[inline]
pub(super) fn restore_vec<'de, T: Stored, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    match T::SLICE {
        Some(_) if !from.is_human_readable() => from.deserialize_bytes(BytesVisitor(PhantomData)),
        _ => restore_elements(from),
    }
}

/// Reads the elements of a list one by one.
#[inline]
pub(super) fn restore_elements<'de, T: Stored, C: Collection<T>, D: Deserializer<'de>>(from: D) -> Result<C, D::Error> {
    from.deserialize_seq(ElementsVisitor(PhantomData))
}

/// A collection of elements that are read one by one.
pub(super) trait Collection<T>: Sized {
    /// Returns an empty collection, with room for `cautious` elements if the collection can reserve room.
    fn with_room(cautious: usize) -> Self;

    fn add(&mut self, element: T);

    /// Returns how many elements the collection has. A set may have fewer than were added.
    fn count(&self) -> usize;
}

impl<T> Collection<T> for Vec<T> {
    #[inline]
    fn with_room(cautious: usize) -> Self {
        Self::with_capacity(cautious)
    }

    #[inline]
    fn add(&mut self, element: T) {
        self.push(element);
    }

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }
}

/// Writes an array, in one piece or as a tuple. An array without elements is always a tuple.
#[inline]
pub(super) fn store_array<T: Stored, S: Serializer, const N: usize>(items: &[T; N], to: S) -> Result<S::Ok, S::Error> {
    match T::SLICE {
        Some(slice) if N > 0 && !to.is_human_readable() => to.serialize_bytes(&(slice.bytes)(items)),
        _ => {
            let mut tuple = to.serialize_tuple(N)?;
            for item in items {
                tuple.serialize_element(&ElementRef(item))?;
            }
            tuple.end()
        }
    }
}

/// Reads an array that [`store_array`] wrote.
#[inline]
pub(super) fn restore_array<'de, T: Stored, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[T; N], D::Error> {
    match T::SLICE {
        Some(_) if N > 0 && !from.is_human_readable() => from.deserialize_bytes(ArrayBytesVisitor(PhantomData)),
        _ => from.deserialize_tuple(N, ArrayVisitor(PhantomData)),
    }
}

/// Returns the `SLICE` of an array of `N` elements: `None` if `N` is 0, or if the elements have none.
pub(super) const fn of_arrays<T: Stored, const N: usize>() -> Option<Slice<[T; N]>> {
    match T::SLICE {
        // The width of a `Slice` is at least 1.
        Some(slice) if N > 0 => Some(Slice {
            width: slice.width * N,
            bytes: |items| T::SLICE.map_or(Cow::Borrowed(&[]), |slice| (slice.bytes)(items.as_flattened())),
            is_valid: |bytes| T::SLICE.is_some_and(|slice| (slice.is_valid)(bytes)),
            all: |bytes| bytes.chunks_exact(const { some(T::SLICE).width * N }).map(array).collect(),
            one: array,
        }),
        _ => None,
    }
}

/// Returns the `Slice` in `slice`, or a stand-in for `None`, which is never used. This function is called in a
/// constant, where a panic would be an error of the compiler.
pub(super) const fn some<T>(slice: Option<Slice<T>>) -> Slice<T> {
    match slice {
        Some(slice) => slice,
        None => Slice {
            width: 1,
            bytes: |_| Cow::Borrowed(&[]),
            is_valid: |_| false,
            all: |_| Vec::new(),
            one: |_| unreachable!(),
        },
    }
}

/// Reads an array from bytes that are valid. The width is a constant, and each element is split off what is left. So a
/// list of arrays is read by a loop without a branch, in a fifth of the time that an index for each element takes.
#[inline]
fn array<T: Stored, const N: usize>(bytes: &[u8]) -> [T; N] {
    let (slice, mut left) = (const { some(T::SLICE) }, bytes);
    std::array::from_fn(|_| {
        let (element, rest) = left.split_at_checked(const { some(T::SLICE).width }).unwrap_or_default();
        left = rest;
        (slice.one)(element)
    })
}

/// Checks that `bytes` are `count` valid elements, or any number of valid elements if `count` is `None`. Returns the
/// elements' `SLICE`.
#[inline]
fn checked<T: Stored, E: de::Error>(bytes: &[u8], count: Option<usize>) -> Result<Slice<T>, E> {
    let slice = T::SLICE.ok_or_else(|| E::custom("these elements do not go in one piece"))?;
    let fits = match count {
        Some(count) => Some(bytes.len()) == slice.width.checked_mul(count),
        None => bytes.len().is_multiple_of(slice.width),
    };
    match fits && (slice.is_valid)(bytes) {
        true => Ok(slice),
        false => Err(E::custom(format_args!("{} bytes are no list of `{}`", bytes.len(), std::any::type_name::<T>()))),
    }
}

struct BytesVisitor<T>(PhantomData<T>);

impl<T: Stored> Visitor<'_> for BytesVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of a list")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<T>, E> {
        checked(bytes, None).map(|slice| (slice.all)(bytes))
    }
}

struct ArrayBytesVisitor<T, const N: usize>(PhantomData<T>);

impl<T: Stored, const N: usize> Visitor<'_> for ArrayBytesVisitor<T, N> {
    type Value = [T; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bytes of {N} elements")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<[T; N], E> {
        checked::<T, E>(bytes, Some(N)).map(|_| array(bytes))
    }
}

/// The most bytes of memory that are reserved for elements before any element is read.
const CAUTIOUS: usize = 1 << 20;

fn cautious<T>(announced: usize) -> usize {
    announced.min(CAUTIOUS / size_of::<T>().max(1))
}

struct ElementsVisitor<T, C>(PhantomData<(T, C)>);

impl<'de, T: Stored, C: Collection<T>> Visitor<'de> for ElementsVisitor<T, C> {
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<C, A::Error> {
        let _level = guard::descend_to_read::<A::Error>()?;
        let (mut all, mut read) = (C::with_room(cautious::<T>(access.size_hint().unwrap_or(0))), 0);
        while let Some(element) = access.next_element_seed(NextElement(PhantomData))? {
            guard::count(1).map_err(A::Error::custom)?;
            all.add(element);
            read += 1;
        }
        guard::none_replaced(read, all.count()).map_err(A::Error::custom)?;
        Ok(all)
    }
}

struct ArrayVisitor<T, const N: usize>(PhantomData<T>);

impl<'de, T: Stored, const N: usize> Visitor<'de> for ArrayVisitor<T, N> {
    type Value = [T; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{N} elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<[T; N], A::Error> {
        let mut all = Vec::with_capacity(cautious::<T>(N));
        while all.len() < N {
            match access.next_element_seed(NextElement(PhantomData))? {
                Some(element) => all.push(element),
                None => return Err(A::Error::invalid_length(all.len(), &self)),
            }
        }
        all.try_into().map_err(|all: Vec<T>| A::Error::invalid_length(all.len(), &"an array"))
    }
}
