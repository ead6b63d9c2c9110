//! The description of a stored type as text that is the same for every compiler, and the fingerprint of that text.
//!
//! The text of a struct is `Name<arguments>@version{field:type,...}`. The text of an enum has variants in the place of
//! the fields. A struct or enum that appears again is written as `#n`, where `n` is the number of its definition in the
//! text, counted from 0. So the text of a recursive type ends, and the text of types with common parts stays short. Any
//! other type that contains itself is written inside itself as `^n`: `n` is the number of the type among the types
//! around that place, counted from 0 at the outermost.

mod difference;
mod earlier;
mod once;

pub(crate) use difference::difference;
pub(crate) use earlier::{Edition, is_replaced, reading};

use crate::hash::sha256_prefix;
use crate::sync::per_process::PerProcess;
use once::{Once, once};
use std::any::TypeId;
use std::collections::{BTreeSet, HashMap};
use std::fmt::{self, Display, Write as _};

/// The first 8 bytes of the SHA-256 of a type's description, as a little-endian number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) u64);

/// A stored type as this process knows it.
pub(crate) struct Known {
    /// The name that users see, such as `Grid` or `Pair<u32>`.
    pub(crate) name: String,
    /// A type of the same name with another description has another fingerprint.
    pub(crate) fingerprint: Fingerprint,
    /// Whether each field, also of the types within, is stored as its type is: none is skipped, opaque or written by
    /// functions of the user.
    pub(crate) is_whole: bool,
    /// The type. It is `None` only in tests, for a type without earlier definitions.
    described: Option<Described>,
}

/// A type, and the functions that describe it.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Described {
    /// A function, since `TypeId::of` is no constant function in the oldest compiler that is supported.
    pub(crate) id: fn() -> TypeId,
    pub(crate) describe: fn(&mut Schema),
    /// Returns the earlier definition of the type. It is `None` if there is none.
    pub(crate) earlier: Option<fn() -> Described>,
}

impl Known {
    /// Returns the description of the type.
    pub(crate) fn text(&self) -> String {
        self.described.map(|described| described.schema().text).unwrap_or_default()
    }

    /// Returns a type that has no earlier definitions.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn new(name: &str, fingerprint: u64) -> Self {
        let (name, fingerprint) = (name.to_owned(), Fingerprint(fingerprint));
        Self { name, fingerprint, is_whole: true, described: None }
    }
}

impl Described {
    /// Returns the name and the fingerprint. The first call for each type computes them.
    pub(crate) fn known(self) -> &'static Known {
        static KNOWN: Once<&'static Known> = PerProcess::new();
        once(&KNOWN, (self.id)(), || {
            let (name, schema) = (self.name(), self.schema());
            let (fingerprint, is_whole) = (Fingerprint(schema.fingerprint()), schema.is_whole);
            Box::leak(Box::new(Known { name, fingerprint, is_whole, described: Some(self) }))
        })
    }

    /// Returns the whole description.
    pub(crate) fn schema(self) -> Schema {
        self.written(Detail::Everything, &[])
    }

    fn name(self) -> String {
        self.written(Detail::Names, &[]).text
    }

    /// Describes the type with the earlier definitions of the `replaced` types.
    fn written(self, detail: Detail, replaced: &[TypeId]) -> Schema {
        let mut schema = Schema {
            text: String::new(),
            detail,
            open: Vec::new(),
            defined: HashMap::new(),
            replaced: replaced.to_vec(),
            replaceable: BTreeSet::new(),
            is_whole: true,
            one_by_one: None,
        };
        schema.descend(self);
        schema
    }
}

/// Returns the compiler's name of a type without the paths in it, such as `Vec<Colour>`. So a type that was moved to
/// another module, or to a crate of another name, has the same name. The compiler does not promise that its names stay
/// the same: if another release spells the name of a complicated type otherwise, the type counts as renamed.
pub(crate) fn short_name<T: ?Sized>() -> String {
    let (mut short, mut word) = (String::new(), 0);
    for c in std::any::type_name::<T>().chars() {
        match c {
            ':' => short.truncate(word),
            c => {
                short.push(c);
                if !(c.is_alphanumeric() || c == '_') {
                    word = short.len();
                }
            }
        }
    }
    short.replace(", ", ",")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Names,
    Everything,
}

