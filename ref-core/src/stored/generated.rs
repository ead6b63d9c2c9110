//! The functions and types that are used by the code that `#[global_store]` generates.

use crate::schema::{Schema, short_name};

pub use super::Earlier;
pub use super::built::{
    BitFlags, Built, Content, Definition, FieldDefinition, NoType, OpaqueFieldRef, PartReader, Serde,
    VariantDefinition, VariantKind, Versioned, WithField, WithRef, describe, newtype, newtype_variant, no_arguments,
    restore_enum, restore_named, restore_newtype, restore_tuple, restore_unit, structure, structure_variant, tuple,
    tuple_variant, unit, unit_variant, unknown_variant,
};
pub use super::earlier::{ConvertsTo, EarlierOf, check, earlier, restore_or_convert};
pub use serde::{Deserializer, Serializer};
pub use std::option::Option;
pub use std::primitive::{str, u32};
pub use std::result::Result;

/// A type with a `Default`. If a type has none, the compiler's error is in the words of this crate.
#[diagnostic::on_unimplemented(
    message = "a field that is not stored is read as its default, and `{Self}` has none",
    label = "write `#[derive(Default)]` on the definition of your type, or store the field: take \
             `#[global_store(skip)]` off; for a type of another crate, write `Option<{Self}>`"
)]
pub trait HasDefault: Sized {
    /// Returns the default.
    #[must_use]
    fn make() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> HasDefault for T {
    fn make() -> Self {
        Self::default()
    }
}

/// Returns the value of a field that is not stored.
#[must_use]
pub fn skipped<T: HasDefault>() -> T {
    T::make()
}

/// Describes an opaque type by its name, as an opaque field of this type is described.
pub fn describe_opaque<T>(schema: &mut Schema) {
    schema.opaque(&short_name::<T>());
}
