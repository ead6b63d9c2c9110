//! The descriptions of the types of values. Each has a file of its own, `types/FINGERPRINT`, for as long as the store
//! exists.
//!
//! No decision rests on these files, and each says by its name what is in it. So a file is written in place. If its
//! writer dies, or another program changes the file, the bytes do not have the fingerprint of the name, and the next
//! session that describes the type writes the file anew.

use super::folder::{Folder, refuse_too_long};
use super::names::{TYPES, has_version_mode, type_name};
use crate::backend::{LONGEST_DESCRIPTION, description_of};
use rustix::fs::{AtFlags, Mode, OFlags, statat};
use rustix::io::Errno;
use std::io::{Read as _, Write as _};

/// Returns the description with this fingerprint, if its file is whole.
pub(super) fn read(folder: &Folder, fingerprint: u64) -> Option<String> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK;
    let file = folder.open_file(&type_name(fingerprint), flags, Mode::empty()).ok()?;
    let is_ours = rustix::fs::fstat(&file).is_ok_and(|stat| has_version_mode(&stat));
    let (mut bytes, most) = (Vec::new(), LONGEST_DESCRIPTION as u64 + 1);
    let read = is_ours && file.take(most).read_to_end(&mut bytes).is_ok();
    description_of(fingerprint, bytes).filter(|_| read)
}

/// Writes a description, unless its file is whole. Returns whether the file is whole now.
pub(super) fn write(folder: &Folder, fingerprint: u64, description: &str) -> bool {
    if read(folder, fingerprint).is_some() {
        return true;
    }
    let length = description.len() as u64;
    if refuse_too_long("the description of a type", length, "raise that limit (`ulimit -f`)").is_err() {
        return false;
    }
    let name = type_name(fingerprint);
    // The file is torn, or another session is writing it at this moment. In the second case that session's file loses
    // its name, and this session's file takes its place.
    if statat(folder.fd(), &name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| has_version_mode(&stat)) {
        let _removed_or_not = folder.remove_file(&name);
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    let made = match folder.open_file(&name, flags, Mode::RUSR) {
        Err(Errno::NOENT) => {
            let made = folder.make_subfolder(TYPES).map_err(|_| Errno::NOENT);
            made.and_then(|()| folder.open_file(&name, flags, Mode::RUSR))
        }
        made => made,
    };
    made.is_ok_and(|mut file| file.write_all(description.as_bytes()).is_ok())
}
