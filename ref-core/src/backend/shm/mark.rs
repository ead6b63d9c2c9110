//! What a ledger says of itself: the proof that a file was made by this crate, at this very place.
//!
//! The header has the file system and the inode of its own file. A rename keeps both; a copy has another inode, and so is
//! known as one.

use super::layout::{FORMAT, Header, MAGIC};
use crate::error::{Error, Result};
use crate::id::StoreId;
use rustix::fs::{fstat, fstatvfs};
use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// Bytes of the header that are words.
pub(super) const WORDS: usize = 88;

/// Which file of this machine a ledger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) system: u64,
    pub(super) inode: u64,
}

/// The mark of a ledger that is where it was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) store: StoreId,
    /// Made by `shm://NAME`, and so to be removed with its last session.
    pub(super) named: bool,
}

impl Origin {
    pub(super) fn of(file: &File) -> Result<Self> {
        let cannot = |error: rustix::io::Errno| Error::io("cannot look at the store's ledger", error.into());
        let (stat, system) = (fstat(file).map_err(cannot)?, fstatvfs(file).map_err(cannot)?);
        // The number of a device may change with the next boot; some file systems have no number of their own.
        let system = if system.f_fsid == 0 { stat.st_dev } else { system.f_fsid };
        Ok(Self { system, inode: stat.st_ino })
    }
}

impl Mark {
    /// The mark of that file, if it begins as a ledger of this format and is the file that it was made as.
    pub(super) fn of(file: &File) -> Option<Self> {
        let mut words = [0; WORDS];
        file.read_exact_at(&mut words, 0).ok()?;
        let word = |header| word(&words, header);
        let origin = Origin { system: word(Header::System), inode: word(Header::Inode) };
        let begins = word(Header::Magic) == MAGIC && word(Header::Format) == FORMAT;
        let here = begins && Origin::of(file).is_ok_and(|here| here == origin);
        here.then(|| Self { store: StoreId(word(Header::Store)), named: word(Header::Named) == 1 })
    }
}

/// A word of a header that was read.
pub(super) fn word(words: &[u8; WORDS], header: Header) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&words[header as usize..header as usize + 8]);
    u64::from_ne_bytes(word)
}
