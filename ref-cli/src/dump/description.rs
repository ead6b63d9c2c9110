//! The description of a stored type, read from its text. `docs/layout.md` and `ref_core::Schema` say how the text is
//! written.

use std::collections::BTreeSet;

/// The number of a type in a description.
pub(super) type TypeNumber = usize;

/// A type, as a description has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A type of the library, by its name and its arguments. A constant is an argument without arguments.
    Library(String, Vec<TypeNumber>),
    Tuple(Vec<TypeNumber>),
    Struct(Vec<Field>),
    Enum(Vec<Variant>),
    /// A value that serde's traits write.
    Opaque,
    /// `#n`: the struct or enum whose definition is the n-th in the text.
    Defined(usize),
    /// `^n`: one of the types around this place.
    Around(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) content: FieldContent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldContent {
    Stored(TypeNumber),
    /// Written by serde's traits, or by functions of the user.
    Opaque,
    Skipped,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
}

/// A whole description: the root is the type with the number 0.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) shapes: Vec<Shape>,
    /// The type around each type; the root has none.
    parents: Vec<Option<TypeNumber>>,
    /// The structs and enums, in the order of their definitions.
    pub(super) defined: Vec<TypeNumber>,
}

/// How deep a description may be nested.
const DEPTH: usize = 200;

impl Description {
    /// Reads the text of a description.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let description = Self { shapes: Vec::new(), parents: Vec::new(), defined: Vec::new() };
        let mut reader = Reader { rest: text, length: text.len(), description, begun: Vec::new() };
        reader.shape(None, 0)?;
        if !reader.rest.is_empty() {
            return Err(reader.wrong("something is left over"));
        }
        let Reader { mut description, mut begun, .. } = reader;
        // A definition is numbered before its arguments are written, and is known to be one only behind them.
        begun.sort_unstable();
        description.defined = begun.into_iter().map(|(_, number)| number).collect();
        Ok(description)
    }

    /// Returns what each `^n` may mean, the likeliest first: for each type, the type that it stands for.
    ///
    /// `n` counts the types around the place, and also those that have no text of their own: a `Box` is described as the
    /// value in it. How many of these there are is not in the text. So the readings differ in where such types are, and
    /// in the first one there are none. A struct or an enum is never meant by `^n`, since `#n` means it.
    pub(super) fn readings(&self) -> Vec<Vec<TypeNumber>> {
        let own = |number: TypeNumber| match self.shapes[number] {
            Shape::Defined(nth) => self.defined.get(nth).copied().unwrap_or(number),
            _ => number,
        };
        let plain: Vec<_> = (0..self.shapes.len()).map(own).collect();
        let around: Vec<_> = (0..self.shapes.len())
            .filter_map(|number| match self.shapes[number] {
                Shape::Around(nth) => Some((number, nth, self.path(number))),
                _ => None,
            })
            .collect();
        let places: BTreeSet<_> = around.iter().flat_map(|(_, _, path)| path).copied().collect();
        let most = if around.len() > AROUND { 0 } else { PLACES };
        let places: Vec<_> = places.into_iter().take(most).collect();
        let (mut seen, mut readings) = (BTreeSet::new(), Vec::new());
        for hidden in hidden(&places) {
            let mut reading = plain.clone();
            let found = around.iter().all(|(number, nth, path)| match self.meant(*nth, path, &hidden) {
                Some(meant) => {
                    reading[*number] = meant;
                    true
                }
                None => false,
            });
            if found && readings.len() < READINGS && seen.insert(reading.clone()) {
                readings.push(reading);
            }
        }
        readings
    }

    /// Returns the type at the depth `nth` of a path, if there are these types without a text before types of the path.
    fn meant(&self, nth: usize, path: &[TypeNumber], hidden: &[TypeNumber]) -> Option<TypeNumber> {
        let mut depth = 0;
        for number in path {
            depth += hidden.iter().filter(|place| *place == number).count();
            if depth >= nth {
                let is_itself = depth == nth;
                let is_defined = matches!(self.shapes[*number], Shape::Struct(_) | Shape::Enum(_));
                return Some(*number).filter(|_| !(is_itself && is_defined));
            }
            depth += 1;
        }
        None
    }

    /// Returns the types around a type, the outermost first.
    fn path(&self, number: TypeNumber) -> Vec<TypeNumber> {
        let mut path: Vec<_> = std::iter::successors(self.parents[number], |parent| self.parents[*parent]).collect();
        path.reverse();
        path
    }
}

/// How many types of a description are considered as types with a `Box` around them.
const PLACES: usize = 30;
/// How many `^n` a description may have for more than its first reading to be considered.
const AROUND: usize = 100;
/// How many readings of a description are tried.
const READINGS: usize = 64;

/// Returns where types without a text may be: nowhere, before one type, or before two.
fn hidden(places: &[TypeNumber]) -> Vec<Vec<TypeNumber>> {
    let mut all = vec![Vec::new()];
    all.extend(places.iter().map(|one| vec![*one]));
    all.extend(places.iter().flat_map(|one| places.iter().filter(move |two| one <= *two).map(|two| vec![*one, *two])));
    all
}

