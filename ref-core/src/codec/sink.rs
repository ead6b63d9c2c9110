//! The bytes that a codec writes.

use std::io;

/// The buffer to which a [`Codec`](super::Codec) writes. It grows up to the store's `max_object_bytes`.
///
/// A write that does not fit is refused as a whole. The value is then [`TooLarge`](crate::ErrorKind::TooLarge),
/// whatever the codec does after the refusal.
#[derive(Debug)]
pub struct Sink {
    bytes: Vec<u8>,
    /// The largest length that `bytes` may reach.
    end: usize,
    /// Whether a write was refused.
    full: bool,
}

impl Sink {
    /// Returns a sink that appends at most `most` bytes to `bytes`.
    pub(super) fn after(bytes: Vec<u8>, most: usize) -> Self {
        let end = bytes.len().saturating_add(most);
        Self { bytes, end, full: false }
    }

    /// Appends `more`, or refuses all of it. Codecs call this for every byte of a `Vec<u8>` that serde's traits write.
    #[inline]
    pub(super) fn push(&mut self, more: &[u8]) -> Result<(), Full> {
        if more.len() > self.room() {
            self.full = true;
            return Err(Full);
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

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
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
