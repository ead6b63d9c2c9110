//! Texts, and what is written in one piece of bytes: opaque values, lists of numbers, and arrays.

use super::super::description::TypeNumber;
use super::super::{opaque, pieces};
use super::Walk;
use super::parts::{ElementsVisitor, next};
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, Error as _, SeqAccess, VariantAccess, Visitor};
use std::fmt;

/// Writes bytes that are meant as text, as text if they are UTF-8, and as numbers otherwise.
pub(super) fn text_or_bytes(walk: &mut Walk<'_>, bytes: &[u8]) -> Result<(), String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => walk.out.text(text),
        Err(_) => numbers(walk, bytes),
    }
}

pub(super) fn numbers(walk: &mut Walk<'_>, bytes: &[u8]) -> Result<(), String> {
    walk.out.open_list(true)?;
    bytes.iter().try_for_each(|byte| walk.out.number(byte))?;
    walk.out.close()
}

/// What the text of a value is.
pub(super) enum TextOf {
    Itself,
    /// A ticket, whose end is a secret.
    Ticket,
    /// A value of `serde_json`.
    Json,
}

pub(super) struct TextVisitor<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TextOf);

impl Visitor<'_> for TextVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        let Self(walk, of) = self;
        let written = match of {
            TextOf::Itself => walk.out.text(text),
            TextOf::Ticket => {
                let shown: Vec<_> = text.splitn(3, '-').take(2).collect();
                walk.out.text(&format!("{}-…", shown.join("-")))
            }
            TextOf::Json => opaque::json(text, &mut walk.out),
        };
        walk.say(written)
    }
}

/// What the bytes of a value are.
pub(super) enum BytesOf {
    /// A value that serde's traits have written.
    Opaque,
    Text,
    Numbers,
    Uuid,
    Decimal,
    /// The elements of a list.
    List(TypeNumber),
    /// The elements of an array: how many bytes each has, and how many there are.
    Array(TypeNumber, usize, usize),
    /// The elements of a [`Bulk`](ref_core::Bulk).
    Bulk(TypeNumber),
}

pub(super) struct BytesVisitor<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) BytesOf);

impl Visitor<'_> for BytesVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<(), E> {
        let Self(walk, of) = self;
        let types = walk.types;
        let written = match of {
            BytesOf::Opaque => opaque::write(bytes, &mut walk.out),
            BytesOf::Text => text_or_bytes(walk, bytes),
            BytesOf::Numbers => numbers(walk, bytes),
            BytesOf::Uuid => match <&[u8; 16]>::try_from(bytes) {
                Ok(bytes) => {
                    let hex = format!("{:032x}", u128::from_be_bytes(*bytes));
                    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
                    walk.out.text(&parts.join("-"))
                }
                Err(_) => Err(format!("{} bytes are no `Uuid`", bytes.len())),
            },
            BytesOf::Decimal => pieces::write_fraction("Decimal", bytes, &mut walk.out),
            BytesOf::List(part) => pieces::write_list(types, part, bytes, &mut walk.out),
            BytesOf::Array(part, width, length) => match width.checked_mul(length) == Some(bytes.len()) {
                true => pieces::write_list(types, part, bytes, &mut walk.out),
                false => Err(format!("{} bytes are no array of {length} elements", bytes.len())),
            },
            BytesOf::Bulk(part) => bulk(walk, part, bytes),
        };
        walk.say(written)
    }
}

pub(super) fn bulk(walk: &mut Walk<'_>, part: TypeNumber, bytes: &[u8]) -> Result<(), String> {
    match walk.types.name(part) {
        "str" => text_or_bytes(walk, bytes),
        _ => pieces::write_array(walk.types, part, bytes, &mut walk.out),
    }
}

/// Reads a `Bulk`: its bytes, or where they are in the arrays beside the value.
pub(super) struct BulkVisitor<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TypeNumber);

impl<'de> Visitor<'de> for BulkVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<(), A::Error> {
        let Self(walk, part) = self;
        let (variant, access) = access.variant::<u32>()?;
        match variant {
            0 => access.newtype_variant_seed(BulkBytes(walk, part)),
            1 => {
                let (start, length) = access.newtype_variant::<(u64, u64)>()?;
                let written = walk.array(start, length).and_then(|bytes| bulk(walk, part, bytes));
                walk.say(written)
            }
            _ => walk.wrong("an array is neither in the value nor beside it"),
        }
    }
}

pub(super) struct BulkBytes<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TypeNumber);

impl<'de> DeserializeSeed<'de> for BulkBytes<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_bytes(BytesVisitor(self.0, BytesOf::Bulk(self.1)))
    }
}

/// Reads a field that serde's traits, or functions of the user, have written.
pub(super) struct OpaqueSeed<'w, 'a>(pub(super) &'w mut Walk<'a>);

impl<'de> DeserializeSeed<'de> for OpaqueSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_bytes(BytesVisitor(self.0, BytesOf::Opaque))
    }
}

/// Reads the extents of an array and its elements.
pub(super) struct ExtentsVisitor<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TypeNumber, pub(super) bool);

impl<'de> Visitor<'de> for ExtentsVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Self(walk, part, has_shape) = self;
        let opened = walk.out.open_list(false);
        walk.say::<_, A::Error>(opened)?;
        match has_shape {
            true => next(&mut access, ExtentSeed(walk))?,
            false => {
                for _ in 0..2 {
                    let extent = access.next_element::<u64>()?.ok_or_else(|| A::Error::custom("a part is missing"))?;
                    let written = walk.out.number(extent);
                    walk.say::<_, A::Error>(written)?;
                }
            }
        }
        next(&mut access, ListSeed(walk, part))?;
        let closed = walk.out.close();
        walk.say(closed)
    }
}

/// Reads a list of `usize`, which is in one piece.
pub(super) struct ExtentSeed<'w, 'a>(pub(super) &'w mut Walk<'a>);

impl<'de> DeserializeSeed<'de> for ExtentSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_bytes(ExtentVisitor(self.0))
    }
}

pub(super) struct ExtentVisitor<'w, 'a>(pub(super) &'w mut Walk<'a>);

impl Visitor<'_> for ExtentVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the extents of an array")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<(), E> {
        let walk = self.0;
        let (extents, rest) = bytes.as_chunks();
        let written = walk.out.open_list(true).and_then(|()| {
            extents.iter().try_for_each(|extent| walk.out.number(u64::from_le_bytes(*extent)))?;
            walk.out.close()
        });
        let written = if rest.is_empty() { written } else { Err("an array has no extents".to_owned()) };
        walk.say(written)
    }
}

/// Reads a list of elements, as a `Vec` is written.
pub(super) struct ListSeed<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TypeNumber);

impl<'de> DeserializeSeed<'de> for ListSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        match pieces::in_lists(self.0.types, self.1) {
            Some(_) => from.deserialize_bytes(BytesVisitor(self.0, BytesOf::List(self.1))),
            None => from.deserialize_seq(ElementsVisitor(self.0, self.1)),
        }
    }
}