struct Reader<'t> {
    rest: &'t str,
    length: usize,
    description: Description,
    /// Where the definition of each struct and enum begins.
    begun: Vec<(usize, TypeNumber)>,
}

impl<'t> Reader<'t> {
    fn wrong(&self, what: &str) -> String {
        format!("the description of the type cannot be read at byte {}: {what}", self.length - self.rest.len())
    }

    fn next_is(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        if self.next_is(text) { Ok(()) } else { Err(self.wrong(&format!("`{text}` is missing"))) }
    }

    fn until(&mut self, ends: &[char]) -> &'t str {
        let (found, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        found
    }

    fn number(&mut self) -> Result<usize, String> {
        let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        number.parse().map_err(|_| self.wrong("a number is missing"))
    }

    fn shape(&mut self, parent: Option<TypeNumber>, depth: usize) -> Result<TypeNumber, String> {
        if depth > DEPTH {
            return Err(self.wrong("it is nested too deep"));
        }
        let number = self.description.shapes.len();
        self.description.shapes.push(Shape::Opaque);
        self.description.parents.push(parent);
        let shape = self.written(number, depth + 1)?;
        self.description.shapes[number] = shape;
        Ok(number)
    }

    fn written(&mut self, number: TypeNumber, depth: usize) -> Result<Shape, String> {
        if self.next_is("#") {
            return self.number().map(Shape::Defined);
        }
        if self.next_is("^") {
            return self.number().map(Shape::Around);
        }
        if self.next_is("()") {
            return Ok(Shape::Library("()".to_owned(), Vec::new()));
        }
        if self.next_is("(") {
            return self.arguments(number, ")", depth).map(Shape::Tuple);
        }
        if self.next_is("Opaque<") {
            return self.opaque();
        }
        let begins = self.length - self.rest.len();
        let name = self.until(&['<', '>', '(', ')', '{', '}', ',', '@']).to_owned();
        if name.is_empty() {
            return Err(self.wrong("a name is missing"));
        }
        let arguments = if self.next_is("<") { self.arguments(number, ">", depth)? } else { Vec::new() };
        if !self.next_is("@") {
            return Ok(self.known_by_another(number, name, arguments));
        }
        self.begun.push((begins, number));
        self.number()?;
        self.expect("{")?;
        self.body(number, depth)
    }

    fn arguments(&mut self, number: TypeNumber, end: &str, depth: usize) -> Result<Vec<TypeNumber>, String> {
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.shape(Some(number), depth)?);
            if self.next_is(end) {
                return Ok(arguments);
            }
            self.expect(",")?;
        }
    }

    /// Skips the name of an opaque type, which is any name of a Rust type.
    fn opaque(&mut self) -> Result<Shape, String> {
        let (mut open, mut before) = (1, ' ');
        for (at, letter) in self.rest.char_indices() {
            open += i32::from(letter == '<') - i32::from(letter == '>' && before != '-');
            before = letter;
            if open == 0 {
                self.rest = &self.rest[at + 1..];
                return Ok(Shape::Opaque);
            }
        }
        Err(self.wrong("`>` is missing"))
    }

    /// Reads the fields of a struct, or the variants of an enum.
    fn body(&mut self, number: TypeNumber, depth: usize) -> Result<Shape, String> {
        let (mut fields, mut variants) = (Vec::new(), Vec::new());
        while !self.next_is("}") {
            if !(fields.is_empty() && variants.is_empty()) {
                self.expect(",")?;
            }
            let name = self.until(&[':', ',', '{', '}']).to_owned();
            self.expect(":")?;
            match self.next_is("{") {
                true => variants.push(Variant { name, fields: self.variant(number, depth)? }),
                false => fields.push(self.field(name, number, depth)?),
            }
        }
        match (fields.is_empty(), variants.is_empty()) {
            (_, true) => Ok(Shape::Struct(fields)),
            (true, false) => Ok(Shape::Enum(variants)),
            (false, false) => Err(self.wrong("a type has fields and variants")),
        }
    }

    fn variant(&mut self, number: TypeNumber, depth: usize) -> Result<Vec<Field>, String> {
        let mut fields = Vec::new();
        while !self.next_is("}") {
            if !fields.is_empty() {
                self.expect(",")?;
            }
            let name = self.until(&[':', ',', '{', '}']).to_owned();
            self.expect(":")?;
            fields.push(self.field(name, number, depth)?);
        }
        Ok(fields)
    }

    fn field(&mut self, name: String, number: TypeNumber, depth: usize) -> Result<Field, String> {
        let word = self.rest.split([',', '}']).next().unwrap_or_default();
        let content = match word {
            "with" => FieldContent::Opaque,
            "skipped" => FieldContent::Skipped,
            _ if self.rest.starts_with("Opaque<") => {
                self.expect("Opaque<")?;
                self.opaque()?;
                return Ok(Field { name, content: FieldContent::Opaque });
            }
            _ => return Ok(Field { name, content: FieldContent::Stored(self.shape(Some(number), depth)?) }),
        };
        self.rest = &self.rest[word.len()..];
        Ok(Field { name, content })
    }

    /// Returns the shape of a type of the library: its own, or that of the arrays as which the type is stored.
    fn known_by_another(&mut self, number: TypeNumber, name: String, arguments: Vec<TypeNumber>) -> Shape {
        let mut add = |name: &str, arguments: Vec<TypeNumber>| {
            self.description.shapes.push(Shape::Library(name.to_owned(), arguments));
            self.description.parents.push(Some(number));
            self.description.shapes.len() - 1
        };
        let array = |part: TypeNumber, length| Shape::Library("array".to_owned(), vec![part, length]);
        match (&*name, &arguments[..]) {
            // Matrices of `nalgebra`, by columns.
            ("SMatrix", [part, rows, columns]) => array(add("array", vec![*part, *rows]), *columns),
            ("Rotation", [part, length]) => array(add("array", vec![*part, *length]), *length),
            ("Point" | "Translation", [part, length]) => {
                let one = add("1", Vec::new());
                array(add("array", vec![*part, *length]), one)
            }
            ("Quaternion", [part]) => {
                let (one, four) = (add("1", Vec::new()), add("4", Vec::new()));
                array(add("array", vec![*part, four]), one)
            }
            ("Isometry", [part, rotation, length]) => {
                let (one, column) = (add("1", Vec::new()), add("array", vec![*part, *length]));
                Shape::Tuple(vec![add("array", vec![column, one]), *rotation])
            }
            (_, []) => match vector(&name) {
                Some((part, length)) => {
                    let length = add(&length.to_string(), Vec::new());
                    array(add(part, Vec::new()), length)
                }
                None => Shape::Library(name, arguments),
            },
            _ => Shape::Library(name, arguments),
        }
    }
}

