//! `Stored` for keys and tickets: each is stored as its line of text.

use crate::handle::access::Access;
use crate::handle::key::Key;
use crate::handle::ticket::Ticket;
use crate::schema::Schema;
use crate::stored::Stored;
use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;

#[diagnostic::do_not_recommend]
impl<T: Stored> Stored for Key<T> {
    fn describe(schema: &mut Schema) {
        schema.generic("Key", |shape| shape.arg::<T>());
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.to_text().store(to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::restore(from)?.parse().map_err(D::Error::custom)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Stored, A: Access> Stored for Ticket<T, A> {
    fn describe(schema: &mut Schema) {
        schema.generic("Ticket", |shape| {
            shape.arg::<T>();
            shape.constant(A::KIND);
        });
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.to_text().store(to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::restore(from)?.parse().map_err(D::Error::custom)
    }
}
