//! Reading under the guard. Every deserializer, access and seed through which a part of a value is read is wrapped, and
//! every visitor that may get one of them.

use super::{Guard, Level};
use serde::Deserialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::fmt;

/// A `T` that is read under the guard.
pub(crate) struct Guarded<T>(pub(crate) T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Guarded<T> {
    fn deserialize<D: Deserializer<'de>>(inner: D) -> Result<Self, D::Error> {
        let guard = Guard::new();
        let value = T::deserialize(GuardedDeserializer { inner, level: guard.top() });
        guard.close();
        value.map(Self)
    }
}

struct GuardedDeserializer<'g, D> {
    inner: D,
    level: Level<'g>,
}

/// The elements have a number that the type fixes, and are not counted.
const FIXED: u8 = 0;
/// The elements are counted.
const COUNTED: u8 = 1;
/// A plain value is asked for. A self-describing format may give another value, such as a sequence in the place of
/// bytes. Such a value is one level down, and its elements are counted.
const PLAIN: u8 = 2;

/// Makes methods of a deserializer that wrap the visitor. `$level` is `down` if the method itself goes one level down,
/// and `same` if not.
macro_rules! wrapped {
    ($level:ident $parts:ident $($method:ident $(as $asked:ident)? ($($name:ident: $type:ty),*);)+) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            let level = self.level.$level().map_err(D::Error::custom)?;
            let visitor = GuardedVisitor::<V, $parts> { visitor, level };
            wrapped!(@ self.inner, $method $($asked)?, $($name,)* visitor)
        }
    )+};
    (@ $inner:expr, $method:ident $asked:ident, $($argument:expr),*) => { $inner.$asked($($argument),*) };
    (@ $inner:expr, $method:ident, $($argument:expr),*) => { $inner.$method($($argument),*) };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for GuardedDeserializer<'_, D> {
    type Error = D::Error;

    // A decoder that can lend text from its bytes checks the length before anything is allocated. So a `String` is
    // asked for as a `str`, and a byte buffer as bytes.
    wrapped! { same PLAIN
        deserialize_bool(); deserialize_char(); deserialize_f32(); deserialize_f64();
        deserialize_u8(); deserialize_u16(); deserialize_u32(); deserialize_u64(); deserialize_u128();
        deserialize_i8(); deserialize_i16(); deserialize_i32(); deserialize_i64(); deserialize_i128();
        deserialize_str(); deserialize_bytes();
        deserialize_string as deserialize_str(); deserialize_byte_buf as deserialize_bytes();
        deserialize_unit(); deserialize_unit_struct(name: &'static str); deserialize_identifier();
    }

    wrapped! { down COUNTED
        deserialize_seq(); deserialize_map(); deserialize_any(); deserialize_ignored_any();
    }

    wrapped! { down FIXED
        deserialize_option();
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    }

    wrapped! { same FIXED
        deserialize_newtype_struct(name: &'static str);
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

struct GuardedVisitor<'g, V, const PARTS: u8> {
    visitor: V,
    level: Level<'g>,
}

impl<'g, V, const PARTS: u8> GuardedVisitor<'g, V, PARTS> {
    /// Returns the level of the parts that the visitor gets: if a plain value was asked for, this is one level down.
    /// Fails if there is no level left.
    #[inline]
    fn inside<E: Error>(&self) -> Result<Level<'g>, E> {
        if PARTS == PLAIN { self.level.down().map_err(E::custom) } else { Ok(self.level) }
    }

    /// Counts the elements that an access announces. Returns how many it counted.
    #[inline]
    fn announced(level: Level<'_>, size_hint: Option<usize>) -> usize {
        if PARTS == FIXED { 0 } else { level.advance(size_hint.unwrap_or(0)) }
    }
}

macro_rules! visit {
    ($($method:ident($type:ty);)+) => {$(
        #[inline]
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.visitor.$method(value)
        }
    )+};
}

impl<'de, V: Visitor<'de>, const PARTS: u8> Visitor<'de> for GuardedVisitor<'_, V, PARTS> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    visit! {
        visit_bool(bool); visit_char(char); visit_f32(f32); visit_f64(f64);
        visit_u8(u8); visit_u16(u16); visit_u32(u32); visit_u64(u64); visit_u128(u128);
        visit_i8(i8); visit_i16(i16); visit_i32(i32); visit_i64(i64); visit_i128(i128);
        visit_str(&str); visit_borrowed_str(&'de str); visit_string(String);
        visit_bytes(&[u8]); visit_borrowed_bytes(&'de [u8]); visit_byte_buf(Vec<u8>);
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let level = self.inside()?;
        self.visitor.visit_some(GuardedDeserializer { inner, level })
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let level = self.inside()?;
        self.visitor.visit_newtype_struct(GuardedDeserializer { inner, level })
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let level = self.inside()?;
        let counted = Self::announced(level, inner.size_hint());
        self.visitor.visit_seq(GuardedAccess::<A, PARTS> { inner, level, counted })
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let level = self.inside()?;
        let counted = Self::announced(level, inner.size_hint());
        self.visitor.visit_map(GuardedAccess::<A, PARTS> { inner, level, counted })
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let level = self.inside()?;
        self.visitor.visit_enum(GuardedEnum { inner, level })
    }
}

/// Access to the elements of a sequence or a map.
struct GuardedAccess<'g, A, const PARTS: u8> {
    inner: A,
    level: Level<'g>,
    /// How many elements were counted when the format announced them, and have not been read yet.
    counted: usize,
}

impl<A, const PARTS: u8> GuardedAccess<'_, A, PARTS> {
    #[inline]
    fn count<E: Error>(&mut self) -> Result<(), E> {
        if PARTS == FIXED {
            return Ok(());
        }
        match self.counted.checked_sub(1) {
            Some(counted) => {
                self.counted = counted;
                Ok(())
            }
            None => self.level.count(1).map_err(E::custom),
        }
    }
}

impl<'de, A: SeqAccess<'de>, const PARTS: u8> SeqAccess<'de> for GuardedAccess<'_, A, PARTS> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let element = self.inner.next_element_seed(GuardedSeed { seed, level: self.level })?;
        if element.is_some() {
            self.count()?;
        }
        Ok(element)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>, const PARTS: u8> MapAccess<'de> for GuardedAccess<'_, A, PARTS> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let key = self.inner.next_key_seed(GuardedSeed { seed, level: self.level })?;
        if key.is_some() {
            self.count()?;
        }
        Ok(key)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(GuardedSeed { seed, level: self.level })
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

/// Access to an enum: first its variant, then the content of the variant.
struct GuardedEnum<'g, A> {
    inner: A,
    level: Level<'g>,
}

impl<'de, 'g, A: EnumAccess<'de>> EnumAccess<'de> for GuardedEnum<'g, A> {
    type Error = A::Error;
    type Variant = GuardedEnum<'g, A::Variant>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (variant, inner) = self.inner.variant_seed(GuardedSeed { seed, level: self.level })?;
        Ok((variant, GuardedEnum { inner, level: self.level }))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for GuardedEnum<'_, A> {
    type Error = A::Error;

    #[inline]
    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(GuardedSeed { seed, level: self.level })
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, GuardedVisitor::<V, FIXED> { visitor, level: self.level })
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, GuardedVisitor::<V, FIXED> { visitor, level: self.level })
    }
}

struct GuardedSeed<'g, S> {
    seed: S,
    level: Level<'g>,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for GuardedSeed<'_, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.seed.deserialize(GuardedDeserializer { inner, level: self.level })
    }
}
