//! Values that consist of others: structs, tuples, lists, maps, options and enums.

use super::super::description::{Field, FieldContent, Shape, TypeNumber};
use super::super::out::quoted;
use super::bytes::OpaqueSeed;
use super::{ValueSeed, Walk, read_fields};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::fmt;

/// Reads the parts of a tuple.
pub(super) struct PartsVisitor<'w, 'a, 'p>(pub(super) &'w mut Walk<'a>, pub(super) &'p [TypeNumber]);

impl<'de> Visitor<'de> for PartsVisitor<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tuple")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Self(walk, parts) = self;
        for part in parts {
            next(&mut access, ValueSeed(walk, *part))?;
        }
        Ok(())
    }
}

pub(super) fn next<'de, A: SeqAccess<'de>>(
    access: &mut A,
    seed: impl DeserializeSeed<'de, Value = ()>,
) -> Result<(), A::Error> {
    access.next_element_seed(seed)?.ok_or_else(|| A::Error::custom("a part is missing"))
}

/// Reads the fields of a struct or a variant.
pub(super) struct FieldsVisitor<'w, 'a, 'f>(pub(super) &'w mut Walk<'a>, pub(super) &'f [Field]);

impl<'de> Visitor<'de> for FieldsVisitor<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fields")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Self(walk, fields) = self;
        let are_named = fields.iter().any(|field| !field.name.starts_with(|c: char| c.is_ascii_digit()));
        for field in fields.iter().filter(|field| field.content != FieldContent::Skipped) {
            if are_named {
                let named = walk.out.name(&quoted(&field.name));
                walk.say::<_, A::Error>(named)?;
            }
            match field.content {
                FieldContent::Stored(part) => next(&mut access, ValueSeed(walk, part))?,
                FieldContent::Opaque | FieldContent::Skipped => next(&mut access, OpaqueSeed(walk))?,
            }
        }
        Ok(())
    }
}

/// Reads the elements of a list.
pub(super) struct ElementsVisitor<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TypeNumber);

impl<'de> Visitor<'de> for ElementsVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Self(walk, part) = self;
        let written = walk.out.open_list(walk.types.is_short(part));
        walk.say::<_, A::Error>(written)?;
        while access.next_element_seed(ValueSeed(walk, part))?.is_some() {}
        let closed = walk.out.close();
        walk.say(closed)
    }
}

/// Reads the entries of a map. The map is an object if each key is a text or a whole number, and a list of pairs
/// otherwise.
pub(super) struct EntriesVisitor<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TypeNumber, pub(super) TypeNumber);

impl<'de> Visitor<'de> for EntriesVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Self(walk, key, value) = self;
        let are_names = walk.types.is_name(key);
        let opened = if are_names { walk.out.open_object() } else { walk.out.open_list(false) };
        walk.say::<_, A::Error>(opened)?;
        loop {
            if are_names {
                let beside = walk.out.beside();
                let around = std::mem::replace(&mut walk.out, beside);
                let read = access.next_key_seed(ValueSeed(walk, key));
                let name = std::mem::replace(&mut walk.out, around).finish();
                if read?.is_none() {
                    break;
                }
                let named = if name.starts_with('"') { walk.out.name(&name) } else { walk.out.name(&quoted(&name)) };
                walk.say::<_, A::Error>(named)?;
                access.next_value_seed(ValueSeed(walk, value))?;
            } else {
                let Some(()) = access.next_key_seed(PairSeed(walk, key))? else { break };
                access.next_value_seed(ValueSeed(walk, value))?;
                let closed = walk.out.close();
                walk.say::<_, A::Error>(closed)?;
            }
        }
        let closed = walk.out.close();
        walk.say(closed)
    }
}

/// Opens a pair, and reads its key.
pub(super) struct PairSeed<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TypeNumber);

impl<'de> DeserializeSeed<'de> for PairSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        let opened = self.0.out.open_list(false);
        self.0.say::<_, D::Error>(opened)?;
        ValueSeed(self.0, self.1).deserialize(from)
    }
}

pub(super) struct OptionVisitor<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TypeNumber);

impl<'de> Visitor<'de> for OptionVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an option")
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        let written = self.0.out.raw("null");
        self.0.say(written)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        ValueSeed(self.0, self.1).deserialize(from)
    }
}

/// Reads a variant and its fields. A variant without fields is its name, and any other an object with one entry.
pub(super) struct EnumVisitor<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TypeNumber);

impl<'de> Visitor<'de> for EnumVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an enum")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<(), A::Error> {
        let Self(walk, number) = self;
        let (variant, access) = access.variant::<u32>()?;
        let single = |part| vec![Field { name: "0".to_owned(), content: FieldContent::Stored(part) }];
        let found = match walk.types.shape(number) {
            Shape::Enum(variants) => {
                variants.get(variant as usize).map(|variant| (variant.name.clone(), variant.fields.clone()))
            }
            Shape::Library(name, parts) => match (&**name, &parts[..], variant) {
                ("Result", [part, _], 0) => Some(("Ok".to_owned(), single(*part))),
                ("Result", [_, part], 1) => Some(("Err".to_owned(), single(*part))),
                ("Bound", [_], 0) => Some(("Unbounded".to_owned(), Vec::new())),
                ("Bound", [part], 1) => Some(("Included".to_owned(), single(*part))),
                ("Bound", [part], 2) => Some(("Excluded".to_owned(), single(*part))),
                _ => None,
            },
            _ => None,
        };
        let Some((name, fields)) = found else {
            return walk.wrong(format!("there is no variant {variant} of an enum"));
        };
        if fields.is_empty() {
            access.unit_variant()?;
            let written = walk.out.text(&name);
            return walk.say(written);
        }
        let opened = walk.out.open_object().and_then(|()| walk.out.name(&quoted(&name)));
        walk.say::<_, A::Error>(opened)?;
        if fields.iter().all(|field| field.content == FieldContent::Skipped) {
            access.unit_variant()?;
            let written = walk.types.begin_fields(&fields, &mut walk.out).and_then(|_| walk.out.close());
            walk.say::<_, A::Error>(written)?;
        } else {
            read_fields(walk, &fields, |walk, count| access.tuple_variant(count, FieldsVisitor(walk, &fields)))?;
        }
        let closed = walk.out.close();
        walk.say(closed)
    }
}
