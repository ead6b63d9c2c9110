//! The types that `bitflags!` makes. In such a type, `#[global_store]` finds one field, whose type no program can name.

use crate::stored::Stored;

/// A type that `bitflags!` makes. It is stored as the number that holds its flags.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot live in a store",
    label = "a type of `bitflags!` is `Stored` if `ref-core` has its feature `bitflags`",
    note = "write `features = [\"bitflags\"]` at `ref-core` in Cargo.toml; it is for `bitflags` 2"
)]
pub trait BitFlags {
    /// The number that holds the flags.
    type Number: Stored;

    /// Returns the number.
    fn number(&self) -> Self::Number;

    /// Returns the flags in a number. Bits without a name are kept, as `bitflags` permits them in every value.
    fn of_number(number: Self::Number) -> Self;
}
