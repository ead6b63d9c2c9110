//! `Stored` for the types of `url`.

use super::Stored;
use super::standard::text::TextVisitor;
use crate::schema::Schema;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserializer, Serializer};
use url::Url;

/// A URL is stored as its text.
impl Stored for Url {
    fn describe(schema: &mut Schema) {
        schema.primitive("Url");
    }

    /// Fails if the text would be read as another URL. The setters of `Url` can make such a URL.
    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match Url::parse(self.as_str()) {
            Ok(read) if read == *self => to.serialize_str(self.as_str()),
            _ => Err(S::Error::custom(format_args!("the URL `{self}` would be read as another one"))),
        }
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = from.deserialize_str(TextVisitor)?;
        Url::parse(&text).map_err(|error| D::Error::custom(format_args!("the text is no URL: {error}")))
    }
}
