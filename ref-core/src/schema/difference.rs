//! The first difference of two descriptions, in words.

use std::str::Chars;

/// The longest description that is compared and kept in a store, in bytes.
pub(crate) const LONGEST: usize = 64 * 1024;
/// How deep a type may be inside others in a description that is compared. A description from a store may be any text.
const DEEPEST: usize = 200;

/// Returns the first difference of two descriptions of types with one name, such as "the field `price` of `Item` is
/// `u64` here and `u32` in the store". Returns `None` if no struct, enum or variant differs, or if a text is too long,
/// nested too deeply, or no description.
pub(crate) fn difference(here: &str, there: &str) -> Option<String> {
    let (here, there) = (outlines(here)?, outlines(there)?);
    let pairs = || here.iter().zip(&there).take_while(|(ours, theirs)| ours.name == theirs.name);
    pairs().find_map(|(ours, theirs)| ours.differs(theirs)).or_else(|| {
        let (ours, theirs) = pairs().find(|(ours, theirs)| ours.version != theirs.version)?;
        Some(format!("`{}` has the version {} here and {} in the store", ours.name, ours.version, theirs.version))
    })
}

/// A struct, an enum or a variant in a description.
struct Outline {
    /// `Item`, or `Shape::Circle` for a variant.
    name: String,
    /// The number after the `@`; empty for a variant.
    version: String,
    /// The fields, or the variants of an enum: their names and their types. A type is written without the fields of the
    /// definitions in it. The type of a variant is empty.
    parts: Vec<(String, String)>,
}

impl Outline {
    /// Returns the first difference of the parts.
    fn differs(&self, theirs: &Self) -> Option<String> {
        let (ours, owner) = (&self.parts, &self.name);
        let nth = ours.iter().zip(&theirs.parts).take_while(|(a, b)| a == b).count();
        let called = |part: &(String, String)| {
            let kind = if part.1.is_empty() { "variant" } else { "field" };
            format!("the {kind} `{}` of `{owner}`", part.0)
        };
        let has = |parts: &[(String, String)], name: &str| parts.iter().any(|(other, _)| other == name);
        match (ours.get(nth), theirs.parts.get(nth)) {
            (None, None) => None,
            (Some(a), Some(b)) if a.0 == b.0 && !a.1.is_empty() && !b.1.is_empty() => {
                Some(format!("{} is `{}` here and `{}` in the store", called(a), a.1, b.1))
            }
            (Some(a), _) if !has(&theirs.parts, &a.0) => Some(format!("{} is here and not in the store", called(a))),
            (_, Some(b)) if !has(ours, &b.0) => Some(format!("{} is in the store and not here", called(b))),
            (Some(a), _) | (None, Some(a)) => Some(format!("{} has another place here than in the store", called(a))),
        }
    }
}

/// Returns the structs, enums and variants of a description, each before those inside of it. Returns `None` if the text
/// is too long, nested too deeply, or no description.
fn outlines(text: &str) -> Option<Vec<Outline>> {
    let mut reader = Reader { rest: text.chars(), found: Vec::new(), definitions: Vec::new(), depth: 0 };
    let whole = text.len() <= LONGEST && reader.ty().is_some() && reader.rest.as_str().is_empty();
    whole.then_some(reader.found)
}

struct Reader<'t> {
    rest: Chars<'t>,
    found: Vec<Outline>,
    /// The names of the structs and enums, by their numbers.
    definitions: Vec<String>,
    depth: usize,
}

