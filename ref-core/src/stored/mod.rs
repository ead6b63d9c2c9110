//! The types whose values may live in a store, and how their values are written.

#[cfg(feature = "bitflags")]
mod bitflags;
mod built;
mod bulk;
#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "chrono")]
mod chrono;
mod codec;
mod converted;
mod earlier;
#[cfg(feature = "glam")]
mod glam;
#[cfg(feature = "half")]
mod half;
#[cfg(feature = "indexmap")]
mod indexmap;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;
mod opaque;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
#[cfg(feature = "serde_json")]
mod serde_json;
#[cfg(feature = "smallvec")]
mod smallvec;
mod standard;
#[cfg(all(test, not(loom)))]
mod tests;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "url")]
mod url;
#[cfg(feature = "uuid")]
mod uuid;

pub(crate) mod generated;
pub(crate) mod slice;

pub use opaque::Opaque;

use crate::bulk::Slice;
use crate::codec::CodecOf;
use crate::error::Result;
use crate::schema::{Described, Known, Schema, Shape};
use serde::{Deserializer, Serializer};
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
/// These types of the standard library are `Stored`: numbers, text, options, results, boxes, `Arc`s, tuples, arrays,
/// collections, ranges, paths, times and addresses. With the features of these names, so are the usual types of
/// `bytes`, `chrono` (but for `DateTime<Local>`), `glam`, `half`, `indexmap`, `nalgebra`, `ndarray`, `rust_decimal`,
/// `serde_json`, `smallvec` 1, `time`, `url` and `uuid`. So are [`Key`](crate::Key) and [`Ticket`](crate::Ticket). With
/// the feature `bitflags`, `#[global_store]` may stand inside of `bitflags!`. An [`Opaque`] stores a value of a type
/// that has serde's traits only.
///
/// A `Vec`, a slice or an array of primitive numbers, of `bool`, of `char` or of arrays of these is written and read in
/// one piece, unless the format is human-readable. The same holds for the elements of `ndarray` and `nalgebra`, and for
/// lists of the numbers, vectors and matrices of `glam`, `half`, `nalgebra` and `rust_decimal`.
///
/// Types with interior mutability (`Cell`, `Mutex`, atomics) are not `Stored`: a change behind a shared borrow would
/// reach neither the store nor the other borrowers. An `Arc` is stored as the value that it points to, so two
/// `Arc`s of one value are two values when they are read back. `Rc` is not `Stored`: it cannot cross threads, as a
/// handle can.
///
/// A value is written by this trait and a [codec](crate::codec), and not by the serde traits that its type may have. So
/// `#[serde(...)]` attributes change nothing in a store, except in opaque values.
///
/// Rule: [R16](crate::guide::rules#r16).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot live in a store",
    label = "write `#[global_store]` on the definition of your own type, also of one in a `Vec` or a tuple; a `Bulk` \
             takes plain data (`u8`, not `bool`); what is of one process (`Rc`, `Cell`, `Mutex`, handles, closures) \
             cannot be stored, and a note says what can; other crates' data with serde's traits is `opaque`",
    note = "store a `String` for `&str`, a `Vec<T>` for `&[T]` and for a `Bulk` of what is not plain data \
            (`bytemuck::Pod`), an `Arc<T>` for `Rc<T>`, a `u64` for `AtomicU64`, a `Key<T>` for `Owned<T>`, and the \
            value inside for `&T`, `Cell<T>`, `Mutex<T>`, a `Ref` and a `Lease`",
    note = "for a function or a closure, store its result, or an `enum` that says which is meant; for a `dyn Trait`, \
            an `enum` of the types; for a `File`, its path; for an `Instant`, a `SystemTime`; for a `Store`, its \
            address; for a channel, what would be sent",
    note = "a type of another crate with serde's traits is `#[global_store(opaque)]` on a field, `Opaque(value)` as a \
            whole value; never make `opaque` what changes behind a shared borrow"
)]
pub trait Stored: Sized + 'static {
    /// Writes a description of this type to `schema`. The header of every stored value of this type has the
    /// description's fingerprint.
    fn describe(schema: &mut Schema);

    /// Writes the value to a format of serde: the [codec](crate::codec) of the whole value.
    ///
    /// # Errors
    /// If the format cannot write the value.
    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;

    /// Reads a value that [`store`](Stored::store) wrote. The format may read from any bytes.
    ///
    /// # Errors
    /// If the format has no value of this type.
    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;

    /// Returns the codec that writes values of this type: the build's default, unless `#[global_store(codec = ...)]` or
    /// an implementation of this function names another codec. See [`codec`](crate::codec).
    #[must_use]
    fn codec() -> CodecOf<Self> {
        CodecOf::STORED
    }

    /// How a slice of this type goes in one piece, if it does. Other crates can use only the default value.
    #[doc(hidden)]
    const SLICE: Option<Slice<Self>> = None;

    /// The definition that the type had before this one, if there is one. Other crates can use only the default value,
    /// but for generated code.
    #[doc(hidden)]
    const EARLIER: Option<Earlier<Self>> = None;
}

