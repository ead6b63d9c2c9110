//! A walk through an encoded value by the description of its type: the codec's own deserializer reads, and JSON comes
//! out.

mod bytes;
mod parts;

use super::description::{Field, FieldContent, Shape, TypeNumber};
use super::out::JsonText;
use super::types::Types;
use super::{pieces, times};
use bytes::{BulkVisitor, BytesOf, BytesVisitor, ExtentsVisitor, TextOf, TextVisitor, text_or_bytes};
use parts::{ElementsVisitor, EntriesVisitor, EnumVisitor, FieldsVisitor, OptionVisitor, PartsVisitor};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer};

/// How deep a value may be nested, by the types on the way. A value that this crate writes has 128 levels of lists, maps,
/// options and enums at most.
const DEPTH: usize = 2048;

/// One walk through a value.
pub(super) struct Walk<'a> {
    pub(super) types: Types<'a>,
    /// The arrays beside the value.
    pub(super) arrays: &'a [u8],
    pub(super) out: JsonText,
    /// What this walk did not understand. Not every codec passes on a text.
    pub(super) problem: Option<String>,
    depth: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(types: Types<'a>, arrays: &'a [u8], most: usize) -> Self {
        Self { types, arrays, out: JsonText::new(most), problem: None, depth: 0 }
    }

    /// Keeps the problem, and turns it into an error of the codec.
    fn say<T, E: de::Error>(&mut self, done: Result<T, String>) -> Result<T, E> {
        done.map_err(|problem| E::custom(self.problem.get_or_insert(problem)))
    }

    fn wrong<T, E: de::Error>(&mut self, problem: impl Into<String>) -> Result<T, E> {
        self.say(Err(problem.into()))
    }

    fn array(&self, start: u64, length: u64) -> Result<&'a [u8], String> {
        let range = || Some(usize::try_from(start).ok()?..usize::try_from(start.checked_add(length)?).ok()?);
        let found = range().and_then(|range| self.arrays.get(range));
        found.ok_or_else(|| format!("{length} bytes from {start} are not all in the arrays beside the value"))
    }
}

/// Reads one value of a type.
pub(super) struct ValueSeed<'w, 'a>(pub(super) &'w mut Walk<'a>, pub(super) TypeNumber);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        let Self(walk, number) = self;
        if walk.depth > DEPTH {
            return walk.wrong("the value is nested too deep");
        }
        walk.depth += 1;
        read(walk, number, from)?;
        walk.depth -= 1;
        Ok(())
    }
}

fn read<'de, D: Deserializer<'de>>(walk: &mut Walk<'_>, number: TypeNumber, from: D) -> Result<(), D::Error> {
    match walk.types.shape(number) {
        Shape::Library(name, arguments) => read_library(walk, name, arguments, number, from),
        Shape::Tuple(parts) => {
            let written = walk.out.open_list(false);
            walk.say::<_, D::Error>(written)?;
            from.deserialize_tuple(parts.len(), PartsVisitor(&mut *walk, parts))?;
            let closed = walk.out.close();
            walk.say(closed)
        }
        Shape::Struct(fields) => {
            read_fields(walk, fields, |walk, count| from.deserialize_tuple(count, FieldsVisitor(walk, fields)))
        }
        Shape::Enum(_) => from.deserialize_enum("", &[], EnumVisitor(walk, number)),
        Shape::Opaque => from.deserialize_bytes(BytesVisitor(walk, BytesOf::Opaque)),
        Shape::Defined(_) | Shape::Around(_) => walk.wrong("the description refers to a type that it does not have"),
    }
}

