//! `Stored` for the types of `smallvec`.

use super::Stored;
use super::slice;
use crate::schema::Schema;
use serde::{Deserializer, Serializer};
use smallvec::{Array, SmallVec};

/// A `SmallVec` is stored as a `Vec` is: the place of the elements in memory is no part of the value.
#[diagnostic::do_not_recommend]
impl<A: Array<Item: Stored> + 'static> Stored for SmallVec<A> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<Vec<A::Item>>();
    }

    #[inline]
    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        slice::store_slice(self, to)
    }

    #[inline]
    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        slice::restore_vec(from).map(Self::from_vec)
    }
}