/// The earlier definition of `T`. Only generated code makes one.
#[doc(hidden)]
pub struct Earlier<T> {
    described: fn() -> Described,
    /// Decodes a value of the earlier definition, and converts the value. The other arguments are those of [`decode`](crate::codec::decode).
    decode: fn(u8, &[u8], usize, &mut Option<T>) -> Result<()>,
}

/// Implements `Stored` for types without parts, by their serde traits.
macro_rules! by_serde {
    ($($type:ty = $name:literal),+ $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl $crate::stored::Stored for $type {
            fn describe(schema: &mut $crate::schema::Schema) {
                schema.primitive($name);
            }

            fn store<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&$crate::codec::guard::GuardedRef(self), to)
            }

            fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                <$crate::codec::guard::Guarded<Self> as serde::Deserialize>::deserialize(from).map(|read| read.0)
            }
        }
    )+};
}
use by_serde;

/// Returns the name and fingerprint of `T`.
pub(crate) fn of<T: Stored>() -> &'static Known {
    const { described::<T>() }.known()
}

const fn described<T: Stored>() -> Described {
    let earlier = match T::EARLIER {
        Some(earlier) => Some(earlier.described),
        None => None,
    };
    Described { id: TypeId::of::<T>, describe: T::describe, earlier }
}

impl Schema {
    /// Returns the description of `T`.
    #[must_use]
    pub fn of<T: Stored>() -> Self {
        const { described::<T>() }.schema()
    }

    /// Describes a type that is stored exactly as a `T` is, such as a wrapper whose functions call those of `T`.
    ///
    /// A list of a `T` that goes in one piece, such as a number, has other bytes than a list of the wrapper, whose
    /// elements go one by one. In the description of such a list the element is `OneByOne<T>`.
    pub fn same_as<T: Stored>(&mut self) {
        self.same(const { described::<T>() }, const { T::SLICE.is_some() });
    }
}

impl Shape<'_> {
    /// Writes a type argument. Arguments come before fields.
    pub fn arg<T: Stored>(&mut self) {
        self.argument(const { described::<T>() });
    }

    /// Writes the type of the elements of a list whose encoding depends on [`Stored::SLICE`].
    pub(crate) fn elements<T: Stored>(&mut self) {
        self.list_argument(const { described::<T>() }, const { T::SLICE.is_some() });
    }

    /// Writes the type of the elements of a `Bulk`, which are stored as they lie in memory. They are not converted from
    /// an earlier definition.
    pub(crate) fn element_in_memory<T: Stored>(&mut self) {
        self.unreplaced_argument(described::<T>());
    }

    /// Writes a field. Another order of the fields is another description.
    pub fn field<T: Stored>(&mut self, name: &str) {
        self.part(name, |schema| schema.descend(described::<T>()));
    }
}
