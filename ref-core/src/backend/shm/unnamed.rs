//! Files without a name, each with the bytes of one version, for another process: it gets the descriptor, maps the
//! file, and may give it a name in the store.
//!
//! No process can write to such a file once another one has its descriptor: the descriptor is for reading, and the
//! writer has closed its own, or the kernel has sealed the file. And no process has to remove it: it goes with the last
//! descriptor and mapping, whatever process is killed.

use super::content::write_all;
use super::folder::{Folder, refuse_too_long};
use crate::backend::{Bytes, Pieces};
use crate::error::{Error, ErrorKind, Result};
use crate::sync::{fault, point};
use memmap2::{Advice, Mmap};
use rustix::fs::{
    AtFlags, CWD, MemfdFlags, Mode, OFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, fcntl_getfl, fstat, linkat,
    memfd_create, open,
};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};

/// Writes a version into a file on the file system of the store. Returns a descriptor for reading, or `None` if the
/// system refuses a step: then the bytes go another way.
pub(super) fn write_unnamed(folder: &Folder, bytes: Pieces<'_>) -> Option<File> {
    is_permitted(bytes)?;
    fault("version.make").ok()?;
    let mut file = folder.open_file(".", OFlags::TMPFILE | OFlags::RDWR, Mode::RUSR).ok()?;
    fault("version.write").ok()?;
    write_all(&mut file, bytes).ok()?;
    let read_only = open(path_of(&file), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    point("unnamed.written");
    Some(read_only.into())
}

/// Does what [`write_unnamed`] does, in memory that belongs to no store.
#[allow(dead_code, reason = "only workers write such files")]
pub(crate) fn write_version_in_memory(bytes: Pieces<'_>) -> Option<File> {
    is_permitted(bytes)?;
    let file: OwnedFd = memfd_create("ref-version", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).ok()?;
    let mut file = File::from(file);
    write_all(&mut file, bytes).ok()?;
    fcntl_add_seals(&file, SEALED | SealFlags::SEAL).ok()?;
    Some(file)
}

/// Maps a file that another process has written by one of the two functions above.
///
/// # Errors
/// `Corrupt` if a process could change the file; else the errors of the system.
#[allow(dead_code, reason = "only remote calls receive files")]
pub(crate) fn map_version_file(file: &File) -> Result<Bytes> {
    let unmapped = |error: io::Error| Error::io("cannot map a result", error);
    if !is_unchangeable(file).map_err(|error| unmapped(error.into()))? {
        let what = "a result came in a file that another process could change";
        return Err(Error::new(ErrorKind::Corrupt, what)
            .with_remedy("build the worker's program with the same version of `ref-core`"));
    }
    // SAFETY: no process can write to the file: it is sealed, or it has no name and is open for reading alone, since its
    // writer has closed its own descriptor before it sent this one. Nor is it written when it has a name: a version's
    // file is written again only while nothing has it open or mapped (`sole`).
    let map = unsafe { Mmap::map(file) }.map_err(unmapped)?;
    // A hint, as for a version's mapping.
    let _hint = map.advise(Advice::DontDump);
    Ok(Bytes::Mapped(map))
}

const SEALED: SealFlags = SealFlags::WRITE.union(SealFlags::SHRINK).union(SealFlags::GROW);

/// Whether the file is sealed, or has no name and is open for reading only.
fn is_unchangeable(file: &File) -> rustix::io::Result<bool> {
    // A file system without seals has none.
    let is_sealed = fcntl_get_seals(file).is_ok_and(|seals| seals.contains(SEALED));
    let is_read_only = fcntl_getfl(file)? & OFlags::RWMODE == OFlags::RDONLY;
    Ok(is_sealed || is_read_only && fstat(file)?.st_nlink == 0)
}

/// Gives the file the name, which is in the folder of the file's store. The file can have one name in its life.
pub(super) fn link_unnamed(file: &File, folder: &Folder, name: &str) -> rustix::io::Result<()> {
    fault("version.link")?;
    linkat(CWD, path_of(file), folder.fd(), name, AtFlags::SYMLINK_FOLLOW)?;
    point("unnamed.linked");
    Ok(())
}

/// Returns the path by which this process reaches an open file.
fn path_of(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// A file that is longer than this process may write would end the process by a signal.
fn is_permitted(bytes: Pieces<'_>) -> Option<()> {
    let length = bytes.iter().map(|piece| piece.len()).sum::<usize>() as u64;
    refuse_too_long("the value", length, "").ok()
}
