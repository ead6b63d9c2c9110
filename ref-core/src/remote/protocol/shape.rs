//! The names of the fields or variants of a type that serde sends, as the type's `Deserialize` gives them to a
//! deserializer.
//!
//! A `Deserialize` ignores names that it does not know, and may take a default for a name that is missing. If a struct
//! had other fields in another program, a part of a value could be lost. So the names are part of a function's
//! signature.

use crate::remote::panics::ignoring_panic;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;

/// How many levels of a type, at most, are searched for names. There is a limit, since a type may contain itself.
const DEPTH: usize = 8;

/// Returns ` { from, to }` for a struct and ` [Red, Green]` for an enum. Names are also found in options, newtypes,
/// lists, the keys of maps and the first elements of tuples. A type without names gives an empty string.
///
/// No value may be made, since a destructor may do anything. So the deserializer fails before the first value. A
/// `Deserialize` written by hand may make a value nevertheless, such as a default. If the value is a whole `T`, it is
/// leaked; inside of another value, it may be dropped. Such a `Deserialize` may also panic when the deserializer fails.
/// Then the names that were noted before are returned.
pub(super) fn of<T: DeserializeOwned>() -> String {
    let mut names = String::new();
    ignoring_panic(|| T::deserialize(Names { text: &mut names, left: DEPTH }).map(std::mem::forget));
    names
}

/// A deserializer that reads nothing, and notes the names of the fields or variants that a `Deserialize` passes to it.
struct Names<'n> {
    text: &'n mut String,
    left: usize,
}

/// Gives the first element of a list, or the first key of a map, and no more.
struct First<'n>(Option<Names<'n>>);

/// The error of a deserializer that has no value to give.
#[derive(Debug)]
struct NothingRead;

impl Names<'_> {
    fn note(&mut self, names: &[&str], [open, close]: [&str; 2]) {
        self.text.extend([" ", open, &names.join(", "), close]);
    }

    fn inner(self) -> Result<Self, NothingRead> {
        let left = self.left.checked_sub(1).ok_or(NothingRead)?;
        Ok(Self { left, ..self })
    }
}

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = NothingRead;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NothingRead> {
        Err(NothingRead)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NothingRead> {
        visitor.visit_some(self.inner()?)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NothingRead> {
        visitor.visit_newtype_struct(self.inner()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NothingRead> {
        visitor.visit_seq(First(Some(self.inner()?)))
    }

    // If the tuple has no elements, the visitor is not called: it would make a value.
    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, NothingRead> {
        if length == 0 { Err(NothingRead) } else { self.deserialize_seq(visitor) }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, NothingRead> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NothingRead> {
        visitor.visit_map(First(Some(self.inner()?)))
    }

    // The visitor is not called: it would make a value of a struct that has no fields, or has `#[serde(default)]`.
    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, NothingRead> {
        self.note(fields, ["{ ", " }"]);
        Err(NothingRead)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, NothingRead> {
        self.note(variants, ["[", "]"]);
        Err(NothingRead)
    }

    // The codec of messages is not human-readable. A type may have another shape in a human-readable format.
    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct identifier
        ignored_any
    }
}

impl<'de> SeqAccess<'de> for First<'_> {
    type Error = NothingRead;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, NothingRead> {
        self.0.take().map(|names| seed.deserialize(names)).transpose()
    }
}

impl<'de> MapAccess<'de> for First<'_> {
    type Error = NothingRead;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, NothingRead> {
        self.0.take().map(|names| seed.deserialize(names)).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, _: S) -> Result<S::Value, NothingRead> {
        Err(NothingRead)
    }
}

impl de::Error for NothingRead {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl std::error::Error for NothingRead {}

impl fmt::Display for NothingRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing is read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "only its shape is read")]
    struct Move {
        from: u32,
        to: u32,
    }

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "only its shape is read")]
    struct Chain(Option<Box<Chain>>);

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "only its shape is read")]
    enum Colour {
        Red,
        Green(Move),
    }

    /// The destructor panics, so that the test sees when a value is made.
    #[derive(Deserialize)]
    struct Loud(#[allow(dead_code, reason = "only its shape is read")] u32);

    /// A value of this type needs no bytes.
    #[derive(Deserialize)]
    struct Empty {}

    #[derive(Deserialize)]
    #[serde(default)]
    struct Defaulted {
        #[allow(dead_code, reason = "only its shape is read")]
        number: u32,
    }

    impl Default for Defaulted {
        fn default() -> Self {
            unreachable!("a value was made");
        }
    }

    impl Drop for Empty {
        fn drop(&mut self) {
            unreachable!("a value was made");
        }
    }

    /// A type with a `Deserialize` written by hand. If the number is missing, `Lenient` makes one, and `Strict` panics.
    struct Lenient(u32);
    struct Strict(#[allow(dead_code, reason = "only its shape is read")] u32);

    impl<'de> Deserialize<'de> for Lenient {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            Ok(Self(u32::deserialize(from).unwrap_or_default()))
        }
    }

    impl Drop for Lenient {
        fn drop(&mut self) {
            unreachable!("{} was made and dropped", self.0);
        }
    }

    impl<'de> Deserialize<'de> for Strict {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            Ok(Self(u32::deserialize(from).expect("a number")))
        }
    }

    impl Drop for Loud {
        fn drop(&mut self) {
            unreachable!("a value was made");
        }
    }

    #[test]
    fn names_are_noted_in_their_order() {
        assert_eq!(of::<Move>(), " { from, to }");
        assert_eq!(of::<Option<Vec<Move>>>(), " { from, to }");
        assert_eq!(of::<(Colour, u8)>(), " [Red, Green]");
        assert_eq!(of::<Vec<u8>>(), "");
    }

    #[test]
    fn no_value_is_made_and_no_type_is_endless() {
        assert_eq!(of::<(Loud, Loud)>(), "");
        assert_eq!(of::<Chain>(), "");
        assert_eq!(of::<(Empty, u8)>(), " {  }");
        assert_eq!(of::<Vec<Defaulted>>(), " { number }");
    }

    #[test]
    fn what_is_read_by_hand_may_make_a_value_or_panic() {
        assert_eq!(of::<Lenient>(), "");
        assert_eq!(of::<(Colour, Strict)>(), " [Red, Green]");
        assert_eq!(of::<Strict>(), "");
    }
}
