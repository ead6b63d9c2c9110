//! What the files in a store's folder are called, and how a file is known by its name, its kind and its mode.

use crate::id::{Epoch, StoreId};
use rustix::fs::{FileType, Stat};

pub(super) const LEDGER: &str = "ledger";

/// How the name of a ledger begins that is being made.
pub(super) const DRAFT_PREFIX: &str = "ledger.";

/// How the name of a store begins that is being removed; the store's number follows.
pub(super) const REMOVED_PREFIX: &str = ".dead-";

pub(super) fn lock_name(number: u16) -> String {
    format!("slots/{number}")
}

pub(super) fn subfolder(index: u32) -> String {
    format!("obj/{:02x}", index & 0xff)
}

pub(super) fn name(index: u32, version: Epoch) -> String {
    format!("{}/{index}.{}", subfolder(index), version.0)
}

pub(super) fn staged(slot: u16, index: u32, version: Epoch) -> String {
    format!("stage/{slot}/{index}.{}", version.0)
}

/// The index and the version that a file's name names.
pub(super) fn version_of(name: &[u8]) -> Option<(u32, Epoch)> {
    let (index, version) = std::str::from_utf8(name).ok()?.split_once('.')?;
    Some((index.parse().ok()?, Epoch(version.parse().ok()?)))
}

/// The number that is written so, and in no other way.
pub(super) fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

pub(super) fn is_group(name: &str) -> bool {
    u8::from_str_radix(name, 16).is_ok_and(|group| format!("{group:02x}") == name)
}

/// The index of the object, if that is the name, the kind and the mode of a version.
pub(super) fn is_version(name: &str, stat: &Stat) -> Option<u64> {
    let (index, version) = name.split_once('.')?;
    number(index).filter(|_| has_version_mode(stat) && number(version).is_some())
}

/// Whether the kind and the mode are those of a version, which is read-only from its first byte on.
pub(super) fn has_version_mode(stat: &Stat) -> bool {
    is(stat, FileType::RegularFile) && stat.st_mode & 0o377 == 0
}

/// Whether the name is the beginning, and then a number in sixteen hexadecimal digits.
pub(super) fn is_numbered(name: &str, beginning: &str) -> Option<StoreId> {
    let digits = name.strip_prefix(beginning)?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    (format!("{number:016x}") == digits).then_some(StoreId(number))
}

pub(super) fn is(stat: &Stat, kind: FileType) -> bool {
    FileType::from_raw_mode(stat.st_mode) == kind
}
