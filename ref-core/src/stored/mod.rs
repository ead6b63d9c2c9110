//! The types whose values may live in a store.

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
/// [`#[global_store]`](crate::global_store) implements the trait for a struct or an enum all of whose fields are
/// `Stored`. [`Schema`] shows an implementation by hand.
///
/// These types of the standard library are `Stored`: numbers, text, options, results, boxes, tuples, arrays of up to 32
/// elements, collections, ranges, paths, times and addresses. (`std::cmp::Ordering` is not: serde cannot write it.)
/// With the features of these names, so are the types of `bytes`, `chrono`, `indexmap`, `smallvec` (1) and `uuid` that
/// own their values.
///
/// A `Vec` is written and read one element after another. For a long `Vec<u8>` that takes longer than everything else:
/// `Bytes` (feature `bytes`) and `String` are copied as a whole, and are read twenty times faster.
///
/// Types with interior mutability (`Cell`, `Mutex`, atomics) are not `Stored`, though serde can write some of them: a
/// change behind a shared borrow would reach neither the store nor the other borrowers.
///
/// With the feature `rc`, `Arc<T>` and the `Arc`s of `[T]`, `str`, `CStr`, `OsStr` and `Path` are `Stored`, as the
/// value that they point to. Two `Arc`s of one value are two values when they are read back. The feature is off by
/// default, since it turns on a feature of serde for the whole program. `Rc` is not `Stored`: it cannot cross threads,
/// as a handle can.
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
    /// Writes a description of this type to `schema`. Its fingerprint is in every stored value.
    fn describe(schema: &mut Schema);

    /// Returns the codec that writes values of this type: the build's default, unless `#[global_store(codec = ...)]` or
    /// an implementation of this function names another codec. See [`codec`](crate::codec).
    #[must_use]
    fn codec() -> CodecOf<Self> {
        CodecOf::default()
    }
}

/// Returns the name and fingerprint of `T`.
pub(crate) fn of<T: Stored>() -> &'static Known {
    described::<T>().known()
}

fn described<T: Stored>() -> Described {
    Described { id: TypeId::of::<T>(), describe: T::describe }
}

impl Schema {
    /// Returns the description of `T`.
    #[must_use]
    pub fn of<T: Stored>() -> Self {
        described::<T>().schema()
    }

    /// Describes a type that is stored exactly as a `T` is, such as a box, or a wrapper with serde's `transparent`.
    pub fn same_as<T: Stored>(&mut self) {
        self.descend(described::<T>());
    }
}

impl Shape<'_> {
    /// Writes a type argument. Arguments come before fields.
    pub fn arg<T: Stored>(&mut self) {
        self.argument(described::<T>());
    }

    /// Writes a field. Another order of the fields is another description.
    pub fn field<T: Stored>(&mut self, name: &str) {
        self.part(name, Schema::same_as::<T>);
    }
}
