//! What may live in a store.

#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "indexmap")]
mod indexmap;
#[cfg(feature = "rc")]
mod rc;
#[cfg(feature = "smallvec")]
mod smallvec;
mod standard;
#[cfg(test)]
mod tests;
#[cfg(feature = "uuid")]
mod uuid;

use crate::codec::CodecOf;
use crate::schema::{Described, Known, Schema, Shape};
use serde::{Serialize, de::DeserializeOwned};
use std::any::TypeId;

/// A type whose values may live in a store.
///
/// ```
/// use ref_core::{Schema, global_store};
///
/// #[global_store(version = 2)]
/// #[derive(Debug)]
/// pub struct Grid<T> {
///     step: u64,
///     cells: Vec<T>,
/// }
///
/// assert_eq!(Schema::of::<Grid<f64>>().to_string(), "Grid<f64>@2{step:u64,cells:Vec<f64>}");
/// ```
///
/// [`#[global_store]`](crate::global_store) implements it for a struct or an enum all of whose fields are `Stored`.
/// The plain types of the standard library are: numbers, text, tuples, arrays of up to 32, collections, paths, times,
/// addresses. So are, by the feature of the crate's name, the types of `bytes`, `chrono`, `indexmap`, `smallvec` (1) and
/// `uuid` that own their values. (`std::cmp::Ordering` is not: serde cannot write it.)
/// [`Schema`] shows an implementation by hand.
///
/// A `Vec` is written and read one element after another, which for a long `Vec<u8>` takes longer than all else. `Bytes`
/// (feature `bytes`) and `String` go as a whole, and are read twenty times faster.
///
/// Types with interior mutability (`Cell`, `Mutex`, atomics) are not, though serde can write some of them: a change
/// behind a shared borrow would reach neither the store nor the other borrowers.
///
/// `Arc<T>`, `Arc<[T]>` and `Arc<str>` are with the feature `rc`, as what they point to: two that point to one value are
/// two values when they are read back. Serde writes them by a feature of its own, which is then on for the whole
/// program; so it is off by default. `Rc` is not: it cannot cross threads, and a handle does.
///
/// ```
/// # #[cfg(feature = "rc")] {
/// use ref_core::{Schema, global_store};
/// use std::sync::Arc;
///
/// #[global_store]
/// struct Page<T> {
///     title: Arc<str>,
///     lines: Vec<Arc<str>>,
///     rest: Arc<T>,
/// }
///
/// assert_eq!(Schema::of::<Page<u8>>().to_string(), "Page<u8>@1{title:String,lines:Vec<String>,rest:u8}");
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot live in a store",
    label = "this type is not `Stored`",
    note = "write `#[global_store]` on the definition of the type",
    note = "or, for a field of a foreign type that has serde's traits, `#[global_store(opaque)]` on the field",
    note = "a stored value owns all of itself and changes through its owner only: write `String` for `&str`, \
            `Vec<T>` for `&[T]`, `Box<T>` for `Rc<T>`, `T` for `Cell<T>` or `Mutex<T>`"
)]
pub trait Stored: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Writes down what values of this type look like, for the fingerprint that every stored object carries.
    fn describe(schema: &mut Schema);

    /// The codec that values of this type are written with: the build's default, if not said otherwise by
    /// `#[global_store(codec = ...)]` or here. See [`codec`](crate::codec).
    #[must_use]
    fn codec() -> CodecOf<Self> {
        CodecOf::default()
    }
}

/// Name and fingerprint of `T`.
pub(crate) fn of<T: Stored>() -> &'static Known {
    described::<T>().known()
}

fn described<T: Stored>() -> Described {
    Described { id: TypeId::of::<T>(), describe: T::describe }
}

impl Schema {
    /// The description of `T`.
    #[must_use]
    pub fn of<T: Stored>() -> Self {
        described::<T>().schema()
    }

    /// Describes a type that is stored exactly as a `T` is: a box, a wrapper with serde's `transparent`.
    pub fn same_as<T: Stored>(&mut self) {
        self.descend(described::<T>());
    }
}

impl Shape<'_> {
    /// Writes a type argument. Arguments come before fields.
    pub fn arg<T: Stored>(&mut self) {
        self.argument(described::<T>());
    }

    /// Writes a field. The order of fields counts.
    pub fn field<T: Stored>(&mut self, name: &str) {
        self.part(name, Schema::same_as::<T>);
    }
}
