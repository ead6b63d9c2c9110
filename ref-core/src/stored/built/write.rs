//! Writing a struct or an enum, part by part.

use super::opaque::{OpaqueFieldRef, Serde};
use super::with::{WithField, WithRef};
use super::{Definition, VariantDefinition};
use crate::codec::guard::{self, Descent};
use crate::stored::Stored;
use serde::ser::{
    Serialize, SerializeStruct, SerializeStructVariant, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Makes types that implement `Serialize` for a reference to a `Stored` value, one for each place of a value. rustc
/// limits how often a function is instantiated inside itself. With a single type, each level of a nested type would
/// count more than once.
macro_rules! reference {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        pub(crate) struct $name<'v, T>(pub(crate) &'v T);

        impl<T: Stored> Serialize for $name<'_, T> {
            #[inline]
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.0.store(to)
            }
        }
    )+};
}

reference! {
    /// A part of a tuple.
    Storing;
    /// A field.
    FieldRef;
    /// An element of a list.
    ElementRef;
    /// The value in an `Option`.
    SomeRef;
    /// A key or a value in a map.
    EntryRef;
}

/// Writes the parts of a struct or of a variant, in their order.
pub struct PartWriter<C> {
    inner: C,
    /// The names of the parts that are not written yet.
    names: &'static [&'static str],
    /// The level of an enum; `None` for a struct.
    _level: Option<Descent>,
}

/// One of serde's serializers for values of several parts.
pub trait Compound: Sized {
    /// What the format returns for a written value.
    type Ok;
    /// The format's error.
    type Error;

    /// Writes the next part.
    ///
    /// # Errors
    /// Those of the format.
    fn write<T: Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Self::Error>;

    /// Ends the value.
    ///
    /// # Errors
    /// Those of the format.
    fn finish(self) -> Result<Self::Ok, Self::Error>;
}

/// The serializer of a struct with named fields, as a [`Compound`].
pub struct Of<C>(C);
/// The serializer of a tuple struct, as a [`Compound`].
pub struct OfTuple<C>(C);
/// The serializer of a variant with named fields, as a [`Compound`].
pub struct OfVariant<C>(C);
/// The serializer of a tuple variant, as a [`Compound`].
pub struct OfTupleVariant<C>(C);

macro_rules! compound {
    ($($wrapper:ident: $trait:ident, $method:ident($($name:ident)?);)+) => {$(
        impl<C: $trait> Compound for $wrapper<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn write<T: Serialize>(&mut self, _name: &'static str, value: &T) -> Result<(), C::Error> {
                $(let $name = _name;)?
                self.0.$method($($name,)? value)
            }

            #[inline]
            fn finish(self) -> Result<C::Ok, C::Error> {
                self.0.end()
            }
        }
    )+};
}

compound! {
    Of: SerializeStruct, serialize_field(name);
    OfTuple: SerializeTupleStruct, serialize_field();
    OfVariant: SerializeStructVariant, serialize_field(name);
    OfTupleVariant: SerializeTupleVariant, serialize_field();
}

impl<C: Compound> PartWriter<C> {
    #[inline]
    fn new(inner: C, names: &'static [&'static str], level: Option<Descent>) -> Self {
        Self { inner, names, _level: level }
    }

    /// Writes the next part, of a type that is `Stored`.
    ///
    /// # Errors
    /// Those of the format.
    #[inline]
    pub fn part<T: Stored>(self, value: &T) -> Result<Self, C::Error> {
        self.write(&FieldRef(value))
    }

    /// Writes the next part by its serde traits.
    ///
    /// # Errors
    /// Those of the format.
    #[inline]
    pub fn opaque<T: Serde>(self, value: &T) -> Result<Self, C::Error> {
        self.write(&OpaqueFieldRef(value))
    }

    /// Writes the next part, the field `INDEX` of `O`, by its own function.
    ///
    /// # Errors
    /// Those of the format, and of the function.
    #[inline]
    pub fn with<O: WithField<INDEX>, const INDEX: usize>(self, value: &O::Field) -> Result<Self, C::Error> {
        self.write(&WithRef::<O, INDEX>(value))
    }

    /// Ends the value.
    ///
    /// # Errors
    /// Those of the format.
    #[inline]
    pub fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.finish()
    }

    #[inline]
    fn write<T: Serialize>(mut self, value: &T) -> Result<Self, C::Error> {
        let (name, rest) = self.names.split_first().unwrap_or((&"", &[]));
        self.names = rest;
        self.inner.write(name, value)?;
        Ok(self)
    }
}

