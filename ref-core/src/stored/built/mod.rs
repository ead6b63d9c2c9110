//! The encoding of structs and enums: the data that `#[global_store]` generates for a type, and the functions that use
//! these data.
//!
//! For each type, the macro generates data, a [`Definition`], and two functions. [`Stored::store`] calls a function of
//! `write` with the parts of the value. [`Built::build`] is generic over the [`PartReader`], from which it reads the parts of a
//! value. The visitors that serde's formats ask for are in `read`, once for all types.

mod flags;
mod opaque;
mod read;
mod with;
mod write;

pub use flags::BitFlags;
pub use opaque::{NoType, OpaqueFieldRef, Serde};
pub(crate) use read::{NextElement, Restored};
pub use read::{
    PartReader, restore_enum, restore_named, restore_newtype, restore_tuple, restore_unit, unknown_variant,
};
pub use with::{WithField, WithRef};
pub(crate) use write::{ElementRef, EntryRef, SomeRef, Storing};
pub use write::{newtype, newtype_variant, structure, structure_variant, tuple, tuple_variant, unit, unit_variant};

use super::Stored;
use crate::schema::{Described, Schema, Shape, short_name};

/// What a struct or an enum is, as data.
pub struct Definition {
    /// The name in the fingerprint.
    pub name: &'static str,
    /// The version in the fingerprint.
    pub version: u32,
    /// Writes the type's arguments to its description.
    pub arguments: fn(&mut Shape<'_>),
    /// Whether the type is an enum. A struct has one variant, whose name is not used.
    pub is_enum: bool,
    /// The variants.
    pub variants: &'static [VariantDefinition],
    /// The names of the variants of an enum.
    pub variant_names: &'static [&'static str],
}

/// A variant of an enum, or the fields of a struct.
pub struct VariantDefinition {
    /// The variant's name.
    pub name: &'static str,
    /// The kind of the variant.
    pub kind: VariantKind,
    /// The names of the fields that are stored.
    pub stored: &'static [&'static str],
    /// All fields, in their order.
    pub fields: &'static [FieldDefinition],
}

/// The kind of a variant or a struct, by serde's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariantKind {
    /// Without fields.
    Unit,
    /// One field without a name, of a type that is `Stored`, or with the number of a type of `bitflags!`.
    Newtype,
    /// Other fields without names.
    Tuple,
    /// Fields with names.
    Named,
}

/// A field's name and how it is stored.
pub struct FieldDefinition {
    /// The field's name, or its number if it has no name.
    pub name: &'static str,
    /// How the field is stored.
    pub content: Content,
}

/// How a field is stored.
#[derive(Clone, Copy)]
pub enum Content {
    /// As a type that is `Stored`.
    Stored(Described),
    /// By the serde traits of its type. The function returns the type's name.
    Opaque(fn() -> String),
    /// By functions that the user has named.
    With,
    /// It is not stored.
    Skipped,
}

impl Content {
    /// Returns how a field of the type `T` is stored.
    #[must_use]
    pub const fn of<T: Stored>() -> Self {
        Self::Stored(super::described::<T>())
    }

    /// Returns how an opaque field of the type `T` is stored.
    #[must_use]
    pub const fn opaque<T>() -> Self {
        Self::Opaque(short_name::<T>)
    }
}

/// A struct or an enum that has a [`Definition`].
pub trait Built: Stored {
    /// What the type is.
    const DEFINITION: &'static Definition;

    /// Reads the fields of the variant with the number `variant`, in their order, and makes a value of them.
    ///
    /// # Errors
    /// If a field cannot be read, or there is no such variant.
    fn build<'de, P: PartReader<'de>>(variant: u32, from: &mut P) -> Result<Self, P::Error>;
}

/// The name and the version of a struct or an enum with `#[global_store]`, as the type's [`Definition`] has them.
///
/// The implementation has no bounds on the fields. So a constant can read the two, even if a field is not `Stored`.
/// rustc cannot evaluate the `DEFINITION` of such a type, and would report that as a second error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no earlier definition of a stored type",
    label = "name a struct or an enum of yours, and write `#[global_store(name = \"..\", version = ..)]` on its \
             definition: with the name of the type, and a smaller version"
)]
pub trait Versioned: Built {
    /// The name in the fingerprint.
    const NAME: &'static str;
    /// The version in the fingerprint.
    const VERSION: u32;
}

/// The `arguments` of a type that has none.
pub fn no_arguments(_: &mut Shape<'_>) {}

/// Describes a type by its definition, or by the earlier one if the schema asks for that.
///
/// For a replaced type, `Schema::descend` calls the `describe` of the earlier definition, and not this function. But
/// a `Stored::describe` that is written by hand may call the `describe` of a replaced type directly.
pub fn describe<T: Built>(schema: &mut Schema) {
    describe_by(const { super::described::<T>() }, T::DEFINITION, schema);
}

/// Does what [`describe`] does, and has no type parameter, so that rustc compiles this once.
fn describe_by(own: Described, definition: &Definition, schema: &mut Schema) {
    let replacement = schema.replacement(own);
    if (replacement.id)() != (own.id)() {
        return (replacement.describe)(schema);
    }
    schema.named(definition.name, definition.version, |shape| {
        (definition.arguments)(shape);
        for variant in definition.variants {
            match definition.is_enum {
                true => shape.variant(variant.name, |shape| fields(variant, shape)),
                false => fields(variant, shape),
            }
        }
    });
}

fn fields(variant: &VariantDefinition, shape: &mut Shape<'_>) {
    for field in variant.fields {
        match field.content {
            Content::Stored(described) => shape.part(field.name, |schema| schema.descend(described)),
            Content::Opaque(type_name) => shape.opaque_as(field.name, &type_name()),
            Content::With => shape.word(field.name, "with"),
            Content::Skipped => shape.word(field.name, "skipped"),
        }
    }
}
