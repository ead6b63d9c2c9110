//! `Stored` for the types of `smallvec`.

use super::Stored;
use crate::schema::Schema;
use smallvec::{Array, SmallVec};

/// In the form of a `Vec`: where a process keeps the elements is no part of the value.
impl<A: Array<Item: Stored> + Send + Sync + 'static> Stored for SmallVec<A> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<Vec<A::Item>>();
    }
}
