//! How a handle writes and reads the values of its type.

use super::Store;
use crate::backend::Bytes;
use crate::codec::envelope::{SealedVersion, read_value};
use crate::codec::{CodecOf, CodedValue};
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
    codec: fn() -> CodecOf<T>,
    decode_into: fn(&Store, Bytes, &mut Option<T>) -> Result<()>,
}

impl<T> Functions<T> {
    /// Returns the value with its codec.
    pub(crate) fn value<'a>(&self, value: &'a T) -> CodedValue<'a, T> {
        CodedValue { value, codec: (self.codec)() }
    }

    /// Does what [`Store::encode`] does.
    pub(crate) fn encode(&self, store: &Store, value: &T) -> Result<SealedVersion> {
        store.seal((self.known)(), &self.value(value))
    }

    /// Checks the first bytes of a version that has `length` bytes: whether this process reads values of its type and
    /// codec, and of its size. Does not decode.
    pub(crate) fn check_head(&self, store: &Store, head: &[u8], length: usize) -> Result<()> {
        (self.codec)().check(store.check_head(head, length, (self.known)())?)
    }

    /// Does what [`Store::decode_into`] does, and returns the value.
    pub(crate) fn decode(&self, store: &Store, bytes: Bytes) -> Result<T> {
        let mut value = None;
        let read = (self.decode_into)(store, bytes, &mut value);
        read_value(read, value)
    }

    /// Returns `value` as a place, for functions that are not compiled for each type of values.
    pub(crate) fn place<'a>(&self, value: &'a mut Option<T>) -> VersionPlace<'a, T> {
        VersionPlace { decode_into: self.decode_into, value }
    }
}

/// A place for a value of one type.
pub(crate) struct VersionPlace<'a, T> {
    decode_into: fn(&Store, Bytes, &mut Option<T>) -> Result<()>,
    value: &'a mut Option<T>,
}

/// A place for a value.
pub(crate) trait ReadVersion {
    /// Does what [`Store::decode_into`] does, and keeps the value.
    fn read(&mut self, store: &Store, bytes: Bytes) -> Result<()>;
}

impl<T> ReadVersion for VersionPlace<'_, T> {
    fn read(&mut self, store: &Store, bytes: Bytes) -> Result<()> {
        (self.decode_into)(store, bytes, self.value)
    }
}

/// Returns the functions of `T`. A handle has this pointer, which is smaller than the functions.
pub(crate) type FunctionsOf<T> = fn() -> Functions<T>;

/// Returns the functions of a `Stored` type.
pub(crate) fn functions<T: Stored>() -> Functions<T> {
    Functions { known: stored::of::<T>, codec: T::codec, decode_into: Store::decode_into::<T> }
}
