//! How a handle writes and reads the values of its type.

use super::Store;
use crate::backend::Bytes;
use crate::codec::envelope::{SealedVersion, read_value};
use crate::codec::{Decode, Encode, reader_of};
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
    /// Returns a value without its type, for functions that are not compiled for each type of values.
    pub(crate) value: fn(&T) -> &dyn Encode,
    /// Returns a place for a value without its type.
    pub(crate) place: fn(&mut Option<T>) -> &mut dyn Decode,
}

impl<T> Functions<T> {
    /// Does what [`Store::encode`] does.
    pub(crate) fn encode(&self, store: &Store, value: &T) -> Result<SealedVersion> {
        store.seal((self.known)(), (self.value)(value))
    }

    /// Checks the first bytes of a version that has `length` bytes: whether this process reads values of its type and
    /// codec, and of its size. Does not decode.
    pub(crate) fn check_head(&self, store: &Store, head: &[u8], length: usize) -> Result<()> {
        let codec = store.check_head(head, length, (self.known)())?;
        reader_of(codec, (self.place)(&mut None).format()).map(drop)
    }

    /// Decodes the bytes of a version, as [`Store::decode_into`] does, and returns the value.
    pub(crate) fn decode(&self, store: &Store, bytes: Bytes) -> Result<T> {
        let mut value = None;
        let read = store.decode_into(bytes, (self.known)(), (self.place)(&mut value));
        read_value(read, value)
    }
}

/// Returns the functions of `T`. A handle has this pointer, which is smaller than the functions.
pub(crate) type FunctionsOf<T> = fn() -> Functions<T>;

/// Returns the functions of a `Stored` type.
pub(crate) fn functions<T: Stored>() -> Functions<T> {
    Functions { known: stored::of::<T>, value, place }
}

// A closure in place of one of these functions would be two functions.

fn value<T: Stored>(value: &T) -> &dyn Encode {
    value
}

fn place<T: Stored>(place: &mut Option<T>) -> &mut dyn Decode {
    place
}