/// A description of a stored type, as text. Two processes have the same text if they have the same type.
///
/// If stored values have to stay readable, compare the text in a test:
///
/// ```
/// use ref_core::{Schema, global_store};
///
/// #[global_store]
/// struct Point {
///     x: i64,
///     y: i64,
/// }
///
/// assert_eq!(Schema::of::<Point>().to_string(), "Point@1{x:i64,y:i64}");
/// assert_eq!(Schema::of::<Vec<Point>>().to_string(), "Vec<Point@1{x:i64,y:i64}>");
/// ```
///
/// [`Stored::describe`](crate::Stored::describe) writes to a `Schema`. `#[global_store]` generates this function. Write
/// the function yourself for a type whose stored form is not its fields:
///
/// ```
/// use ref_core::{Schema, Stored};
/// use serde::de::{Deserializer, Error as _};
/// use serde::ser::Serializer;
///
/// /// Stored as the text `#rrggbb`.
/// struct Colour([u8; 3]);
///
/// impl Stored for Colour {
///     fn describe(schema: &mut Schema) {
///         schema.named("Colour", 1, |shape| shape.field::<String>("rrggbb"));
///     }
///
///     fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
///         let Self([r, g, b]) = self;
///         format!("#{r:02x}{g:02x}{b:02x}").store(to)
///     }
///
///     fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
///         let text = String::restore(from)?;
///         let number = u32::from_str_radix(text.trim_start_matches('#'), 16).map_err(D::Error::custom)?;
///         let [_, r, g, b] = number.to_be_bytes();
///         Ok(Self([r, g, b]))
///     }
/// }
/// ```
pub struct Schema {
    text: String,
    detail: Detail,
    open: Vec<TypeId>,
    defined: HashMap<TypeId, usize>,
    /// The types in whose place their earlier definitions are described.
    replaced: Vec<TypeId>,
    /// The types that have an earlier definition and are described by their current one.
    replaceable: BTreeSet<TypeId>,
    /// See [`Known::is_whole`].
    is_whole: bool,
    /// Where in the text the last element of a list begins that is written one by one.
    one_by_one: Option<usize>,
}

impl Schema {
    /// Returns the first 8 bytes of the SHA-256 of the text, as a little-endian number. The header of every stored
    /// value has this number.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        sha256_prefix(self.text.as_bytes())
    }

    /// Describes a type that has no parts, by its name.
    pub fn primitive(&mut self, name: &str) {
        self.text.push_str(name);
    }

    /// Describes a struct or an enum: its name, a version number that the type's author raises, and its
    /// [arguments](Shape::arg), [fields](Shape::field) and [variants](Shape::variant), arguments first.
    pub fn named(&mut self, name: &str, version: u32, shape: impl FnOnce(&mut Shape<'_>)) {
        if let Some(id) = self.open.last() {
            let number = self.defined.len();
            self.defined.entry(*id).or_insert(number);
        }
        self.text.push_str(name);
        self.shaped(Form::Named(version), shape);
    }

    /// Describes an opaque value by its type's name.
    pub(crate) fn opaque(&mut self, type_name: &str) {
        self.is_whole = false;
        self.push(format_args!("Opaque<{type_name}>"));
    }

    /// Describes a type of the standard library by its name and arguments.
    pub(crate) fn generic(&mut self, name: &str, shape: impl FnOnce(&mut Shape<'_>)) {
        self.text.push_str(name);
        self.shaped(Form::Generic, shape);
    }

    /// Describes a tuple by its parts.
    pub(crate) fn tuple(&mut self, shape: impl FnOnce(&mut Shape<'_>)) {
        self.shaped(Form::Tuple, shape);
    }

    fn shaped(&mut self, form: Form, shape: impl FnOnce(&mut Shape<'_>)) {
        let mut writer = Shape { schema: self, form, stage: Stage::Head };
        shape(&mut writer);
        writer.finish();
    }

    /// Describes `part` here. In a whole description, writes a reference instead if `part` was defined before, or if
    /// this place is inside a description of `part`.
    pub(crate) fn descend(&mut self, part: Described) {
        let part = self.replacement(part);
        let id = (part.id)();
        if self.detail == Detail::Everything && self.refers_to(id) {
            return;
        }
        self.open.push(id);
        (part.describe)(self);
        self.open.pop();
    }

    /// Returns the definition that is described in the place of `part`: the current one, or an earlier one if `part` is
    /// replaced. If that definition has an earlier one itself, adds the definition to `replaceable`.
    pub(crate) fn replacement(&mut self, mut part: Described) -> Described {
        while let Some(earlier) = part.earlier {
            let id = (part.id)();
            if !self.replaced.contains(&id) {
                self.replaceable.insert(id);
                break;
            }
            part = earlier();
        }
        part
    }

    /// Describes a type that is stored as `part` is. `in_one_piece` says whether a list of `part` goes in one piece.
    pub(crate) fn same(&mut self, part: Described, in_one_piece: bool) {
        let is_element = self.detail == Detail::Everything && self.one_by_one == Some(self.text.len());
        match is_element && in_one_piece {
            true => self.generic_of("OneByOne", part),
            false => self.descend(part),
        }
    }

    /// Describes a type of the standard library by its name and its only argument.
    pub(crate) fn generic_of(&mut self, name: &str, part: Described) {
        self.generic(name, |shape| shape.argument(part));
    }

    fn refers_to(&mut self, id: TypeId) -> bool {
        let number = self.defined.get(&id).copied();
        if let Some(number) = number {
            self.push(format_args!("#{number}"));
            return true;
        }
        let depth = self.open.iter().position(|open| *open == id);
        if let Some(depth) = depth {
            self.push(format_args!("^{depth}"));
        }
        depth.is_some()
    }

    fn push(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a `String` cannot fail.
        let _written = self.text.write_fmt(text);
    }
}

impl Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schema").field(&self.text).finish()
    }
}

/// Writes the arguments, fields and variants of one type. [`Schema::named`] passes a `Shape` to its closure.
pub struct Shape<'s> {
    schema: &'s mut Schema,
    form: Form,
    stage: Stage,
}

