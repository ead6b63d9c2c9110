//! Reading a struct or an enum, part by part.

use super::opaque::{OpaqueSeed, Serde};
use super::with::{WithField, WithSeed};
use super::{Built, Definition, VariantKind};
use crate::codec::guard;
use crate::stored::Stored;
use serde::Deserialize;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::fmt;
use std::marker::PhantomData;

/// A `Stored` value that serde has read.
pub(crate) struct Restored<T>(pub(crate) T);

impl<'de, T: Stored> Deserialize<'de> for Restored<T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::restore(from).map(Self)
    }
}

/// Reads a field. [`NextElement`] reads an element: the macro `reference` in `write` says why there are two types.
struct FieldSeed<T>(PhantomData<T>);

/// Reads an element of a list.
pub(crate) struct NextElement<T>(pub(crate) PhantomData<T>);

macro_rules! seed {
    ($($name:ident)+) => {$(
        impl<'de, T: Stored> DeserializeSeed<'de> for $name<T> {
            type Value = T;

            #[inline]
            fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
                T::restore(from)
            }
        }
    )+};
}

seed! { FieldSeed NextElement }

/// The parts of a value, in the order of its definition.
pub trait PartReader<'de> {
    /// The format's error.
    type Error: de::Error;

    /// Reads the next part.
    ///
    /// # Errors
    /// Those of the format, or if there is no next part.
    fn next<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Self::Error>;

    /// Reads the next part, of a type that is `Stored`.
    ///
    /// # Errors
    /// Those of [`next`](Self::next).
    #[inline]
    fn part<T: Stored>(&mut self) -> Result<T, Self::Error> {
        self.next(FieldSeed(PhantomData))
    }

    /// Reads the next part by its serde traits.
    ///
    /// # Errors
    /// Those of [`next`](Self::next).
    #[inline]
    fn opaque<T: Serde>(&mut self) -> Result<T, Self::Error> {
        self.next(OpaqueSeed(PhantomData))
    }

    /// Reads the next part, the field `INDEX` of `O`, by its own function.
    ///
    /// # Errors
    /// Those of [`next`](Self::next), and of the function.
    #[inline]
    fn with<O: WithField<INDEX>, const INDEX: usize>(&mut self) -> Result<O::Field, Self::Error> {
        self.next(WithSeed::<O, INDEX>(PhantomData))
    }
}

/// Returns the error of [`Built::build`] for a variant that does not exist.
#[cold]
pub fn unknown_variant<'de, P: PartReader<'de>, T>(_: &P, variant: u32) -> Result<T, P::Error> {
    Err(P::Error::custom(format_args!("there is no variant {variant}")))
}

/// The parts in a sequence.
struct InSeq<A> {
    access: A,
    read: usize,
}

impl<'de, A: SeqAccess<'de>> PartReader<'de> for InSeq<A> {
    type Error = A::Error;

    #[inline]
    fn next<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        // `?` would be compiled for each type of parts.
        match self.access.next_element_seed(seed) {
            Ok(Some(value)) => {
                self.read += 1;
                Ok(value)
            }
            Ok(None) => Err(missing(self.read)),
            Err(error) => Err(error),
        }
    }
}

/// The parts in a map from names to values, in the order of the definition.
struct InMap<A> {
    access: A,
    names: &'static [&'static str],
}

impl<'de, A: MapAccess<'de>> PartReader<'de> for InMap<A> {
    type Error = A::Error;

    #[inline]
    fn next<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let Some((&name, rest)) = self.names.split_first() else { return Err(too_many()) };
        self.names = rest;
        match self.access.next_key_seed(NameSeed(name))? {
            Some(()) => self.access.next_value_seed(seed),
            None => Err(A::Error::missing_field(name)),
        }
    }
}

/// The only part of a newtype struct, with the deserializer that reads it.
struct InNewtype<D>(Option<D>);

impl<'de, D: Deserializer<'de>> PartReader<'de> for InNewtype<D> {
    type Error = D::Error;

    #[inline]
    fn next<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, D::Error> {
        match self.0.take() {
            Some(from) => seed.deserialize(from),
            None => Err(too_many()),
        }
    }
}

/// The only part of a newtype variant.
struct InVariant<A>(Option<A>);

impl<'de, A: VariantAccess<'de>> PartReader<'de> for InVariant<A> {
    type Error = A::Error;

    #[inline]
    fn next<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.0.take() {
            Some(from) => from.newtype_variant_seed(seed),
            None => Err(too_many()),
        }
    }
}

/// No parts.
struct Nothing<E>(PhantomData<E>);

impl<'de, E: de::Error> PartReader<'de> for Nothing<E> {
    type Error = E;

    fn next<S: DeserializeSeed<'de>>(&mut self, _: S) -> Result<S::Value, E> {
        Err(too_many())
    }
}

#[cold]
fn missing<E: de::Error>(number: usize) -> E {
    E::custom(format_args!("the field number {number} is missing"))
}

#[cold]
fn too_many<E: de::Error>() -> E {
    E::custom("a field more than there are")
}

