//! `Stored` for the types of `uuid`.

use super::Stored;
use crate::schema::Schema;
use uuid::{NonNilUuid, Uuid};

impl Stored for Uuid {
    fn describe(schema: &mut Schema) {
        schema.primitive("Uuid");
    }
}

impl Stored for NonNilUuid {
    fn describe(schema: &mut Schema) {
        schema.primitive("NonNilUuid");
    }
}
