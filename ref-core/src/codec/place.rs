//! A place for a value in tests.

use super::CodecOf;
use super::envelope::{Decode, read_value};
use crate::error::Result;

impl<T> CodecOf<T> {
    /// Does what [`decode_into`](Self::decode_into) does, and returns the value.
    pub(crate) fn decode(&self, id: u8, bytes: &[u8], max_object_bytes: usize) -> Result<T> {
        PlaceOf::read(*self, |place| place.decode(id, bytes, max_object_bytes))
    }
}

/// A place for a value that is read by one codec, whatever codec its type has.
pub(crate) struct PlaceOf<T> {
    codec: CodecOf<T>,
    value: Option<T>,
}

impl<T> PlaceOf<T> {
    /// Calls `read` with a place, and returns the value that is then there.
    pub(crate) fn read(codec: CodecOf<T>, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<T> {
        let mut place = Self { codec, value: None };
        let outcome = read(&mut place);
        read_value(outcome, place.value)
    }
}

impl<T> Decode for PlaceOf<T> {
    fn decode(&mut self, codec: u8, body: &[u8], max_object_bytes: usize) -> Result<()> {
        self.codec.decode_into(codec, body, max_object_bytes, &mut self.value)
    }
}