/// Returns the numbers of which a type of `glam` consists.
fn vector(name: &str) -> Option<(&'static str, usize)> {
    let wide = if name.starts_with('D') { "f64" } else { "f32" };
    Some(match name.strip_prefix('D').unwrap_or(name) {
        "Mat2" | "Quat" => (wide, 4),
        "Mat3" => (wide, 9),
        "Mat4" => (wide, 16),
        "Affine2" => (wide, 6),
        "Affine3" => (wide, 12),
        "Vec3A" => ("f32", 3),
        "Mat3A" => ("f32", 9),
        "Affine3A" => ("f32", 12),
        _ => {
            let (before, length) = name.split_once("Vec")?;
            let length = length.parse().ok().filter(|length| (2..=4).contains(length))?;
            let of = [
                ("", "f32"),
                ("D", "f64"),
                ("I8", "i8"),
                ("U8", "u8"),
                ("I16", "i16"),
                ("U16", "u16"),
                ("I", "i32"),
                ("U", "u32"),
                ("I64", "i64"),
                ("U64", "u64"),
                ("ISize", "isize"),
                ("USize", "usize"),
                ("B", "bool"),
            ];
            (of.into_iter().find(|(prefix, _)| *prefix == before)?.1, length)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_no_schema_writes_are_refused() {
        for text in [
            "",
            ",",
            "Vec<",
            "Vec<u8",
            "Vec<u8>>",
            "(u8",
            "A@{}",
            "A@1",
            "A@1{",
            "A@1{x}",
            "A@1{x:}",
            "A@1{x:u8,}",
            "A@1{x:u8,V:{}}",
            "A@1{V:{x:u8}",
            "Opaque<Vec<u8>",
            "#",
            "^x",
            "u8 @1{}x",
        ] {
            assert!(Description::parse(text).is_err(), "{text}");
        }
        assert!(Description::parse(&"Vec<".repeat(10_000)).unwrap_err().contains("too deep"));
        assert!(Description::parse("Opaque<Box<dyn Fn(u8)->u8>>").is_ok());
    }

    #[test]
    fn a_type_around_is_found_also_behind_a_box() {
        let meant = |text: &str| {
            let description = Description::parse(text).unwrap();
            let at = description.shapes.iter().position(|shape| matches!(shape, Shape::Around(_))).unwrap();
            description.readings().iter().map(|reading| description.shapes[reading[at]].clone()).collect::<Vec<_>>()
        };
        let is_list = |shape: &Shape| matches!(shape, Shape::Library(name, _) if name == "Vec");
        assert!(is_list(&meant("Vec<Node@1{children:^0}>")[0]));
        assert!(is_list(&meant("Forest@1{trees:Vec<Node@1{children:^1}>}")[0]));
        // `Box<Node>`, in itself.
        assert!(matches!(meant("Node@1{next:Option<^0>}")[..], [Shape::Struct(_)]));
        // `Tree { a: Box<Vec<Other>> }`, where `Other` has a `Vec<Other>`: the second type is the box.
        assert!(meant("Tree@1{a:Vec<Other@1{b:^2}>}").iter().any(is_list));
    }
}
