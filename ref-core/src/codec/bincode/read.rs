//! bincode's format as a deserializer of serde. The crate `bincode` has one, too, with twice as much that is compiled
//! for each type of values: for each struct, each option, and each field of another type.
//!
//! In a function with a type parameter, a `match` stands in place of a `?`, which would be compiled for each type.

use ::bincode::config::{self, Configuration};
use ::bincode::de::read::SliceReader;
use ::bincode::de::{BorrowDecode as _, Decode, DecoderImpl};
use ::bincode::error::{AllowedEnumVariants, DecodeError};
use ::bincode::serde::DecodeError as NotSupported;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer as _, MapAccess, SeqAccess};
use serde::de::{VariantAccess, Visitor};

/// The bytes that are not read yet.
pub(super) struct Rest<'de>(DecoderImpl<SliceReader<'de>, Configuration, ()>);

impl<'de> Rest<'de> {
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self(DecoderImpl::new(SliceReader::new(bytes), config::standard(), ()))
    }

    /// Reads all that is left, and returns how many bytes these were. The decoder does not say how many are left.
    pub(super) fn count(mut self) -> usize {
        std::iter::from_fn(|| self.next::<u8>().ok()).count()
    }

    #[inline]
    fn next<T: Decode<()>>(&mut self) -> Result<T, DecodeError> {
        T::decode(&mut self.0)
    }

    /// Reads the length of a list or a map. The decoder would cut it off where a `usize` has 32 bits.
    fn next_length(&mut self) -> Result<usize, DecodeError> {
        let length: u64 = self.next()?;
        usize::try_from(length).map_err(|_| DecodeError::OutsideUsizeRange(length))
    }

    /// Returns whether an option that comes has a value.
    fn next_option(&mut self) -> Result<bool, DecodeError> {
        match self.next::<u8>()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(DecodeError::UnexpectedVariant {
                type_name: "Option<T>",
                allowed: &AllowedEnumVariants::Range { max: 1, min: 0 },
                found: other.into(),
            }),
        }
    }
}

/// The next value of the rest.
pub(super) struct Next<'r, 'de>(pub(super) &'r mut Rest<'de>);

macro_rules! numbers {
    ($($method:ident $visit:ident;)+) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            visitor.$visit(self.0.next()?)
        }
    )+};
}

/// Text and bytes are lent, also where they are asked for as a `String` or a buffer: to read one of these, the decoder
/// allocates as many bytes as the length says, and then finds that there are fewer.
macro_rules! lent {
    ($($method:ident $visit:ident $type:ty;)+) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            visitor.$visit(<$type>::borrow_decode(&mut self.0.0)?)
        }
    )+};
}

impl<'de> Deserializer<'de> for Next<'_, 'de> {
    type Error = DecodeError;

    numbers! {
        deserialize_bool visit_bool;
        deserialize_i8 visit_i8;
        deserialize_i16 visit_i16;
        deserialize_i32 visit_i32;
        deserialize_i64 visit_i64;
        deserialize_i128 visit_i128;
        deserialize_u8 visit_u8;
        deserialize_u16 visit_u16;
        deserialize_u32 visit_u32;
        deserialize_u64 visit_u64;
        deserialize_u128 visit_u128;
        deserialize_f32 visit_f32;
        deserialize_f64 visit_f64;
        deserialize_char visit_char;
    }

    lent! {
        deserialize_str visit_borrowed_str &'de str;
        deserialize_string visit_borrowed_str &'de str;
        deserialize_bytes visit_borrowed_bytes &'de [u8];
        deserialize_byte_buf visit_borrowed_bytes &'de [u8];
    }

    #[inline]
    #[expect(clippy::question_mark, reason = "`?` would be compiled for each type of values")]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        // The result is not there any more when the value is read: if that panics, there is less to drop.
        let has_value = match self.0.next_option() {
            Ok(has_value) => has_value,
            Err(error) => return Err(error),
        };
        if has_value { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0.next_length() {
            Ok(left) => visitor.visit_seq(Several { rest: self.0, left }),
            Err(error) => Err(error),
        }
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(Several { rest: self.0, left })
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(Several { rest: self.0, left })
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0.next_length() {
            Ok(left) => visitor.visit_map(Several { rest: self.0, left }),
            Err(error) => Err(error),
        }
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(Several { rest: self.0, left: fields.len() })
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_enum(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, DecodeError> {
        Err(NotSupported::AnyNotSupported.into())
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, DecodeError> {
        Err(NotSupported::IdentifierNotSupported.into())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, DecodeError> {
        Err(NotSupported::IgnoredAnyNotSupported.into())
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The elements of a list, the entries of a map, or the fields of a struct.
struct Several<'r, 'de> {
    rest: &'r mut Rest<'de>,
    /// How many are not read yet.
    left: usize,
}

impl<'de> SeqAccess<'de> for Several<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        match seed.deserialize(Next(self.rest)) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(error),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Several<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        self.next_element_seed(seed)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, DecodeError> {
        seed.deserialize(Next(self.rest))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> EnumAccess<'de> for Next<'_, 'de> {
    type Error = DecodeError;
    type Variant = Self;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), DecodeError> {
        let variant: u32 = self.0.next()?;
        Ok((seed.deserialize(variant.into_deserializer())?, self))
    }
}

impl<'de> VariantAccess<'de> for Next<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, DecodeError> {
        seed.deserialize(self)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(Several { rest: self.0, left })
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(Several { rest: self.0, left: fields.len() })
    }
}
