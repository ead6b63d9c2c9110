//! All that generated code may name. Not for people: it changes without notice.

pub use crate::codec::CodecOf;
use crate::codec::{Codec, is_numbered};
pub use crate::handle::{HasFields, Lease, Loan, Owned, Ref, RefMut, Ticket};
pub use crate::schema::{Schema, Shape};
pub use crate::stored::Stored;
pub use serde;
pub use serde::{Serialize, de::DeserializeOwned};
pub use std::marker::{Send, Sync};

/// `Self` is the type of the `INDEX`-th field of `Owner`.
///
/// Implemented once a field, it is where the compiler finds out that a field's type is not `Stored`, and says so, at
/// the field. The other generated implementations ask for this trait, which always holds, and may take `Stored` for
/// granted, so that they add no errors of their own. The lifetime means nothing: under `for<'any>`, rustc does not prove
/// on the spot what follows from a bound.
pub trait StoredFieldOf<'any, Owner, const INDEX: usize>: Stored {}

/// As [`StoredFieldOf`], of a field that is stored by serde alone.
pub trait OpaqueFieldOf<'any, Owner, const INDEX: usize>: Serde + Send + Sync + 'static {}

/// `Self` is a type under `#[global_store]`, with all that [`Stored`] builds on.
///
/// Implemented once a type, it is where the compiler finds out what the type lacks that no field was in error for.
pub trait StoredItem<'any>: Serde + Send + Sync + 'static {}

/// Both of serde's traits in one, so that a type without either is one error.
#[diagnostic::on_unimplemented(
    message = "serde cannot both write and read `{Self}`",
    label = "this type needs `serde::Serialize` and `serde::Deserialize`",
    note = "write `#[derive(serde::Serialize, serde::Deserialize)]` on the definition of the type",
    note = "or, for a type of another crate, see whether that crate has a feature `serde`"
)]
pub trait Serde: Serialize + DeserializeOwned {}

impl<T: Serialize + DeserializeOwned> Serde for T {}

/// Never holds. It is for rustc's words: of a single implementation it reports each bound that fails, and of two that
/// both fail, the trait itself.
#[diagnostic::do_not_recommend]
impl<T> Serde for T
where
    for<'any> (): Nobody<'any>,
    T: Serde,
{
}

/// Implemented by no type.
pub trait Nobody<'any> {}

/// Writes the `INDEX`-th field of `Owner` into its description.
pub fn field<Owner, F, const INDEX: usize>(shape: &mut Shape<'_>, name: &str)
where
    F: for<'any> StoredFieldOf<'any, Owner, INDEX>,
{
    shape.field::<F>(name);
}

/// The codec that a type has chosen. Generated code also calls this in a constant: there, the assertion is a compiler's
/// error, at the attribute.
#[must_use]
#[track_caller]
pub const fn codec<T: Stored, C: Codec>() -> CodecOf<T> {
    assert!(is_numbered::<C>(), "the `ID` of a codec is at least 128");
    CodecOf::numbered::<C>()
}

/// Makes the handle of a field.
pub fn borrow<T: ?Sized>(field: &T) -> Ref<'_, T> {
    Ref::new(field)
}

/// Makes the exclusive handle of a field.
pub fn borrow_mut<T: ?Sized>(field: &mut T) -> RefMut<'_, T> {
    RefMut::new(field)
}

#[cfg(all(feature = "remote", target_os = "linux"))]
pub use crate::remote::generated as remote;
#[cfg(all(feature = "remote", target_os = "linux"))]
pub use inventory;