/// Reads the name of the next part, and fails if it is another name than this one.
struct NameSeed(&'static str);

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for NameSeed {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the field `{}`", self.0)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<(), E> {
        if name == self.0 { Ok(()) } else { Err(E::invalid_value(de::Unexpected::Str(name), &self)) }
    }

    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<(), E> {
        if name == self.0.as_bytes() { Ok(()) } else { Err(E::invalid_value(de::Unexpected::Bytes(name), &self)) }
    }
}

/// Reads the fields of a struct or a variant.
struct FieldsVisitor<T> {
    variant: u32,
    marker: PhantomData<T>,
}

impl<T> FieldsVisitor<T> {
    const OF_STRUCT: Self = Self { variant: 0, marker: PhantomData };
}

impl<'de, T: Built> Visitor<'de> for FieldsVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a `{}`", T::DEFINITION.name)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<T, A::Error> {
        T::build(self.variant, &mut InSeq { access, read: 0 })
    }

    #[inline]
    #[expect(clippy::question_mark, reason = "`?` would be compiled for each type")]
    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<T, A::Error> {
        let mut parts = InMap { access, names: T::DEFINITION.variants[self.variant as usize].stored };
        let value = match T::build(self.variant, &mut parts) {
            Ok(value) => value,
            Err(error) => return Err(error),
        };
        match parts.access.next_key::<de::IgnoredAny>() {
            Ok(None) => Ok(value),
            Ok(Some(_)) => Err(too_many()),
            Err(error) => Err(error),
        }
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        T::build(self.variant, &mut InNewtype(Some(from)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        T::build(self.variant, &mut Nothing(PhantomData))
    }
}

// No call stands between the beginning of these functions and the format's method: rustc would compile code that drops
// `from` if the call panics, for each type.

/// Reads a struct with named fields.
///
/// # Errors
/// Those of the format, and of a value that is not of this type.
pub fn restore_named<'de, T: Built, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_struct(T::DEFINITION.name, const { only(T::DEFINITION) }, FieldsVisitor::OF_STRUCT)
}

/// Reads a struct whose fields have no names.
///
/// # Errors
/// Those of the format, and of a value that is not of this type.
pub fn restore_tuple<'de, T: Built, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_tuple_struct(T::DEFINITION.name, const { only(T::DEFINITION) }.len(), FieldsVisitor::OF_STRUCT)
}

/// Reads a struct of one field without a name.
///
/// # Errors
/// Those of the format, and of a value that is not of this type.
pub fn restore_newtype<'de, T: Built, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_newtype_struct(T::DEFINITION.name, FieldsVisitor::OF_STRUCT)
}

/// Reads a struct without fields.
///
/// # Errors
/// Those of the format, and of a value that is not of this type.
pub fn restore_unit<'de, T: Built, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_unit_struct(T::DEFINITION.name, FieldsVisitor::OF_STRUCT)
}

/// Reads an enum.
///
/// # Errors
/// Those of the format, and of a value that is not of this type.
pub fn restore_enum<'de, T: Built, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_enum(T::DEFINITION.name, T::DEFINITION.variant_names, EnumVisitor(PhantomData))
}

/// Returns the names of a struct's fields that are stored.
const fn only(of: &'static Definition) -> &'static [&'static str] {
    of.variants[0].stored
}

/// Returns whether a variant of `T` is of this kind.
const fn has<T: Built>(kind: VariantKind) -> bool {
    let mut rest = T::DEFINITION.variants;
    while let [first, others @ ..] = rest {
        if first.kind as u8 == kind as u8 {
            return true;
        }
        rest = others;
    }
    false
}

struct EnumVisitor<T>(PhantomData<T>);

impl<'de, T: Built> Visitor<'de> for EnumVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a `{}`", T::DEFINITION.name)
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<T, A::Error> {
        let _level = guard::descend_to_read::<A::Error>()?;
        let (variant, access) = access.variant_seed(VariantSeed(T::DEFINITION.variant_names))?;
        let own = &T::DEFINITION.variants[variant as usize];
        let fields = FieldsVisitor { variant, marker: PhantomData };
        // The conditions are constants, so that rustc compiles nothing for a kind that no variant is of.
        if const { has::<T>(VariantKind::Newtype) } && own.kind == VariantKind::Newtype {
            return T::build(variant, &mut InVariant(Some(access)));
        }
        if const { has::<T>(VariantKind::Named) } && own.kind == VariantKind::Named {
            return access.struct_variant(own.stored, fields);
        }
        if const { has::<T>(VariantKind::Tuple) } && own.kind == VariantKind::Tuple {
            return access.tuple_variant(own.stored.len(), fields);
        }
        access.unit_variant()?;
        fields.visit_unit()
    }
}

/// Reads which variant comes, by its number or its name.
struct VariantSeed(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for VariantSeed {
    type Value = u32;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<u32, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for VariantSeed {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {} variants", self.0.len())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<u32, E> {
        match u32::try_from(number) {
            Ok(variant) if (variant as usize) < self.0.len() => Ok(variant),
            _ => Err(E::invalid_value(de::Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<u32, E> {
        let found = self.0.iter().position(|known| *known == name);
        found.map(|variant| variant as u32).ok_or_else(|| E::unknown_variant(name, self.0))
    }

    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<u32, E> {
        self.visit_str(&String::from_utf8_lossy(name))
    }
}
