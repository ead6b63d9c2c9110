//! The file that a process runs, and the name that tools show for the process.

use crate::sync::OnceLock;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fs;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The path of the file that this process runs. The kernel keeps the file even if it was replaced or removed.
pub(in crate::remote) const THIS: &str = "/proc/self/exe";

/// The identity of a program's file. Another file has another identity. The identity changes when the file is written
/// over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::remote) struct ProgramFile {
    pub(in crate::remote) device: u64,
    pub(in crate::remote) inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl ProgramFile {
    /// Returns the file that this process runs, as it was at the first call of this function.
    /// [`init`](crate::remote::init) makes that call, or in a test program the first start of workers. Returns `None`
    /// if the system does not tell the file.
    pub(in crate::remote) fn of_this_process() -> Option<Self> {
        static FILE: OnceLock<Option<ProgramFile>> = OnceLock::new();
        FILE.get_or_init(|| {
            let file = fs::metadata(THIS).ok()?;
            let (device, inode, size) = (file.dev(), file.ino(), file.size());
            Some(Self { device, inode, size, modified: (file.mtime(), file.mtime_nsec()) })
        })
        .clone()
    }
}

/// Makes tools such as `ps` show a worker that was started from [`THIS`] under its parent's name. The kernel names such
/// a process `exe`.
pub(in crate::remote) fn name_process() {
    const NAME: &str = "/proc/self/comm";
    let own = std::env::args_os().next().unwrap_or_default();
    let own = Path::new(&own).file_name().unwrap_or_default().as_bytes();
    if fs::read(NAME).is_ok_and(|name| name == b"exe\n") {
        let _only_tools_see_it = fs::write(NAME, own);
    }
}

/// Returns the path of this program's file, for error messages.
pub(in crate::remote) fn path() -> PathBuf {
    let path = std::env::current_exe().unwrap_or_else(|_| THIS.into());
    let bytes = path.as_os_str().as_bytes();
    bytes.strip_suffix(b" (deleted)").map_or_else(|| path.clone(), |path| OsStr::from_bytes(path).into())
}

/// Returns the file that contains this code, if the kernel has started another file: a dynamic linker or an interpreter
/// that then loaded this code. (A process that is started from [`THIS`] would run that loader alone.) Returns `None`
/// otherwise, and if the system does not tell which file it is.
pub(in crate::remote) fn loaded_from() -> Option<PathBuf> {
    let here = loaded_from as fn() -> Option<PathBuf> as usize;
    let maps = fs::read("/proc/self/maps").ok()?;
    let (_, mapped) = maps.split(|byte| *byte == b'\n').filter_map(mapping).find(|(range, _)| range.contains(&here))?;
    let started = fs::read_link(THIS).ok()?;
    (mapped != started).then(|| mapped.to_owned())
}

/// Parses a line of `/proc/self/maps`, such as `7f01-7f02 r-xp 00000000 fe:00 12 /path`, into its addresses and path.
fn mapping(line: &[u8]) -> Option<(Range<usize>, &Path)> {
    let end = line.iter().position(|byte| *byte == b' ')?;
    let (first, last) = std::str::from_utf8(&line[..end]).ok()?.split_once('-')?;
    let range = usize::from_str_radix(first, 16).ok()?..usize::from_str_radix(last, 16).ok()?;
    let path = line.iter().position(|byte| *byte == b'/')?;
    Some((range, Path::new(OsStr::from_bytes(&line[path..]))))
}
