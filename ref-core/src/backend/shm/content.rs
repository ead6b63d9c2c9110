//! The bytes of a version that is being made.

use super::errors::unreserved;
use crate::backend::{Pieces, VersionFile};
use crate::error::{Error, Result};
use crate::sync::fault;
use memmap2::{Advice, MmapOptions};
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::retry_on_intr;
use std::fs::File;
use std::io::{self, IoSlice, Write as _};

/// Where the bytes of a new version come from.
pub(super) enum NewBytes<'a> {
    Pieces(Pieces<'a>),
    /// `fill` writes them, into as many zeros.
    InPlace {
        length: usize,
        fill: &'a mut dyn FnMut(&mut [u8]),
    },
}

/// The next version of an object that has one.
#[derive(Clone, Copy)]
pub(super) enum NextVersion<'a> {
    Pieces(Pieces<'a>),
    /// The bytes are in a file that becomes the version's, if the system permits that.
    File(&'a VersionFile),
}

impl NextVersion<'_> {
    /// Returns how many bytes it has.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Pieces(pieces) => pieces.iter().map(|piece| piece.len()).sum(),
            Self::File(file) => file.bytes().len(),
        }
    }
}

impl NewBytes<'_> {
    /// Returns how many bytes they are.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Pieces(pieces) => pieces.iter().map(|piece| piece.len()).sum(),
            Self::InPlace { length, .. } => *length,
        }
    }

    /// Writes the bytes to a file that has no name that a record has. The file is empty, or `is_reused`: then it has
    /// other bytes, and is not longer than these.
    pub(super) fn write_to(&mut self, file: &mut File, is_reused: bool) -> Result<()> {
        let length = self.length();
        let unwritten = |error| Error::io(format!("cannot write {length} bytes into the store"), error);
        fault("version.write").map_err(|error| unwritten(error.into()))?;
        match self {
            Self::Pieces(pieces) => write_all(file, pieces).map_err(unwritten),
            Self::InPlace { length, fill } => fill_in_place(file, *length, is_reused, fill),
        }
    }
}

/// Maps `length` bytes of the file, and calls `fill` with them. The bytes are reserved first, so that no access to them
/// can find the file system full, which would be SIGBUS.
fn fill_in_place(file: &File, length: usize, is_reused: bool, fill: &mut dyn FnMut(&mut [u8])) -> Result<()> {
    let reserved = retry_on_intr(|| fallocate(file, FallocateFlags::empty(), 0, length as u64));
    reserved.map_err(|error| unreserved(format!("cannot reserve {length} bytes in the store"), error))?;
    // SAFETY: this process has just made the file, or has found that nothing else has it open, and the caller has not
    // given its name to a record. So no other process maps it, and this is the only mapping in this process. It ends
    // before this function returns.
    let mut map = unsafe { MmapOptions::new().populate().map_mut(file) }
        .map_err(|error| Error::io("cannot map a version", error))?;
    // `fill` may fork. The child must not have these bytes: it could change them when other processes read them.
    map.advise(Advice::DontFork).map_err(|error| Error::io("cannot keep a version from children", error))?;
    if is_reused {
        map.fill(0);
    }
    fill(&mut map);
    Ok(())
}

/// Writes all pieces, one after the other.
pub(super) fn write_all(file: &mut File, pieces: Pieces<'_>) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut rest = &mut slices[..];
    // This drops empty pieces at the front: a write of them would return 0, as a write without room does.
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut rest, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
