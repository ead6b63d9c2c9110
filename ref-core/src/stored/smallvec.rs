//! `Stored` for the types of `smallvec`.

use super::Stored;
use crate::schema::Schema;
use smallvec::{Array, SmallVec};

/// Stored as a `Vec` is: the place of the elements in memory is no part of the value.
impl<A: Array<Item: Stored> + Send + Sync + 'static> Stored for SmallVec<A> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<Vec<A::Item>>();
    }
}
