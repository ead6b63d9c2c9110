//! `Stored` for the types of `indexmap`.

use super::Stored;
use crate::schema::Schema;
use indexmap::{IndexMap, IndexSet};
use std::hash::{BuildHasher, Hash};

impl<T: Stored + Eq + Hash, S: BuildHasher + Default + Send + Sync + 'static> Stored for IndexSet<T, S> {
    fn describe(schema: &mut Schema) {
        schema.generic("IndexSet", |shape| shape.arg::<T>());
    }
}

impl<K: Stored + Eq + Hash, V: Stored, S: BuildHasher + Default + Send + Sync + 'static> Stored for IndexMap<K, V, S> {
    fn describe(schema: &mut Schema) {
        schema.generic("IndexMap", |shape| {
            shape.arg::<K>();
            shape.arg::<V>();
        });
    }
}
