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

/// Makes methods whose visitor gets a plain value, and is not wrapped. (A self-describing format may read bytes as a
/// sequence. The elements of such bytes are not counted.)
macro_rules! leaf {
    ($($method:ident($($name:ident: $type:ty),*);)+) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($name,)* visitor)
        }
    )+};
}

/// Makes methods whose visitor gets another deserializer, or an access. `$level` says whether that is one level down,
/// and `$counts` whether elements are counted: the elements of a tuple or a struct are not, since the type fixes their
/// number.
macro_rules! nested {
    ($level:ident $counts:literal $($method:ident($($name:ident: $type:ty),*);)+) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            let level = self.level.$level().map_err(D::Error::custom)?;
            self.inner.$method($($name,)* GuardedVisitor::<V, $counts> { visitor, level })
        }
    )+};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for GuardedDeserializer<'_, D> {
    type Error = D::Error;

    leaf! {
        deserialize_bool(); deserialize_char(); deserialize_f32(); deserialize_f64();
        deserialize_u8(); deserialize_u16(); deserialize_u32(); deserialize_u64(); deserialize_u128();
        deserialize_i8(); deserialize_i16(); deserialize_i32(); deserialize_i64(); deserialize_i128();
        deserialize_str(); deserialize_bytes();
        deserialize_unit(); deserialize_unit_struct(name: &'static str); deserialize_identifier();
    }

    /// Calls `deserialize_str`: a decoder that can lend text from its bytes then checks the length before anything is
    /// allocated.
    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_str(visitor)
    }

    /// Calls `deserialize_bytes`, for the same reason as `deserialize_string` calls `deserialize_str`.
    #[inline]
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_bytes(visitor)
    }

    nested! { down true
        deserialize_seq(); deserialize_map(); deserialize_any(); deserialize_ignored_any();
    }

    nested! { down false
        deserialize_option();
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    }

    nested! { same false
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

struct GuardedVisitor<'g, V, const COUNTS: bool> {
    visitor: V,
    level: Level<'g>,
}

macro_rules! visit {
    ($($method:ident($type:ty);)+) => {$(
        #[inline]
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.visitor.$method(value)
        }
    )+};
}

impl<'de, V: Visitor<'de>, const COUNTS: bool> Visitor<'de> for GuardedVisitor<'_, V, COUNTS> {
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
        self.visitor.visit_some(GuardedDeserializer { inner, level: self.level })
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(GuardedDeserializer { inner, level: self.level })
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let counted = if COUNTS { self.level.advance(inner.size_hint().unwrap_or(0)) } else { 0 };
        self.visitor.visit_seq(GuardedAccess::<A, COUNTS> { inner, level: self.level, counted })
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let counted = if COUNTS { self.level.advance(inner.size_hint().unwrap_or(0)) } else { 0 };
        self.visitor.visit_map(GuardedAccess::<A, COUNTS> { inner, level: self.level, counted })
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(GuardedEnum { inner, level: self.level })
    }
}

/// Access to the elements of a sequence or a map.
struct GuardedAccess<'g, A, const COUNTS: bool> {
    inner: A,
    level: Level<'g>,
    /// How many elements were counted when the format announced them, and have not come yet.
    counted: usize,
}

impl<A, const COUNTS: bool> GuardedAccess<'_, A, COUNTS> {
    #[inline]
    fn count<E: Error>(&mut self) -> Result<(), E> {
        if !COUNTS {
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

impl<'de, A: SeqAccess<'de>, const COUNTS: bool> SeqAccess<'de> for GuardedAccess<'_, A, COUNTS> {
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

impl<'de, A: MapAccess<'de>, const COUNTS: bool> MapAccess<'de> for GuardedAccess<'_, A, COUNTS> {
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
        self.inner.tuple_variant(len, GuardedVisitor::<V, false> { visitor, level: self.level })
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, GuardedVisitor::<V, false> { visitor, level: self.level })
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
