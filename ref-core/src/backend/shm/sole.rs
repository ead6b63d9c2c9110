//! Whether anything else has a file open or mapped.
//!
//! The kernel counts the open files of an inode, and a mapping keeps the open file that it was made of, also after its
//! descriptor is closed. A child that is forked keeps the same. The kernel grants a write lease (`fcntl(2)`,
//! `F_SETLEASE`) only to the one open file of an inode, and refuses it otherwise. So a lease that is granted proves
//! that there is no other open file, and no mapping of one, in any process; and no process that died can leave a wrong
//! count.
//!
//! The lease is given back at once. If a program opens the file in between, the kernel lets that program wait, and
//! sends this process a signal: the one that it ignores by default, `SIGURG`.

use super::folder::Folder;
use crate::sync::{OnceLock, mutant};
use memmap2::Mmap;
use rustix::fs::{Mode, OFlags};
use rustix::process::Signal;
use std::ffi::c_int;
use std::fs::File;
use std::os::fd::AsRawFd as _;

const F_SETSIG: c_int = 10;
const F_SETLEASE: c_int = 1024;
const F_WRLCK: c_int = 1;
const F_UNLCK: c_int = 2;

// SAFETY: this is the C library's own declaration.
unsafe extern "C" {
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
}

/// Whether `file`, which is open for writing, is the only open file of its inode. An answer that is true says nothing
/// about opens that come later: the caller has removed the name by which other processes find the file.
///
/// Returns false if the system does not tell.
pub(super) fn is_sole_open(file: &File) -> bool {
    let granted = has_signal(file) && lease(file, F_WRLCK);
    // Closing the file would give the lease back as well.
    granted && lease(file, F_UNLCK) || mutant("write on what is mapped")
}

/// Whether this system refuses a lease on a file that is mapped and closed, as Linux does. This is tried once, on the
/// file of that name: a system that only looks like Linux may grant every lease.
pub(super) fn sees_mappings(file: &File, folder: &Folder, name: &str) -> bool {
    static SEES: OnceLock<bool> = OnceLock::new();
    *SEES.get_or_init(|| {
        let Ok(other) = folder.open_file(name, OFlags::RDONLY, Mode::empty()) else { return false };
        // SAFETY: no reference into the mapping is made.
        let Ok(_map) = (unsafe { Mmap::map(&other) }) else { return false };
        drop(other);
        !is_sole_open(file) || mutant("write on what is mapped")
    })
}

/// Chooses the signal that a break of the lease sends.
fn has_signal(file: &File) -> bool {
    // SAFETY: the descriptor is open while `file` lives, and the argument is an `int`, as this command expects.
    unsafe { fcntl(file.as_raw_fd(), F_SETSIG, Signal::URG.as_raw()) != -1 }
}

/// Takes a lease of that kind, or gives it back.
fn lease(file: &File, kind: c_int) -> bool {
    // SAFETY: the descriptor is open while `file` lives, and the argument is an `int`, as this command expects.
    unsafe { fcntl(file.as_raw_fd(), F_SETLEASE, kind) != -1 }
}