/// Reads fields by `read`, which is given how many there are. Fields that are not stored are left out.
fn read_fields<E: de::Error>(
    walk: &mut Walk<'_>,
    fields: &[Field],
    read: impl FnOnce(&mut Walk<'_>, usize) -> Result<(), E>,
) -> Result<(), E> {
    let begun = walk.types.begin_fields(fields, &mut walk.out);
    let begun = walk.say::<_, E>(begun)?;
    let count = fields.iter().filter(|field| field.content != FieldContent::Skipped).count();
    if count > 0 {
        read(walk, count)?;
    }
    let closed = if begun.is_some() { walk.out.close() } else { Ok(()) };
    walk.say(closed)
}

fn read_library<'de, D: Deserializer<'de>>(
    walk: &mut Walk<'_>,
    name: &str,
    arguments: &[TypeNumber],
    number: TypeNumber,
    from: D,
) -> Result<(), D::Error> {
    macro_rules! number {
        ($type:ty) => {{
            let read = <$type>::deserialize(from)?;
            let written = walk.out.number(read);
            walk.say(written)
        }};
    }
    macro_rules! by_serde {
        ($type:ty) => {{
            let read = <$type>::deserialize(from)?;
            let json = serde_json::to_string(&read).map_err(|error| error.to_string());
            let written = json.and_then(|json| walk.out.raw(&json));
            walk.say(written)
        }};
    }
    match (name, arguments) {
        ("u8", []) => number!(u8),
        ("u16", []) => number!(u16),
        ("u32", []) => number!(u32),
        ("u64" | "usize", []) => number!(u64),
        ("u128", []) => number!(u128),
        ("i8", []) => number!(i8),
        ("i16", []) => number!(i16),
        ("i32", []) => number!(i32),
        ("i64" | "isize", []) => number!(i64),
        ("i128", []) => number!(i128),
        ("bool", []) => by_serde!(bool),
        ("f32", []) => fraction(walk, name, f32::deserialize(from)?.to_le_bytes()),
        ("f64", []) => fraction(walk, name, f64::deserialize(from)?.to_le_bytes()),
        ("f16" | "bf16", []) => fraction(walk, name, u16::deserialize(from)?.to_le_bytes()),
        ("char", []) => {
            let letter = char::deserialize(from)?;
            let written = walk.out.text(&letter.to_string());
            walk.say(written)
        }
        ("()", []) | ("PhantomData", [_]) => by_serde!(()),
        ("String" | "PathBuf" | "Url" | "NaiveDate" | "NaiveTime" | "NaiveDateTime" | "Month" | "Weekday", [])
        | ("DateTime" | "Key", [_]) => from.deserialize_str(TextVisitor(walk, TextOf::Itself)),
        ("Ticket", [_, _]) => from.deserialize_str(TextVisitor(walk, TextOf::Ticket)),
        ("Json" | "JsonObject" | "JsonNumber", []) => from.deserialize_str(TextVisitor(walk, TextOf::Json)),
        ("CString", []) => from.deserialize_bytes(BytesVisitor(walk, BytesOf::Text)),
        ("OsString", []) => {
            use std::os::unix::ffi::OsStringExt as _;
            let bytes = std::ffi::OsString::deserialize(from)?.into_vec();
            let written = text_or_bytes(walk, &bytes);
            walk.say(written)
        }
        ("Duration", []) => by_serde!(std::time::Duration),
        ("SystemTime", []) => by_serde!(std::time::SystemTime),
        ("IpAddr", []) => by_serde!(std::net::IpAddr),
        ("Ipv4Addr", []) => by_serde!(std::net::Ipv4Addr),
        ("Ipv6Addr", []) => by_serde!(std::net::Ipv6Addr),
        ("SocketAddr", []) => by_serde!(std::net::SocketAddr),
        ("SocketAddrV4", []) => by_serde!(std::net::SocketAddrV4),
        ("SocketAddrV6", []) => by_serde!(std::net::SocketAddrV6),
        ("TimeDelta", []) => by_serde!((i64, i32)),
        (name, []) if times::is_of_time(name) => {
            let text = times::of_time(name, from)?;
            written_as(walk, name, text)
        }
        ("Uuid" | "NonNilUuid", []) => from.deserialize_bytes(BytesVisitor(walk, BytesOf::Uuid)),
        ("Decimal", []) => from.deserialize_bytes(BytesVisitor(walk, BytesOf::Decimal)),
        ("Bytes", []) => from.deserialize_bytes(BytesVisitor(walk, BytesOf::Numbers)),
        ("NonZero" | "Reverse" | "Wrapping" | "Saturating" | "Unit" | "OneByOne", [part]) => {
            ValueSeed(walk, *part).deserialize(from)
        }
        ("Vec", [part]) if pieces::in_lists(walk.types, *part).is_some() => {
            from.deserialize_bytes(BytesVisitor(walk, BytesOf::List(*part)))
        }
        ("Vec" | "VecDeque" | "LinkedList" | "BinaryHeap" | "BTreeSet" | "HashSet" | "IndexSet", [part]) => {
            from.deserialize_seq(ElementsVisitor(walk, *part))
        }
        ("array", [part, _]) => {
            let Some(length) = walk.types.length(number) else {
                return walk.wrong("the description does not say how long an array is");
            };
            match pieces::in_lists(walk.types, *part).filter(|_| length > 0) {
                Some(width) => from.deserialize_bytes(BytesVisitor(walk, BytesOf::Array(*part, width, length))),
                None => from.deserialize_tuple(length, ElementsVisitor(walk, *part)),
            }
        }
        ("BTreeMap" | "HashMap" | "IndexMap", [key, value]) => from.deserialize_map(EntriesVisitor(walk, *key, *value)),
        ("Option", [part]) => from.deserialize_option(OptionVisitor(walk, *part)),
        ("Result" | "Bound", _) => from.deserialize_enum("", &[], EnumVisitor(walk, number)),
        ("Bulk", [part]) => from.deserialize_enum("", &[], BulkVisitor(walk, *part)),
        ("Range" | "RangeInclusive", [part]) => range(walk, &["start", "end"], *part, from),
        ("RangeFrom", [part]) => range(walk, &["start"], *part, from),
        ("RangeTo", [part]) => range(walk, &["end"], *part, from),
        // An array of `ndarray` is its shape and its elements; a matrix of `nalgebra` has rows and columns first.
        ("Array", [part, _]) => from.deserialize_tuple(2, ExtentsVisitor(walk, *part, true)),
        ("Matrix", [part, _, _]) => from.deserialize_tuple(3, ExtentsVisitor(walk, *part, false)),
        _ => walk.wrong(format!("`{name}` is a type that `ref dump` does not know: its description has no fields")),
    }
}

/// Writes the text of a value of the type `name`, if there is such a value.
fn written_as<E: de::Error>(walk: &mut Walk<'_>, name: &str, text: Option<String>) -> Result<(), E> {
    let written = text.ok_or_else(|| format!("these numbers are no `{name}`")).and_then(|text| walk.out.text(&text));
    walk.say(written)
}

fn fraction<E: de::Error, const N: usize>(walk: &mut Walk<'_>, name: &str, bytes: [u8; N]) -> Result<(), E> {
    let written = pieces::write_fraction(name, &bytes, &mut walk.out);
    walk.say(written)
}

fn range<'de, D: Deserializer<'de>>(
    walk: &mut Walk<'_>,
    names: &[&str],
    part: TypeNumber,
    from: D,
) -> Result<(), D::Error> {
    let field = |name: &&str| Field { name: (*name).to_owned(), content: FieldContent::Stored(part) };
    let fields: Vec<_> = names.iter().map(field).collect();
    read_fields(walk, &fields, |walk, count| from.deserialize_tuple(count, FieldsVisitor(walk, &fields)))
}