/// The kind of type that is being written, which decides the brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `Pair<u32>@1{first:u32,second:u32}`
    Named(u32),
    /// `{0:u32}`, after the variant's name
    Variant,
    /// `Vec<u32>`
    Generic,
    /// `(u32,u8)`
    Tuple,
}

/// How far the writing of one type has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Arguments,
    Body,
}

impl Shape<'_> {
    /// Writes the value of a const argument.
    pub fn constant(&mut self, value: impl Display) {
        self.open_argument();
        self.schema.push(format_args!("{value}"));
    }

    /// Writes a field of the type `T`, which has serde's traits but is not `Stored`, as that of an
    /// [`Opaque<T>`](crate::Opaque): the description has the type's name without paths, and not its fields.
    pub fn opaque<T>(&mut self, name: &str) {
        self.opaque_as(name, &short_name::<T>());
    }

    /// Writes an opaque field. `type_name` is its type's [`short_name`].
    pub(crate) fn opaque_as(&mut self, name: &str, type_name: &str) {
        self.part(name, |schema| schema.opaque(type_name));
    }

    /// Writes a field with a word in place of the type: `skipped` if the field is not stored, and `with` if functions
    /// of the user write it.
    pub(crate) fn word(&mut self, name: &str, word: &str) {
        self.part(name, |schema| {
            schema.is_whole = false;
            schema.text.push_str(word);
        });
    }

    /// Writes a variant and its fields. Another order of the variants is another description.
    pub fn variant(&mut self, name: &str, fields: impl FnOnce(&mut Shape<'_>)) {
        self.part(name, |schema| schema.shaped(Form::Variant, fields));
    }

    pub(crate) fn argument(&mut self, part: Described) {
        self.open_argument();
        self.schema.descend(part);
    }

    /// Writes the type of the elements of a list, which is written in one piece or one by one.
    pub(crate) fn list_argument(&mut self, part: Described, in_one_piece: bool) {
        self.open_argument();
        if !in_one_piece {
            self.schema.one_by_one = Some(self.schema.text.len());
        }
        self.schema.descend(part);
    }

    /// Writes a type argument by its current definition, also in an edition that replaces it or a part of it.
    pub(crate) fn unreplaced_argument(&mut self, part: Described) {
        let outer = std::mem::take(&mut self.schema.replaced);
        let replaceable = self.schema.replaceable.clone();
        self.argument(part);
        (self.schema.replaced, self.schema.replaceable) = (outer, replaceable);
    }

    pub(crate) fn part(&mut self, name: &str, write: impl FnOnce(&mut Schema)) {
        if self.schema.detail == Detail::Names {
            return;
        }
        self.open_part();
        self.schema.push(format_args!("{name}:"));
        write(self.schema);
    }

    fn open_argument(&mut self) {
        self.schema.text.push_str(match (self.stage, self.form, self.schema.detail) {
            (Stage::Head, Form::Tuple, _) => "(",
            (Stage::Head, ..) => "<",
            (_, _, Detail::Names) => ", ",
            (_, _, Detail::Everything) => ",",
        });
        self.stage = Stage::Arguments;
    }

    fn open_part(&mut self) {
        match self.stage {
            Stage::Body => self.schema.text.push(','),
            Stage::Head | Stage::Arguments => self.close_head(),
        }
        self.stage = Stage::Body;
    }

    fn close_head(&mut self) {
        if self.stage == Stage::Arguments {
            self.schema.text.push(if self.form == Form::Tuple { ')' } else { '>' });
        }
        match (self.schema.detail, self.form) {
            (Detail::Everything, Form::Named(version)) => self.schema.push(format_args!("@{version}{{")),
            (Detail::Everything, Form::Variant) => self.schema.text.push('{'),
            _ => {}
        }
    }

    fn finish(mut self) {
        if self.stage != Stage::Body {
            self.close_head();
        }
        if self.schema.detail == Detail::Everything && matches!(self.form, Form::Named(_) | Form::Variant) {
            self.schema.text.push('}');
        }
    }
}

impl fmt::Debug for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.schema, f)
    }
}

#[cfg(test)]
mod tests;
