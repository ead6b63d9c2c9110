//! `Stored` for the types of `smallvec`.

use super::Stored;
use crate::schema::Schema;
use smallvec::{Array, SmallVec};

/// As a `Vec`: where its elements are in this process is nobody else's business.
impl<A: Array<Item: Stored> + Send + Sync + 'static> Stored for SmallVec<A> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<Vec<A::Item>>();
    }
}
