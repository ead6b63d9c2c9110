//! The functions and types that are used by the code that `#[global_store]` generates.

pub use super::Earlier;
pub use super::built::{
    BitFlags, Built, Content, Definition, FieldDefinition, PartReader, PartWriter, VariantDefinition, VariantKind,
    WithField, describe, newtype, newtype_variant, structure, structure_variant, tuple, tuple_variant, unit,
    unit_variant, unknown_variant,
};
pub use super::earlier::{ConvertsTo, EarlierOf, check, earlier, restore_or_convert};
pub use serde::{Deserializer, Serializer};
pub use std::default::Default;
pub use std::option::Option;
pub use std::primitive::u32;
pub use std::result::Result;

/// Returns the value of a field that is not stored.
#[must_use]
pub fn skipped<T: Default>() -> T {
    T::default()
}

/// Reads a struct or an enum.
///
/// # Errors
/// Those of the format, and of a value that is not of this type.
#[inline]
pub fn restore<'de, T: Built, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    super::built::restore(from)
}
