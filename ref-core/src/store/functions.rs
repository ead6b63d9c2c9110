//! How a handle writes and reads the values of its type.

use super::Store;
use crate::backend::Bytes;
use crate::codec::envelope::SealedVersion;
use crate::error::Result;
use crate::schema::Known;
use crate::stored::{self, Stored};

/// The functions that name, write and read the values of a type.
///
/// A call that makes a handle has the bound `T: Stored`, and gives the handle these functions. So the handle's methods
/// need no such bound. For a type that is not `Stored`, the compiler then reports one error, at the call that makes the
/// handle, and none at each use of the handle.
pub(crate) struct Functions<T> {
    pub(crate) known: fn() -> &'static Known,
    pub(crate) encode: fn(&Store, &T) -> Result<SealedVersion>,
    pub(crate) decode: fn(&Store, Bytes) -> Result<T>,
}

/// Returns the functions of `T`. A handle has this pointer, which is smaller than the functions.
pub(crate) type FunctionsOf<T> = fn() -> Functions<T>;

/// Returns the functions of a `Stored` type.
pub(crate) fn functions<T: Stored>() -> Functions<T> {
    Functions { known: stored::of::<T>, encode: Store::encode::<T>, decode: Store::decode::<T> }
}
