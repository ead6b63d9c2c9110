//! A value, and a place for a value, with a codec that need not be their type's.

use super::envelope::read_value;
use super::guarded::{self, Decode, Encode, Format, Outcome};
use super::{CodecOf, Limits, Sink};
use crate::error::Result;
#[cfg(test)]
use crate::schema::Known;

/// A value with the codec that writes it.
pub(crate) struct CodedValue<'a, T> {
    pub(crate) value: &'a T,
    pub(crate) codec: CodecOf<T>,
}

impl<T> Encode for CodedValue<'_, T> {
    fn format(&self) -> Format {
        self.codec.format
    }

    fn write(&self, sink: &mut Sink) -> Outcome {
        (self.codec.write)(self.value, sink)
    }

    fn read_back(&self, bytes: &[u8], limits: Limits) -> Outcome {
        (self.codec.read)(bytes, limits, &mut None)
    }
}

/// A place for a value, with the codec that reads it.
pub(crate) struct CodedPlace<T> {
    codec: CodecOf<T>,
    value: Option<T>,
}

impl<T> CodedPlace<T> {
    /// Calls `read` with a place, and returns the value that is then there.
    pub(crate) fn read(codec: CodecOf<T>, read: impl FnOnce(&mut dyn Decode) -> Result<()>) -> Result<T> {
        let mut place = Self { codec, value: None };
        let outcome = read(&mut place);
        read_value(outcome, place.value)
    }
}

impl<T> Decode for CodedPlace<T> {
    fn format(&self) -> Format {
        self.codec.format
    }

    fn read(&mut self, reader: usize, bytes: &[u8], limits: Limits) -> Outcome {
        (self.codec.readers[reader])(bytes, limits, &mut self.value)
    }
}

impl<T> CodecOf<T> {
    pub(crate) fn encode(&self, value: &T, sink: &mut Sink) -> Result<()> {
        guarded::encode(&CodedValue { value, codec: *self }, sink)
    }

    /// Reads a value that the codec with the number `id` wrote.
    #[cfg(test)]
    pub(crate) fn decode(&self, id: u8, bytes: &[u8], max_object_bytes: usize) -> Result<T> {
        CodedPlace::read(*self, |place| super::decode(place, id, bytes, max_object_bytes))
    }

    #[cfg(test)]
    pub(crate) fn id(&self) -> u8 {
        self.format.id
    }
}

/// Does what [`envelope::seal_copy`](super::envelope::seal_copy) does, by `codec`.
#[cfg(test)]
pub(crate) fn seal_copy<T>(value: &T, known: &Known, codec: CodecOf<T>, max_object_bytes: usize) -> Result<Vec<u8>> {
    super::envelope::seal_copy(&CodedValue { value, codec }, known, max_object_bytes)
}