impl Reader<'_> {
    fn next_is(&self, expected: char) -> bool {
        self.rest.clone().next() == Some(expected)
    }

    fn take(&mut self, expected: char) -> bool {
        let is_next = self.next_is(expected);
        if is_next {
            self.rest.next();
        }
        is_next
    }

    /// Reads up to the next character that is in `structure`, and returns the text before that character.
    fn word(&mut self, structure: &str) -> String {
        let text = self.rest.as_str();
        let end = text.find(|c| structure.contains(c)).unwrap_or(text.len());
        self.rest = text[end..].chars();
        text[..end].to_owned()
    }

    /// Reads a type, and returns it without the fields of the definitions in it.
    fn ty(&mut self) -> Option<String> {
        self.depth = self.depth.checked_add(1).filter(|depth| *depth <= DEEPEST)?;
        let word = self.word("<>(){},@");
        let number = self.definitions.len();
        let mut shown = match word.strip_prefix('#').map(str::parse::<usize>) {
            Some(number) => self.definitions.get(number.ok()?)?.clone(),
            None => word,
        };
        if self.is_definition() {
            self.definitions.push(shown.clone());
        }
        for (open, close) in [('<', '>'), ('(', ')')] {
            if self.take(open) {
                shown.push(open);
                while !self.take(close) {
                    let argument = self.ty()?;
                    shown.push_str(&argument);
                    if self.take(',') {
                        shown.push_str(", ");
                    } else if !self.next_is(close) {
                        return None;
                    }
                }
                shown.push(close);
            }
        }
        if self.take('@') {
            let version = self.word("<>(){},@");
            self.definitions.get_mut(number)?.clone_from(&shown);
            self.body(shown.clone(), version)?;
        }
        self.depth -= 1;
        Some(shown)
    }

    /// Returns whether the word that was read is the name of a struct or an enum: `@` comes after its arguments.
    fn is_definition(&self) -> bool {
        let mut open = 0_usize;
        for letter in self.rest.clone() {
            match letter {
                '<' => open += 1,
                '>' => open = open.saturating_sub(1),
                _ if open > 0 => {}
                letter => return letter == '@',
            }
        }
        false
    }

    /// Reads the braces of a definition or a variant, and adds the definition or variant to `found`.
    fn body(&mut self, name: String, version: String) -> Option<()> {
        let nth = self.found.len();
        self.found.push(Outline { name: name.clone(), version, parts: Vec::new() });
        if !self.take('{') {
            return None;
        }
        while !self.take('}') {
            let part = self.word("<>(){},@:");
            if part.is_empty() || !self.take(':') {
                return None;
            }
            let ty = match self.next_is('{') {
                true => {
                    self.depth = self.depth.checked_add(1).filter(|depth| *depth <= DEEPEST)?;
                    self.body(format!("{name}::{part}"), String::new())?;
                    self.depth -= 1;
                    String::new()
                }
                false => self.ty()?,
            };
            self.found.get_mut(nth)?.parts.push((part, ty));
            if !self.take(',') && !self.next_is('}') {
                return None;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, difference};

    /// Returns the differences, from both sides.
    fn both(a: &str, b: &str) -> [Option<String>; 2] {
        [difference(a, b), difference(b, a)]
    }

    fn said(here: &str) -> Option<String> {
        Some(here.to_owned())
    }

    #[test]
    fn the_first_field_that_differs_is_told_from_both_sides() {
        let old = "Cart@1{items:Vec<Item@1{name:String,price:u32}>}";
        assert_eq!(
            both(old, "Cart@1{items:Vec<Item@2{name:String,price:u64}>}"),
            [
                said("the field `price` of `Item` is `u32` here and `u64` in the store"),
                said("the field `price` of `Item` is `u64` here and `u32` in the store"),
            ]
        );
        assert_eq!(
            both(old, "Cart@2{items:Vec<Item@1{name:String,price:u32}>,note:Option<String>}"),
            [
                said("the field `note` of `Cart` is in the store and not here"),
                said("the field `note` of `Cart` is here and not in the store"),
            ]
        );
        assert_eq!(
            difference(old, "Cart@1{items:Vec<Item@1{price:u32,name:String}>}"),
            said("the field `name` of `Item` has another place here than in the store")
        );
        assert_eq!(
            difference(old, "Cart@1{items:Vec<Item@3{name:String,price:u32}>}"),
            said("`Item` has the version 1 here and 3 in the store")
        );
        assert_eq!(difference(old, old), None);
    }

    #[test]
    fn variants_arguments_and_recursive_types_are_told() {
        let shape = "Shape@1{Circle:{0:f64},Nothing:{}}";
        assert_eq!(
            difference(shape, "Shape@1{Circle:{0:f32},Nothing:{}}"),
            said("the field `0` of `Shape::Circle` is `f64` here and `f32` in the store")
        );
        assert_eq!(
            difference(shape, "Shape@1{Circle:{0:f64}}"),
            said("the variant `Nothing` of `Shape` is here and not in the store")
        );
        assert_eq!(
            difference("Tree@1{kids:Vec<#0>}", "Tree@1{kids:Option<#0>}"),
            said("the field `kids` of `Tree` is `Vec<Tree>` here and `Option<Tree>` in the store")
        );
        let pair = "pair<u8,Point@1{x:i64}>@2{first:u8,second:#1,third:(u8,#1)}";
        assert_eq!(
            difference(pair, "pair<u8,Point@1{x:i64}>@2{first:u8,second:#1,third:(#1,u8)}"),
            said("the field `third` of `pair<u8, Point>` is `(u8, Point)` here and `(Point, u8)` in the store")
        );
        assert_eq!(
            difference("Vec<Cart@1{a:opaque,b:skipped}>", "Vec<Cart@1{a:opaque,b:u8}>"),
            said("the field `b` of `Cart` is `skipped` here and `u8` in the store")
        );
    }

    #[test]
    fn what_is_no_description_is_not_compared() {
        let good = "Cart@1{items:u8}";
        let deep = format!("{}u8{}", "Vec<".repeat(10_000), ">".repeat(10_000));
        let nested = format!("{}{}", "A@1{a:".repeat(5_000), "u8}".repeat(5_000));
        let variants = format!("A@1{{{}{}}}", "a:{".repeat(10_000), "}".repeat(10_000));
        let long = format!("Cart@1{{{}:u8}}", "x".repeat(LONGEST));
        for bad in
            ["", "Cart@1{items:u8", "Cart@1{items:u8}}", "Cart@1", "Cart@1{:u8}", "#7", "Cart<#1>@1{}", "Vec<u8,", "@"]
        {
            assert_eq!(both(good, bad), [None, None], "{bad}");
        }
        for bad in [deep, nested, variants, long] {
            assert_eq!(both(good, &bad), [None, None]);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[A-C#0-2<>(){},:@ä]{0,40}", other in "[A-C#0-2<>(){},:@]{0,40}") {
            let _found = both(&text, &other);
        }
    }
}
