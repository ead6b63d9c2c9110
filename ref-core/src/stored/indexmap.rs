//! `Stored` for the types of `indexmap`.

use super::Stored;
use super::slice::{self, Collection};
use super::standard::collections::{Entries, MapVisitor, list, map, store_map};
use crate::schema::Schema;
use indexmap::{IndexMap, IndexSet};
use serde::{Deserializer, Serializer};
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

list! { IndexSet<T: Eq, Hash; S>: insert, |room| Self::with_capacity_and_hasher(room, S::default()); }

map! { IndexMap<K: Eq, Hash; S>: Self::default(); }
