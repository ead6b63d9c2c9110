//! Everything that generated code may name. This module is not for use by hand, and changes without notice.

pub use crate::codec::CodecOf;
use crate::codec::{Codec, is_numbered};
pub use crate::handle::{HasFields, Lease, Loan, Owned, Ref, RefMut, Ticket};
pub use crate::schema::{Schema, Shape};
pub use crate::stored::Stored;
pub use crate::stored::generated::*;

/// Expands to its argument.
#[doc(hidden)]
#[macro_export]
macro_rules! __items {
    ($($items:tt)*) => { $($items)* };
}
pub use __items as items;

/// `Self` is the type of the `INDEX`-th field of `Owner`.
///
/// Generated code implements the trait once for each field. At that implementation the compiler checks whether the
/// field's type is `Stored`, and the error points to the field. The other generated implementations have this trait as
/// a bound. Such a bound always holds, so these implementations add no errors of their own. The lifetime only allows
/// the bound to be written under `for<'any>`: rustc does not check at once what follows from such a bound.
pub trait StoredFieldOf<'any, Owner, const INDEX: usize>: Stored {}

/// Does what [`StoredFieldOf`] does, for an opaque field: its type needs serde's traits, and need not be `Stored`.
pub trait OpaqueFieldOf<'any, Owner, const INDEX: usize>: Serde + 'static {}

/// Does what [`StoredFieldOf`] does, for the field of a type that `bitflags!` makes. `Self` and `Owner` are
/// both that type.
pub trait FlagsFieldOf<'any, Owner, const INDEX: usize>: BitFlags {}

/// Does what [`StoredFieldOf`] does, for a field that is not stored.
pub trait SkippedFieldOf<'any, Owner, const INDEX: usize>: HasDefault {}

/// Returns the codec that a type has chosen. Panics if the codec is not this crate's and its `ID` is below 128.
/// Generated code calls this in a constant, where the panic is an error of the compiler that points to the attribute.
#[must_use]
#[track_caller]
pub const fn codec<T: Stored, C: Codec>() -> CodecOf<T> {
    assert!(
        is_numbered::<C>(),
        "an `ID` below 128 is for the codecs of `ref_core`; give your codec a number of 128 or more"
    );
    CodecOf::numbered::<C>()
}

/// Makes a [`Ref`] of a field.
pub fn borrow<T: ?Sized>(field: &T) -> Ref<'_, T> {
    crate::handle::ref_of_field(field)
}

/// Makes a [`RefMut`] of a field.
pub fn borrow_mut<T: ?Sized>(field: &mut T) -> RefMut<'_, T> {
    crate::handle::ref_mut_of_field(field)
}

#[cfg(feature = "macros")]
pub use ref_macros::StoredItem;

#[cfg(all(feature = "remote", target_os = "linux"))]
pub use crate::remote::generated as remote;
#[cfg(all(feature = "remote", target_os = "linux"))]
pub use inventory;
#[cfg(all(feature = "macros", feature = "remote", target_os = "linux"))]
pub use ref_macros::beside;
