//! Values that serde's traits have written, as JSON: `MessagePack` with names.

use super::out::{JsonText, quoted};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Writes the value in these bytes.
pub(super) fn write(bytes: &[u8], out: &mut JsonText) -> Result<(), String> {
    let mut from = rmp_serde::Deserializer::from_read_ref(bytes);
    from.set_max_depth(256);
    let unreadable = |error: rmp_serde::decode::Error| format!("a value of serde's traits cannot be read: {error}");
    AnySeed(out).deserialize(&mut from).map_err(unreadable)?;
    match IgnoredAny::deserialize(&mut from) {
        Err(rmp_serde::decode::Error::InvalidMarkerRead(_)) => Ok(()),
        _ => Err("bytes are left over behind a value of serde's traits".to_owned()),
    }
}

/// Writes a value whose bytes are JSON text.
pub(super) fn json(text: &str, out: &mut JsonText) -> Result<(), String> {
    let mut from = serde_json::Deserializer::from_str(text);
    let read = AnySeed(out).deserialize(&mut from).and_then(|()| from.end());
    read.map_err(|error| format!("a value of `serde_json` cannot be read: {error}"))
}

/// Reads any value.
struct AnySeed<'w>(&'w mut JsonText);

impl<'de> DeserializeSeed<'de> for AnySeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(AnyVisitor(self.0))
    }
}

struct AnyVisitor<'w>(&'w mut JsonText);

macro_rules! visit {
    ($($method:ident($out:ident, $value:ident: $type:ty) => $write:expr;)+) => {$(
        fn $method<E: de::Error>(self, $value: $type) -> Result<(), E> {
            let $out = self.0;
            $write.map_err(E::custom)
        }
    )+};
}

impl<'de> Visitor<'de> for AnyVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    visit! {
        visit_bool(out, value: bool) => out.raw(if value { "true" } else { "false" });
        visit_i64(out, value: i64) => out.number(value);
        visit_u64(out, value: u64) => out.number(value);
        visit_f32(out, value: f32) => out.float(value.into(), serde_json::to_string(&value).unwrap_or_default());
        visit_f64(out, value: f64) => out.float(value, serde_json::to_string(&value).unwrap_or_default());
        visit_str(out, value: &str) => out.text(value);
        visit_bytes(out, value: &[u8]) => out.open_list(true)
            .and_then(|()| value.iter().try_for_each(|byte| out.number(byte)))
            .and_then(|()| out.close());
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.0.raw("null").map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        self.0.open_list(false).map_err(A::Error::custom)?;
        while access.next_element_seed(AnySeed(self.0))?.is_some() {}
        self.0.close().map_err(A::Error::custom)
    }

    /// A key that is no text is written as the text of its JSON.
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        self.0.open_object().map_err(A::Error::custom)?;
        loop {
            let mut key = self.0.beside();
            if access.next_key_seed(AnySeed(&mut key))?.is_none() {
                break;
            }
            let key = key.finish();
            let name = if key.starts_with('"') { key } else { quoted(&key) };
            self.0.name(&name).map_err(A::Error::custom)?;
            access.next_value_seed(AnySeed(self.0))?;
        }
        self.0.close().map_err(A::Error::custom)
    }
}
