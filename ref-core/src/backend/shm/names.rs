//! The names of the files in a store's folder. A version's file is recognised by its name, its kind and its mode.

#![cfg_attr(loom, allow(dead_code, reason = "loom's versions are no files"))]

use crate::backend::ObjectName;
use crate::id::{Epoch, ObjectId, StoreId};
use rustix::fs::{FileType, Stat};

/// The name of the ledger, which every process of a store maps.
pub(super) const LEDGER: &str = "ledger";

/// The beginning of a draft's name: a new ledger has such a name until it is whole. The store's number follows.
pub(super) const DRAFT_PREFIX: &str = "ledger.";

/// The beginning of a folder's name while its store is being removed. The store's number follows.
pub(super) const REMOVED_PREFIX: &str = ".dead-";

/// Returns the name of the file whose kernel lock proves that the session in the slot lives.
pub(super) fn lock_name(number: u16) -> String {
    format!("slots/{number}")
}

/// Returns the folder of a record's versions, named by the last two hexadecimal digits of the record's index. So up to
/// 256 folders hold the versions of all records.
pub(super) fn subfolder(index: u32) -> String {
    format!("obj/{:02x}", index & 0xff)
}

/// Returns the published name of a version.
pub(super) fn name(index: u32, version: Epoch) -> String {
    format!("{}/{index}.{}", subfolder(index), version.0)
}

/// Returns the name of a version in the slot's stage.
pub(super) fn staged(slot: u16, index: u32, version: Epoch) -> String {
    format!("stage/{slot}/{index}.{}", version.0)
}

/// The beginning of a retired file's name in a stage. A number follows.
const RETIRED_PREFIX: &str = "retired.";

/// Returns the name of a retired file in the slot's stage.
pub(super) fn retired(slot: u16, number: u64) -> String {
    format!("stage/{slot}/{RETIRED_PREFIX}{number:016x}")
}

/// Whether name, kind and mode are all those of a retired file. A session makes it writable before it opens it.
pub(super) fn is_retired(name: &str, stat: &Stat) -> bool {
    is_numbered(name, RETIRED_PREFIX).is_some() && is(stat, FileType::RegularFile) && stat.st_mode & 0o177 == 0
}

/// The folder of the descriptions of types.
pub(super) const TYPES: &str = "types";

/// Returns the name of the description of the type with this fingerprint.
pub(super) fn type_name(fingerprint: u64) -> String {
    format!("{TYPES}/{fingerprint:016x}")
}

/// Returns whether name, kind and mode are all those of a description's file: sixteen lower-case hexadecimal digits,
/// and read-only for its owner.
pub(super) fn is_type(name: &str, stat: &Stat) -> bool {
    is_numbered(name, "").is_some() && has_version_mode(stat)
}

/// The folder of the names of published objects.
pub(super) const NAMES: &str = "names";

/// The file with the number of names. A session makes or removes a name only while it has the lock of this file.
pub(super) const NAMES_COUNT: &str = "names.count";

/// Returns the path of the link that has this name. In the path a comma stands for `/`: no name has a comma.
pub(super) fn name_path(name: &ObjectName) -> String {
    format!("{NAMES}/{}", name.as_str().replace('/', ","))
}

/// Returns the name whose link has this file name, or `None` if no name's link has it.
pub(super) fn name_of(link: &str) -> Option<ObjectName> {
    if link.contains('/') { None } else { ObjectName::parse(&link.replace(',', "/")).ok() }
}

/// Returns the target of a link to the object: the number of its record, a point, and the number of its birth.
pub(super) fn target_of(object: ObjectId) -> String {
    format!("{}.{}", object.index, object.birth)
}

/// Returns the object's id in the target of a link, or `None` if no object has this target.
pub(super) fn object_of(target: &str) -> Option<ObjectId> {
    let (index, birth) = target.split_once('.')?;
    Some(ObjectId { index: number(index)?.try_into().ok()?, birth: number(birth)? })
}

/// Whether kind, mode and size are those of the file with the number of names.
pub(super) fn is_count(stat: &Stat) -> bool {
    is(stat, FileType::RegularFile) && stat.st_mode & 0o177 == 0 && matches!(stat.st_size, 0 | 8)
}

/// Returns the record's index and the version that the name of a version's file says, or `None` for another name.
pub(super) fn version_of(name: &[u8]) -> Option<(u32, Epoch)> {
    let (index, version) = std::str::from_utf8(name).ok()?.split_once('.')?;
    Some((number(index)?.try_into().ok()?, Epoch(number(version)?)))
}

/// Returns the number in `text`, if `text` is exactly what this crate would write for that number: no sign, no leading
/// zero.
pub(super) fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// Whether `name` is the last part of a [`subfolder`]: two lower-case hexadecimal digits.
pub(super) fn is_group(name: &str) -> bool {
    u8::from_str_radix(name, 16).is_ok_and(|group| format!("{group:02x}") == name)
}

/// Returns the record's index if name, kind and mode are all those of a version's file, and otherwise `None`.
pub(super) fn is_version(name: &str, stat: &Stat) -> Option<u64> {
    let (index, version) = name.split_once('.')?;
    number(index).filter(|_| has_version_mode(stat) && number(version).is_some())
}

/// Whether kind and mode are those of a version's file. Such a file is made read-only, before its first byte is
/// written.
pub(super) fn has_version_mode(stat: &Stat) -> bool {
    is(stat, FileType::RegularFile) && stat.st_mode & 0o377 == 0
}

/// Returns the store's number if `name` is `beginning` followed by exactly sixteen lower-case hexadecimal digits.
pub(super) fn is_numbered(name: &str, beginning: &str) -> Option<StoreId> {
    let digits = name.strip_prefix(beginning)?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    (format!("{number:016x}") == digits).then_some(StoreId(number))
}

/// Whether a file is of that kind.
pub(super) fn is(stat: &Stat, kind: FileType) -> bool {
    FileType::from_raw_mode(stat.st_mode) == kind
}
