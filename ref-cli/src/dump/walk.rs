//! A walk through an encoded value by the description of its type: the codec's own deserializer reads, and JSON comes
//! out.

use super::description::{Field, FieldContent, Shape, TypeNumber};
use super::opaque;
use super::out::{JsonText, quoted};
use super::pieces;
use super::types::Types;
use serde::Deserialize;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::fmt;

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
        ("String" | "PathBuf" | "Url" | "NaiveDate" | "NaiveTime" | "NaiveDateTime", [])
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
        ("Uuid" | "NonNilUuid", []) => from.deserialize_bytes(BytesVisitor(walk, BytesOf::Uuid)),
        ("Decimal", []) => from.deserialize_bytes(BytesVisitor(walk, BytesOf::Decimal)),
        ("Bytes", []) => from.deserialize_bytes(BytesVisitor(walk, BytesOf::Numbers)),
        ("NonZero" | "Reverse" | "Wrapping" | "Saturating" | "Unit", [part]) => {
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

/// Writes bytes that are meant as text, as text if they are UTF-8, and as numbers otherwise.
fn text_or_bytes(walk: &mut Walk<'_>, bytes: &[u8]) -> Result<(), String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => walk.out.text(text),
        Err(_) => numbers(walk, bytes),
    }
}

fn numbers(walk: &mut Walk<'_>, bytes: &[u8]) -> Result<(), String> {
    walk.out.open_list(true)?;
    bytes.iter().try_for_each(|byte| walk.out.number(byte))?;
    walk.out.close()
}

/// What the text of a value is.
enum TextOf {
    Itself,
    /// A ticket, whose end is a secret.
    Ticket,
    /// A value of `serde_json`.
    Json,
}

struct TextVisitor<'w, 'a>(&'w mut Walk<'a>, TextOf);

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
enum BytesOf {
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

struct BytesVisitor<'w, 'a>(&'w mut Walk<'a>, BytesOf);

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

fn bulk(walk: &mut Walk<'_>, part: TypeNumber, bytes: &[u8]) -> Result<(), String> {
    match walk.types.name(part) {
        "str" => text_or_bytes(walk, bytes),
        _ => pieces::write_array(walk.types, part, bytes, &mut walk.out),
    }
}

/// Reads a `Bulk`: its bytes, or where they are in the arrays beside the value.
struct BulkVisitor<'w, 'a>(&'w mut Walk<'a>, TypeNumber);

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

struct BulkBytes<'w, 'a>(&'w mut Walk<'a>, TypeNumber);

impl<'de> DeserializeSeed<'de> for BulkBytes<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_bytes(BytesVisitor(self.0, BytesOf::Bulk(self.1)))
    }
}

/// Reads the parts of a tuple.
struct PartsVisitor<'w, 'a, 'p>(&'w mut Walk<'a>, &'p [TypeNumber]);

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

fn next<'de, A: SeqAccess<'de>>(access: &mut A, seed: impl DeserializeSeed<'de, Value = ()>) -> Result<(), A::Error> {
    access.next_element_seed(seed)?.ok_or_else(|| A::Error::custom("a part is missing"))
}

/// Reads the fields of a struct or a variant.
struct FieldsVisitor<'w, 'a, 'f>(&'w mut Walk<'a>, &'f [Field]);

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

/// Reads a field that serde's traits, or functions of the user, have written.
struct OpaqueSeed<'w, 'a>(&'w mut Walk<'a>);

impl<'de> DeserializeSeed<'de> for OpaqueSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_bytes(BytesVisitor(self.0, BytesOf::Opaque))
    }
}

/// Reads the elements of a list.
struct ElementsVisitor<'w, 'a>(&'w mut Walk<'a>, TypeNumber);

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
struct EntriesVisitor<'w, 'a>(&'w mut Walk<'a>, TypeNumber, TypeNumber);

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
struct PairSeed<'w, 'a>(&'w mut Walk<'a>, TypeNumber);

impl<'de> DeserializeSeed<'de> for PairSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        let opened = self.0.out.open_list(false);
        self.0.say::<_, D::Error>(opened)?;
        ValueSeed(self.0, self.1).deserialize(from)
    }
}

struct OptionVisitor<'w, 'a>(&'w mut Walk<'a>, TypeNumber);

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
struct EnumVisitor<'w, 'a>(&'w mut Walk<'a>, TypeNumber);

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

/// Reads the extents of an array and its elements.
struct ExtentsVisitor<'w, 'a>(&'w mut Walk<'a>, TypeNumber, bool);

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
struct ExtentSeed<'w, 'a>(&'w mut Walk<'a>);

impl<'de> DeserializeSeed<'de> for ExtentSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_bytes(ExtentVisitor(self.0))
    }
}

struct ExtentVisitor<'w, 'a>(&'w mut Walk<'a>);

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
struct ListSeed<'w, 'a>(&'w mut Walk<'a>, TypeNumber);

impl<'de> DeserializeSeed<'de> for ListSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        match pieces::in_lists(self.0.types, self.1) {
            Some(_) => from.deserialize_bytes(BytesVisitor(self.0, BytesOf::List(self.1))),
            None => from.deserialize_seq(ElementsVisitor(self.0, self.1)),
        }
    }
}
