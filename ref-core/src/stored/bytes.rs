//! `Stored` for the types of `bytes`.

use super::Stored;
use crate::schema::Schema;
use bytes::{Bytes, BytesMut};

impl Stored for Bytes {
    fn describe(schema: &mut Schema) {
        schema.primitive("Bytes");
    }
}

impl Stored for BytesMut {
    fn describe(schema: &mut Schema) {
        schema.same_as::<Bytes>();
    }
}
