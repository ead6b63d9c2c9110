//! A deserializer that reads nothing and makes up a value, of the kind that the type asks for.

use serde::de::value::{Error, U32Deserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

/// Random numbers (`splitmix64`), how many parts may still be made, and the texts of a value that does not say what
/// text it wants.
pub struct Random {
    state: u64,
    parts: u32,
    texts: &'static [&'static str],
}

impl Random {
    /// Returns the numbers of a seed.
    pub fn new(seed: u64) -> Self {
        // With texts of all kinds, a value with many texts that have to be JSON is hardly ever made.
        let texts = match seed % 4 {
            1 => OBJECTS,
            2 => NUMBERS,
            _ => TEXTS,
        };
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), parts: 3000, texts }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.state;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Makes up one value.
pub struct Maker<'r> {
    random: &'r mut Random,
    depth: u32,
}

impl<'r> Maker<'r> {
    /// Returns the maker of a whole value.
    pub fn new(random: &'r mut Random) -> Self {
        Self { random, depth: 0 }
    }

    fn below(&mut self) -> Result<Maker<'_>, Error> {
        let random = &mut *self.random;
        random.parts = random.parts.checked_sub(1).ok_or_else(|| Error::custom("too many parts"))?;
        match self.depth {
            90.. => Err(Error::custom("too deep")),
            depth => Ok(Maker { random, depth: depth + 1 }),
        }
    }

    /// Returns how many elements a list gets: fewer the deeper it is.
    fn len(&mut self) -> usize {
        match self.depth {
            0..6 => self.random.below(4),
            6..12 => self.random.below(2),
            _ => 0,
        }
    }
}

const TEXTS: &[&str] =
    &["a", "", "zw\u{f6}lf", "http://a.example/b?c#d", "1.2.3", "7", "{\"a\":[1,null]}", "2024-05-06T07:08:09Z", "x-1"];

const OBJECTS: &[&str] = &["{}", "{\"a\":[1,null]}", "{\"b\":\"c\",\"d\":{\"e\":-1.5}}"];
const NUMBERS: &[&str] = &["0", "7", "65535"];

/// Texts for the kinds of text that a visitor may name in its `expecting`.
const KINDS: &[(&str, &str)] = &[
    ("IPv4", "127.0.0.1"),
    ("IPv6", "::1"),
    ("IP ", "10.0.0.7"),
    ("socket", "127.0.0.1:80"),
    ("RFC 3339", "2024-05-06T07:08:09.5Z"),
    ("date and time", "2024-05-06T07:08:09Z"),
    ("date", "2024-05-06"),
    ("UUID", "67e55044-10b1-426f-9247-bb680e5fe0c8"),
    ("semver", "1.2.3-a.4"),
    ("url", "http://a.example/b"),
    ("URL", "http://a.example/b"),
    ("path", "a/b"),
];

impl Maker<'_> {
    fn text(&mut self, expected: &dyn Expected) -> &'static str {
        let wanted = expected.to_string();
        let kind = KINDS.iter().find(|(kind, _)| wanted.contains(kind));
        kind.map_or_else(|| self.random.texts[self.random.below(self.random.texts.len())], |(_, text)| text)
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty;)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let number = self.random.next();
            visitor.$visit(match number % 4 { 0 => 1, 1 => (number >> 8) as $type & 0x3f, _ => (number >> 8) as $type })
        }
    )+};
}

impl<'de> Deserializer<'de> for Maker<'_> {
    type Error = Error;

    numbers! {
        deserialize_u8 visit_u8 u8; deserialize_u16 visit_u16 u16; deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64; deserialize_u128 visit_u128 u128;
        deserialize_i8 visit_i8 i8; deserialize_i16 visit_i16 i16; deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64; deserialize_i128 visit_i128 i128;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.random.below(8) {
            0 => self.deserialize_bool(visitor),
            1 => self.deserialize_u64(visitor),
            2 => self.deserialize_f64(visitor),
            3 | 4 => self.deserialize_str(visitor),
            5 => self.deserialize_seq(visitor),
            6 => self.deserialize_map(visitor),
            _ => visitor.visit_unit(),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.random.below(2) == 1)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f32(self.random.next() as i32 as f32 / 64.0)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.random.next() as i64 as f64 / 3.0)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_char(['a', '\u{e9}', '\u{1f600}', '\0'][self.random.below(4)])
    }

    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let text = self.text(&visitor);
        visitor.visit_str(text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // 48 is a multiple of the width of most elements.
        let bytes: Vec<u8> = (0..self.random.below(2) * 48).map(|_| self.random.below(2) as u8).collect();
        visitor.visit_bytes(&bytes)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        match self.len() {
            0 => visitor.visit_none(),
            _ => visitor.visit_some(self.below()?),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(mut self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self.below()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let left = self.len();
        visitor.visit_seq(Parts { maker: self, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Parts { maker: self, left })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Parts { maker: self, left })
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let left = self.len();
        visitor.visit_map(Parts { maker: self, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Parts { maker: self, left: fields.len() })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        // In many recursive enums, the first variants are those that end the recursion.
        let known = if self.depth > 16 { variants.len().min(2) } else { variants.len() };
        let variant = self.random.below(known) as u32;
        let _one_more = self.below()?;
        visitor.visit_enum(Variant { maker: self, variant })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

struct Parts<'r> {
    maker: Maker<'r>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                seed.deserialize(self.maker.below()?).map(Some)
            }
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Parts<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.maker.below()?)
    }
}

struct Variant<'r> {
    maker: Maker<'r>,
    variant: u32,
}

impl<'de, 'r> EnumAccess<'de> for Variant<'r> {
    type Error = Error;
    type Variant = Maker<'r>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Maker<'r>), Error> {
        let number: U32Deserializer<Error> = self.variant.into_deserializer();
        seed.deserialize(number).map(|variant| (variant, self.maker))
    }
}

impl<'de> VariantAccess<'de> for Maker<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.below()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(fields.len(), visitor)
    }
}
