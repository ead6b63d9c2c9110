//! `Stored` for the types of `serde_json`. They are stored as JSON text.

use super::Stored;
use super::standard::text::TextVisitor;
use crate::codec::guard::{self, Violation};
use crate::schema::Schema;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserializer, Serializer};
use serde_json::{Map, Number, Value};

/// Implements `Stored` for types that are stored as text. `$levels` goes down into a `$value`, to its deepest level.
macro_rules! text {
    ($($type:ty, $name:literal: $value:ident => $levels:expr;)+) => {$(
        impl Stored for $type {
            fn describe(schema: &mut Schema) {
                schema.primitive($name);
            }

            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let $value = self;
                $levels.map_err(S::Error::custom)?;
                to.serialize_str(&serde_json::to_string(self).map_err(S::Error::custom)?)
            }

            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = from.deserialize_str(TextVisitor)?;
                let read: Self = serde_json::from_str(&text).map_err(D::Error::custom)?;
                let $value = &read;
                $levels.map_err(D::Error::custom)?;
                Ok(read)
            }
        }
    )+};
}

text! {
    Value, "Json": value => guard::descend().and_then(|_text| levels(value));
    Map<String, Value>, "JsonObject": object => guard::descend().and_then(|_text| levels_of(object.values()));
    Number, "JsonNumber": _number => Ok::<(), Violation>(());
}

/// Returns an error if a value has too many levels. Goes down to its deepest level: an array or an object is a level.
/// The caller has gone down a level for the text around the value: `serde_json` reads 127 levels, one less than a
/// stored value may have.
fn levels(value: &Value) -> Result<(), Violation> {
    match value {
        Value::Array(values) => levels_of(values),
        Value::Object(object) => levels_of(object.values()),
        _ => Ok(()),
    }
}

fn levels_of<'v>(values: impl IntoIterator<Item = &'v Value>) -> Result<(), Violation> {
    let _level = guard::descend()?;
    values.into_iter().try_for_each(levels)
}