/// Returns the only variant of a struct's definition.
fn only(of: &'static Definition) -> &'static VariantDefinition {
    &of.variants[0]
}

fn nth(of: &'static Definition, variant: u32) -> &'static VariantDefinition {
    &of.variants[variant as usize]
}

/// Begins a struct with named fields.
///
/// # Errors
/// Those of the format.
#[inline]
pub fn structure<S: Serializer>(
    to: S,
    of: &'static Definition,
) -> Result<PartWriter<Of<S::SerializeStruct>>, S::Error> {
    let names = only(of).stored;
    Ok(PartWriter::new(Of(to.serialize_struct(of.name, names.len())?), names, None))
}

/// Begins a struct whose fields have no names.
///
/// # Errors
/// Those of the format.
#[inline]
pub fn tuple<S: Serializer>(
    to: S,
    of: &'static Definition,
) -> Result<PartWriter<OfTuple<S::SerializeTupleStruct>>, S::Error> {
    let names = only(of).stored;
    Ok(PartWriter::new(OfTuple(to.serialize_tuple_struct(of.name, names.len())?), names, None))
}

/// Writes a struct of one field without a name.
///
/// # Errors
/// Those of the format.
#[inline]
pub fn newtype<S: Serializer, T: Stored>(to: S, of: &'static Definition, value: &T) -> Result<S::Ok, S::Error> {
    to.serialize_newtype_struct(of.name, &FieldRef(value))
}

/// Writes a struct without fields.
///
/// # Errors
/// Those of the format.
#[inline]
pub fn unit<S: Serializer>(to: S, of: &'static Definition) -> Result<S::Ok, S::Error> {
    to.serialize_unit_struct(of.name)
}

/// Begins a variant with named fields.
///
/// # Errors
/// Those of the format, or if there is no level left.
#[inline]
pub fn structure_variant<S: Serializer>(
    to: S,
    of: &'static Definition,
    variant: u32,
) -> Result<PartWriter<OfVariant<S::SerializeStructVariant>>, S::Error> {
    let (level, own) = (guard::descend_to_write()?, nth(of, variant));
    let inner = to.serialize_struct_variant(of.name, variant, own.name, own.stored.len())?;
    Ok(PartWriter::new(OfVariant(inner), own.stored, Some(level)))
}

/// Begins a variant whose fields have no names.
///
/// # Errors
/// Those of the format, or if there is no level left.
#[inline]
pub fn tuple_variant<S: Serializer>(
    to: S,
    of: &'static Definition,
    variant: u32,
) -> Result<PartWriter<OfTupleVariant<S::SerializeTupleVariant>>, S::Error> {
    let (level, own) = (guard::descend_to_write()?, nth(of, variant));
    let inner = to.serialize_tuple_variant(of.name, variant, own.name, own.stored.len())?;
    Ok(PartWriter::new(OfTupleVariant(inner), own.stored, Some(level)))
}

/// Writes a variant of one field without a name.
///
/// # Errors
/// Those of the format, or if there is no level left.
#[inline]
pub fn newtype_variant<S: Serializer, T: Stored>(
    to: S,
    of: &'static Definition,
    variant: u32,
    value: &T,
) -> Result<S::Ok, S::Error> {
    let _level = guard::descend_to_write()?;
    to.serialize_newtype_variant(of.name, variant, nth(of, variant).name, &FieldRef(value))
}

/// Writes a variant without fields.
///
/// # Errors
/// Those of the format, or if there is no level left.
#[inline]
pub fn unit_variant<S: Serializer>(to: S, of: &'static Definition, variant: u32) -> Result<S::Ok, S::Error> {
    let _level = guard::descend_to_write()?;
    to.serialize_unit_variant(of.name, variant, nth(of, variant).name)
}
