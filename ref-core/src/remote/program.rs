//! Which program a process runs, as a worker says it when it begins to serve.

use super::registry::{self, Key};
use super::wire::Message;
use crate::codec::plain;
use crate::sync::OnceLock;
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fs;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The file that a process runs, as the kernel keeps it also when its name is another file's, or no file's.
pub(super) const THIS: &str = "/proc/self/exe";

/// The first part of the first message of a worker: the version of all that workers and their parents say.
const HELLO: &[u8] = b"ref worker 2";
/// What every version begins with.
const ANY_HELLO: &[u8] = b"ref worker ";

/// What tells one program's file from another's, and from itself after it was written over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

/// What a worker says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Greeting {
    /// `None` where the system does not tell.
    file: Option<File>,
    functions: Vec<Key>,
}

impl File {
    /// The file that this process runs, as it was at the first call of this function: at [`init`](super::init).
    pub(super) fn of_this_process() -> Option<Self> {
        static FILE: OnceLock<Option<File>> = OnceLock::new();
        FILE.get_or_init(|| {
            let file = fs::metadata(THIS).ok()?;
            let (device, inode, size) = (file.dev(), file.ino(), file.size());
            Some(Self { device, inode, size, modified: (file.mtime(), file.mtime_nsec()) })
        })
        .clone()
    }
}

impl Greeting {
    /// What this process says, as a worker.
    pub(super) fn message() -> Result<Message> {
        let functions = registry::keys()?.into_iter().cloned().collect();
        let greeting = Self { file: File::of_this_process(), functions };
        Ok(Message::of(vec![HELLO.to_vec(), plain::write(&greeting)?]))
    }

    /// What a worker has said first; `None` if that is no greeting.
    ///
    /// # Errors
    /// `OtherProgram` if it is one of another version of this crate.
    pub(super) fn read(message: &Message) -> Result<Option<Self>> {
        match &message.parts[..] {
            [hello, greeting] if hello == HELLO => plain::read(greeting).map(Some),
            [hello, ..] if hello.starts_with(ANY_HELLO) => Err(other_version()),
            _ => Ok(None),
        }
    }

    /// Whether the worker is of the program that all of its pool are, and has all functions of this one. The first worker
    /// of a pool says which program that is, unless it is this one.
    ///
    /// # Errors
    /// `OtherProgram`, `UnknownFunction`, `DuplicateFunction`.
    pub(super) fn check(self, expected: &OnceLock<Option<File>>) -> Result<()> {
        let expected = expected.get_or_init(|| self.file.clone());
        match (expected, &self.file) {
            (Some(expected), Some(file)) if expected != file => Err(other_file(expected, file)),
            _ => registry::agree(&self.functions),
        }
    }
}

/// Has tools show a worker under the name that its parent has, and not as `exe`, which the kernel takes from [`THIS`].
pub(super) fn name_process() {
    const NAME: &str = "/proc/self/comm";
    let own = std::env::args_os().next().unwrap_or_default();
    let own = Path::new(&own).file_name().unwrap_or_default().as_bytes();
    if fs::read(NAME).is_ok_and(|name| name == b"exe\n") {
        let _ = fs::write(NAME, own);
    }
}

/// Where this program's file was, for people to read.
pub(super) fn path() -> PathBuf {
    let path = std::env::current_exe().unwrap_or_else(|_| THIS.into());
    let bytes = path.as_os_str().as_bytes();
    bytes.strip_suffix(b" (deleted)").map_or_else(|| path.clone(), |path| OsStr::from_bytes(path).into())
}

/// The file that this code is in, if the kernel has started another one, which has loaded it: a dynamic linker that was
/// named on a command line, an interpreter. Such a program is not started again by [`THIS`] alone.
pub(super) fn loaded_from() -> Option<PathBuf> {
    let here = loaded_from as fn() -> Option<PathBuf> as usize;
    let maps = fs::read("/proc/self/maps").ok()?;
    let (_, mapped) = maps.split(|byte| *byte == b'\n').filter_map(mapping).find(|(range, _)| range.contains(&here))?;
    let started = fs::read_link(THIS).ok()?;
    (mapped != started).then(|| mapped.to_owned())
}

/// The addresses and the path of `7f01-7f02 r-xp 00000000 fe:00 12 /path`.
fn mapping(line: &[u8]) -> Option<(Range<usize>, &Path)> {
    let end = line.iter().position(|byte| *byte == b' ')?;
    let (first, last) = std::str::from_utf8(&line[..end]).ok()?.split_once('-')?;
    let range = usize::from_str_radix(first, 16).ok()?..usize::from_str_radix(last, 16).ok()?;
    let path = line.iter().position(|byte| *byte == b'/')?;
    Some((range, Path::new(OsStr::from_bytes(&line[path..]))))
}

fn other_file(expected: &File, file: &File) -> Error {
    let what = match (expected.device, expected.inode) == (file.device, file.inode) {
        true => "a worker's program was written over since it was first started",
        false => "a worker's program is another file than that of its pool's other workers",
    };
    Error::new(ErrorKind::OtherProgram, format!("{what}: it may run other code; no call was sent to it"))
        .with_remedy("end this program and start it again: then all of its processes run one program")
}

fn other_version() -> Error {
    Error::new(ErrorKind::OtherProgram, "a worker's program was built with another version of `ref-core`")
        .with_remedy("build the worker's program with the same version of `ref-core`")
}
