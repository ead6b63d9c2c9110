//! Telling a process from its forked child, by one load.
//!
//! A page that the kernel wipes in the child (`MADV_WIPEONFORK`): the parent reads the mark that it wrote, the child a
//! zero. A kernel without it (before 4.14) leaves the process's number to compare, a system call each time.

use crate::sync::{OnceLock, Ordering, plain::AtomicU32};
use memmap2::MmapRaw;
use rustix::mm::{Advice, madvise};

enum Mark {
    Page(MmapRaw),
    Pid(u32),
}

/// Whether this process marked itself, and is not a fork of the one that did.
pub(super) fn is_original_process() -> bool {
    match mark() {
        Mark::Page(page) => word(page).load(Ordering::Relaxed) == 1,
        Mark::Pid(pid) => *pid == std::process::id(),
    }
}

/// Marks the process; call before the first handle is made. A forked child stays unmarked for ever.
fn mark() -> &'static Mark {
    static MARK: OnceLock<Mark> = OnceLock::new();
    MARK.get_or_init(|| page().map_or_else(|| Mark::Pid(std::process::id()), Mark::Page))
}

fn page() -> Option<MmapRaw> {
    let page = MmapRaw::from(memmap2::MmapMut::map_anon(4096).ok()?);
    // SAFETY: the range is exactly one private anonymous mapping of our own, and the advice changes only what a
    // forked child sees: zeroes, which are a valid `AtomicU32`.
    unsafe { madvise(page.as_mut_ptr().cast(), page.len(), Advice::LinuxWipeOnFork) }.ok()?;
    word(&page).store(1, Ordering::Relaxed);
    Some(page)
}

fn word(page: &MmapRaw) -> &AtomicU32 {
    // SAFETY: the page is mapped while `page` lives, is aligned, and is reached as this one atomic only.
    unsafe { AtomicU32::from_ptr(page.as_mut_ptr().cast()) }
}
