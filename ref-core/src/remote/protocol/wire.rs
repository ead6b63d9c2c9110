//! The framing of messages on a worker's socket. A message is a list of byte strings, its parts. The lengths of the
//! parts come first. A message may also have files: their descriptors come with its first byte.
//!
//! ```text
//! parts u16, files u16, then the length of each part as u64, all little-endian; then the parts
//! ```

use super::files::send_files;
use crate::error::{Error, ErrorKind, Result};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// The limit of parts in a message. A message with more parts is an error for its reader.
const MOST_PARTS: usize = 1 << 10;
/// A message of at most this length is copied into one buffer and written at once. A longer message is written part by
/// part.
const SMALL: usize = 1 << 16;
/// The limit of memory that is reserved for a part before its bytes have come: a wrong length must not exhaust the
/// memory.
const MOST_RESERVED: usize = 1 << 26;

/// A list of parts, and files.
#[derive(Debug, Default)]
pub(in crate::remote) struct Message {
    pub(in crate::remote) parts: Vec<Vec<u8>>,
    pub(in crate::remote) files: Vec<File>,
}

impl Message {
    pub(in crate::remote) fn of(parts: Vec<Vec<u8>>) -> Self {
        Self { parts, files: Vec::new() }
    }

    /// Returns the message that tells a worker to exit. This message has no parts.
    pub(in crate::remote) fn closing() -> Self {
        Self::default()
    }

    /// Returns the length of the message with its frame. Its files do not count.
    pub(in crate::remote) fn len(&self) -> usize {
        4 + self.parts.iter().map(|part| 8 + part.len()).sum::<usize>()
    }

    /// Writes the message, which has no files.
    pub(in crate::remote) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let (front, rest) = self.front();
        to.write_all(&front)?;
        rest.iter().try_for_each(|part| to.write_all(part))
    }

    /// Sends the message with its files.
    pub(in crate::remote) fn send(&self, mut to: &UnixStream) -> io::Result<()> {
        if self.files.is_empty() {
            return self.write(&mut to);
        }
        let (front, rest) = self.front();
        let sent = send_files(to, &front, &self.files)?;
        to.write_all(front.get(sent..).unwrap_or_default())?;
        rest.iter().try_for_each(|part| to.write_all(part))
    }

    /// Returns the message as it goes through a server. It has no files.
    ///
    /// # Errors
    /// `NoAddressSpace` if this process has no memory for it.
    pub(in crate::remote) fn to_bytes(&self) -> Result<Vec<u8>> {
        let (length, mut bytes) = (self.len(), Vec::new());
        bytes.try_reserve_exact(length).map_err(|_| no_memory(length))?;
        let _a_vec_takes_all = self.write(&mut bytes);
        Ok(bytes)
    }

    /// Reads a message that has come through a server.
    ///
    /// # Errors
    /// `NoAddressSpace` if this process has no memory for its parts, and `malformed` if the bytes are no message with parts.
    pub(in crate::remote) fn from_bytes(bytes: &[u8], malformed: impl FnOnce() -> Error) -> Result<Self> {
        match Self::read(&mut &*bytes) {
            Ok(Some(message)) if !message.parts.is_empty() => Ok(message),
            Err(error) if error.kind() == io::ErrorKind::OutOfMemory => Err(no_memory(bytes.len())),
            _ => Err(malformed()),
        }
    }

    /// Returns the frame, and the parts after it. A small message is all in the first.
    fn front(&self) -> (Vec<u8>, &[Vec<u8>]) {
        let counts = [self.parts.len() as u16, self.files.len() as u16];
        let mut front: Vec<u8> = counts.into_iter().flat_map(u16::to_le_bytes).collect();
        self.parts.iter().for_each(|part| front.extend((part.len() as u64).to_le_bytes()));
        if self.len() > SMALL {
            return (front, &self.parts);
        }
        self.parts.iter().for_each(|part| front.extend(part));
        (front, &[])
    }

    /// Reads the next message, which may have no files. Returns `None` if the other side has closed the socket after a
    /// whole message.
    pub(in crate::remote) fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        Self::read_with(from, |_| Vec::new())
    }

    /// Does what [`read`](Self::read) does, for a message that may have files. `files` returns those that came with it.
    pub(in crate::remote) fn read_with<R: Read>(
        from: &mut R,
        files: impl FnOnce(&mut R) -> Vec<File>,
    ) -> io::Result<Option<Self>> {
        let Some(counts) = number(from)? else { return Ok(None) };
        let (count, file_count) = ((counts & 0xffff) as usize, counts >> 16);
        let files = if file_count == 0 { Vec::new() } else { files(from) };
        if count > MOST_PARTS {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "this is not a message between workers"));
        }
        let mut lengths = vec![0; count * 8];
        from.read_exact(&mut lengths)?;
        let lengths = lengths.as_chunks().0.iter().map(|length| u64::from_le_bytes(*length));
        lengths.map(|length| part(from, length)).collect::<io::Result<_>>().map(|parts| Some(Self { parts, files }))
    }
}

#[cold]
fn no_memory(length: usize) -> Error {
    Error::new(ErrorKind::NoAddressSpace, format!("no memory for a message of {length} bytes"))
        .with_remedy("drop some values, or lend what is large as an object of a store")
}

/// Reads a number of four bytes. Returns `None` if the stream has ended before the first byte.
fn number(from: &mut impl Read) -> io::Result<Option<u32>> {
    let mut first = [0; 1];
    match from.read(&mut first) {
        Ok(0) => return Ok(None),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return number(from),
        Err(error) => return Err(error),
    }
    let mut rest = [0; 3];
    from.read_exact(&mut rest)?;
    Ok(Some(u32::from_le_bytes([first[0], rest[0], rest[1], rest[2]])))
}

/// Reads a part of that length. Beyond [`MOST_RESERVED`], memory grows with the bytes that come.
fn part(from: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX).min(MOST_RESERVED))?;
    let read = from.take(length).read_to_end(&mut bytes)?;
    match read as u64 == length {
        true => Ok(bytes),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(message: &Message) -> Vec<u8> {
        let mut bytes = Vec::new();
        message.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn messages_small_and_large_come_as_they_went() {
        for parts in [vec![], vec![vec![]], vec![vec![1, 2], vec![], vec![3]], vec![vec![7; SMALL], vec![8; 3]]] {
            let message = Message::of(parts.clone());
            let bytes = bytes(&message);
            assert_eq!(bytes.len(), message.len());
            assert_eq!(Message::read(&mut &bytes[..]).unwrap().unwrap().parts, parts);
        }
        assert!(Message::read(&mut &[][..]).unwrap().is_none());
    }

    #[test]
    fn a_message_cut_off_anywhere_is_an_error() {
        let whole = bytes(&Message::of(vec![vec![1, 2, 3], vec![4]]));
        for end in 1..whole.len() {
            assert!(Message::read(&mut &whole[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn lengths_out_of_bounds_are_errors_and_no_allocations() {
        assert!(Message::read(&mut &[0xff; 64][..]).is_err());
        let mut huge = 1_u32.to_le_bytes().to_vec();
        huge.extend(u64::MAX.to_le_bytes());
        assert!(Message::read(&mut &huge[..]).is_err());
    }
}
