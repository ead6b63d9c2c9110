//! `Stored` for the collections of the standard library.

use crate::bulk::Slice;
use crate::codec::guard;
use crate::schema::Schema;
use crate::stored::Stored;
use crate::stored::built::{EntryRef, Restored};
use crate::stored::slice::{self, Collection};
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Error as _, SerializeMap as _, Serializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

#[diagnostic::do_not_recommend]
impl<T: Stored> Stored for Vec<T> {
    fn describe(schema: &mut Schema) {
        schema.generic("Vec", |shape| shape.elements::<T>());
    }

    #[inline]
    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        slice::store_slice(self, to)
    }

    #[inline]
    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        slice::restore_vec(from)
    }
}

/// Implements `Stored` for types that are stored as a `Vec` of their elements is.
macro_rules! as_vec {
    ($($type:ty where $arg:ident: $bound:path;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$arg: Stored + $bound> Stored for $type {
            fn describe(schema: &mut Schema) {
                schema.same_as::<Vec<$arg>>();
            }

            #[inline]
            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                slice::store_slice(self, to)
            }

            #[inline]
            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                slice::restore_vec::<$arg, D>(from).map(Self::from)
            }
        }
    )+};
}

as_vec! {
    Box<[T]> where T: Sized;
    crate::sync::Arc<[T]> where T: Sized;
    Cow<'static, [T]> where T: Clone;
}

#[diagnostic::do_not_recommend]
impl<T: Stored, const N: usize> Stored for [T; N] {
    fn describe(schema: &mut Schema) {
        schema.generic("array", |shape| {
            shape.elements::<T>();
            shape.constant(N);
        });
    }

    #[inline]
    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        slice::store_array(self, to)
    }

    #[inline]
    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        slice::restore_array(from)
    }

    const SLICE: Option<Slice<Self>> = slice::of_arrays();
}

/// Implements `Stored` for collections whose elements are written and read one by one.
macro_rules! list {
    ($($name:ident<T $(: $first:path $(, $bound:path)*)? $(; $state:ident)?>: $add:ident, $empty:expr;)+) => {$(
        impl<T: Stored $(+ $first $(+ $bound)*)? $(, $state: BuildHasher + Default + 'static)?> Collection<T> for $name<T $(, $state)?> {
            #[inline]
            fn with_room(cautious: usize) -> Self {
                let empty: fn(usize) -> Self = $empty;
                empty(cautious)
            }

            #[inline]
            fn add(&mut self, element: T) {
                let _is_new = self.$add(element);
            }

            #[inline]
            fn count(&self) -> usize {
                self.len()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Stored $(+ $first $(+ $bound)*)? $(, $state: BuildHasher + Default + 'static)?> Stored for $name<T $(, $state)?> {
            fn describe(schema: &mut Schema) {
                schema.generic(stringify!($name), |shape| shape.arg::<T>());
            }

            #[inline]
            fn store<Z: Serializer>(&self, to: Z) -> Result<Z::Ok, Z::Error> {
                slice::store_elements(self.len(), self.iter(), to)
            }

            #[inline]
            fn restore<'de, Z: Deserializer<'de>>(from: Z) -> Result<Self, Z::Error> {
                slice::restore_elements(from)
            }
        }
    )+};
}
list! {
    VecDeque<T>: push_back, Self::with_capacity;
    LinkedList<T>: push_back, |_| Self::new();
    BinaryHeap<T: Ord>: push, Self::with_capacity;
    BTreeSet<T: Ord>: insert, |_| Self::new();
    HashSet<T: Eq, Hash; S>: insert, |room| Self::with_capacity_and_hasher(room, S::default());
}

/// Implements `Stored` for maps.
macro_rules! map {
    ($($name:ident<K: $first:path $(, $bound:path)* $(; $state:ident)?>: $empty:expr;)+) => {$(
        impl<K: Stored + $first $(+ $bound)*, V: Stored $(, $state: BuildHasher + Default + 'static)?> Entries<K, V> for $name<K, V $(, $state)?> {
            fn empty() -> Self {
                $empty
            }

            fn add(&mut self, key: K, value: V) {
                let _before = self.insert(key, value);
            }

            fn count(&self) -> usize {
                self.len()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<K: Stored + $first $(+ $bound)*, V: Stored $(, $state: BuildHasher + Default + 'static)?> Stored for $name<K, V $(, $state)?> {
            fn describe(schema: &mut Schema) {
                schema.generic(stringify!($name), |shape| {
                    shape.arg::<K>();
                    shape.arg::<V>();
                });
            }

            #[inline]
            fn store<Z: Serializer>(&self, to: Z) -> Result<Z::Ok, Z::Error> {
                store_map(self.len(), self.iter(), to)
            }

            #[inline]
            fn restore<'de, Z: Deserializer<'de>>(from: Z) -> Result<Self, Z::Error> {
                from.deserialize_map(MapVisitor(PhantomData))
            }
        }
    )+};
}
map! {
    BTreeMap<K: Ord>: Self::new();
    HashMap<K: Eq, Hash; S>: Self::default();
}

#[allow(unused_imports, reason = "`indexmap` uses them, which a build may not have")]
pub(in crate::stored) use {list, map};

/// A map whose entries are read one by one.
pub(in crate::stored) trait Entries<K, V> {
    fn empty() -> Self;

    fn add(&mut self, key: K, value: V);

    /// Returns how many entries the map has. The map may have fewer than were added.
    fn count(&self) -> usize;
}

/// Writes a map of `len` entries.
pub(in crate::stored) fn store_map<'v, K: Stored, V: Stored, S: Serializer>(
    len: usize,
    entries: impl Iterator<Item = (&'v K, &'v V)>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let _level = guard::descend_to_write::<S::Error>()?;
    guard::count(len).map_err(S::Error::custom)?;
    let mut map = to.serialize_map(Some(len))?;
    for (key, value) in entries {
        map.serialize_entry(&EntryRef(key), &EntryRef(value))?;
    }
    map.end()
}

pub(in crate::stored) struct MapVisitor<M, K, V>(pub(in crate::stored) PhantomData<(M, K, V)>);

impl<'de, K: Stored, V: Stored, M: Entries<K, V>> Visitor<'de> for MapVisitor<M, K, V> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<M, A::Error> {
        let _level = guard::descend_to_read::<A::Error>()?;
        let (mut all, mut read) = (M::empty(), 0);
        while let Some((Restored(key), Restored(value))) = access.next_entry()? {
            guard::count(1).map_err(A::Error::custom)?;
            all.add(key, value);
            read += 1;
        }
        guard::none_replaced(read, all.count()).map_err(A::Error::custom)?;
        Ok(all)
    }
}
