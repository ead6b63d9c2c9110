//! The bytes that a codec writes.

use super::beside::Gathered;
use super::spare::SPARE;
use std::fmt;
use std::io;

/// The buffer to which a [`Codec`](super::Codec) writes. It grows up to the store's `max_object_bytes`, and up to 1 GiB.
///
/// A write that does not fit is refused as a whole. The value is then [`TooLarge`](crate::ErrorKind::TooLarge),
/// whatever the codec does after the refusal.
pub struct Sink {
    bytes: Vec<u8>,
    /// The largest length that `bytes` may reach.
    end: usize,
    /// Whether a write was refused.
    full: bool,
    /// The arrays beside the value; `None` if there is no room for any beside it.
    arrays: Option<Gathered>,
    /// The largest length that `bytes` and the arrays may reach together.
    whole_end: usize,
}

impl Sink {
    /// Returns a sink that appends at most `most` bytes to `bytes`.
    pub(super) fn after(bytes: Vec<u8>, most: usize) -> Self {
        let end = bytes.len().saturating_add(most);
        Self { bytes, end, full: false, arrays: None, whole_end: end }
    }

    /// Returns the same sink, which takes arrays beside the value too, and `most` bytes with them.
    pub(super) fn with_arrays(self, most: usize) -> Self {
        Self { arrays: Some(Gathered::default()), whole_end: self.bytes.len().saturating_add(most), ..self }
    }

    pub(super) fn takes_arrays(&self) -> bool {
        self.arrays.is_some()
    }

    /// Returns whether the value has arrays beside it.
    #[allow(dead_code, reason = "only remote calls ask")]
    pub(super) fn has_arrays(&self) -> bool {
        self.arrays.as_ref().is_some_and(|arrays| arrays.length > 0)
    }

    /// Takes the arrays of the value that was written.
    pub(super) fn put_beside(&mut self, gathered: Gathered) {
        self.arrays = self.arrays.take().map(|_| gathered);
    }

    /// Appends `more`, or refuses all of it. Codecs call this for every byte of a `Vec<u8>` that serde's traits write.
    #[inline]
    pub(super) fn push(&mut self, more: &[u8]) -> Result<(), Full> {
        if more.len() > self.room() {
            self.full = true;
            return Err(Full);
        }
        if more.len() > self.bytes.capacity() - self.bytes.len() {
            SPARE.grow(&mut self.bytes, more.len());
        }
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    pub(super) fn written(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    #[inline]
    pub(super) fn room(&self) -> usize {
        self.end - self.bytes.len()
    }

    /// Returns how many bytes the rest of the value may take, with the arrays.
    pub(super) fn whole_room(&self) -> usize {
        self.whole_end.saturating_sub(self.bytes.len())
    }

    /// Returns the bytes, and the arrays beside them.
    pub(super) fn into_parts(self) -> (Vec<u8>, Gathered) {
        (self.bytes, self.arrays.unwrap_or_default())
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("written", &self.bytes.len()).field("room", &self.room()).finish_non_exhaustive()
    }
}

impl io::Write for Sink {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.push(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(Full) => Err(io::Error::new(io::ErrorKind::FileTooLarge, "the value is too large")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The error of a [`Sink`] that has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;
