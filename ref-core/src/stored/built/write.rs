//! Writing a struct or an enum, part by part.

use super::opaque::{OpaqueFieldRef, Serde};
use super::with::{WithField, WithRef};
use super::{Definition, VariantDefinition};
use crate::codec::guard;
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

/// One of serde's serializers for values of several parts.
pub trait Compound: Sized {
    /// What the format returns for a written value.
    type Ok;
    /// The format's error.
    type Error;

    /// Ends the value.
    ///
    /// # Errors
    /// Those of the format.
    fn finish(self) -> Result<Self::Ok, Self::Error>;
}

/// A part of a value, which the serializer `C` can write: a `Stored` value, an [`OpaqueFieldRef`] or a [`WithRef`].
///
/// The functions below get parts as trait objects. So rustc compiles these functions once for a format, and not once for
/// each struct.
pub trait WritePart<C: Compound> {
    /// Writes the part under this name.
    ///
    /// # Errors
    /// Those of the format, and of the user's function.
    fn write(&self, name: &'static str, to: &mut C) -> Result<(), C::Error>;
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
            fn finish(self) -> Result<C::Ok, C::Error> {
                self.0.end()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Stored, C: $trait> WritePart<$wrapper<C>> for T {
            #[inline]
            fn write(&self, _name: &'static str, to: &mut $wrapper<C>) -> Result<(), C::Error> {
                $(let $name = _name;)?
                to.0.$method($($name,)? &FieldRef(self))
            }
        }

        impl<T: Serde, C: $trait> WritePart<$wrapper<C>> for OpaqueFieldRef<'_, T> {
            fn write(&self, _name: &'static str, to: &mut $wrapper<C>) -> Result<(), C::Error> {
                $(let $name = _name;)?
                to.0.$method($($name,)? self)
            }
        }

        impl<O: WithField<INDEX>, C: $trait, const INDEX: usize> WritePart<$wrapper<C>> for WithRef<'_, O, INDEX> {
            fn write(&self, _name: &'static str, to: &mut $wrapper<C>) -> Result<(), C::Error> {
                $(let $name = _name;)?
                to.0.$method($($name,)? self)
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

/// Writes the parts of a struct or of a variant, and ends the value.
fn write_parts<C: Compound>(mut to: C, names: &[&'static str], parts: &[&dyn WritePart<C>]) -> Result<C::Ok, C::Error> {
    for (name, part) in names.iter().zip(parts) {
        part.write(name, &mut to)?;
    }
    to.finish()
}

/// Returns the only variant of a struct's definition.
fn only(of: &'static Definition) -> &'static VariantDefinition {
    &of.variants[0]
}

fn nth(of: &'static Definition, variant: u32) -> &'static VariantDefinition {
    &of.variants[variant as usize]
}

/// Writes a struct with named fields.
///
/// # Errors
/// Those of the format.
pub fn structure<S: Serializer>(
    to: S,
    of: &'static Definition,
    parts: &[&dyn WritePart<Of<S::SerializeStruct>>],
) -> Result<S::Ok, S::Error> {
    let names = only(of).stored;
    write_parts(Of(to.serialize_struct(of.name, names.len())?), names, parts)
}

/// Writes a struct whose fields have no names.
///
/// # Errors
/// Those of the format.
pub fn tuple<S: Serializer>(
    to: S,
    of: &'static Definition,
    parts: &[&dyn WritePart<OfTuple<S::SerializeTupleStruct>>],
) -> Result<S::Ok, S::Error> {
    let names = only(of).stored;
    write_parts(OfTuple(to.serialize_tuple_struct(of.name, names.len())?), names, parts)
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

/// Writes a variant with named fields.
///
/// # Errors
/// Those of the format, or if there is no level left.
pub fn structure_variant<S: Serializer>(
    to: S,
    of: &'static Definition,
    variant: u32,
    parts: &[&dyn WritePart<OfVariant<S::SerializeStructVariant>>],
) -> Result<S::Ok, S::Error> {
    let (_level, own) = (guard::descend_to_write()?, nth(of, variant));
    let inner = to.serialize_struct_variant(of.name, variant, own.name, own.stored.len())?;
    write_parts(OfVariant(inner), own.stored, parts)
}

/// Writes a variant whose fields have no names.
///
/// # Errors
/// Those of the format, or if there is no level left.
pub fn tuple_variant<S: Serializer>(
    to: S,
    of: &'static Definition,
    variant: u32,
    parts: &[&dyn WritePart<OfTupleVariant<S::SerializeTupleVariant>>],
) -> Result<S::Ok, S::Error> {
    let (_level, own) = (guard::descend_to_write()?, nth(of, variant));
    let inner = to.serialize_tuple_variant(of.name, variant, own.name, own.stored.len())?;
    write_parts(OfTupleVariant(inner), own.stored, parts)
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
