//! Tells with one load whether this process is a forked child.
//!
//! The kernel wipes one page in a forked child (`MADV_WIPEONFORK`): the parent reads the 1 that it wrote there, the
//! child reads 0. Kernels before 4.14 cannot do that. On such a kernel, the process number is compared, with one system
//! call each time.

use crate::sync::{OnceLock, Ordering, plain::AtomicU32};
use memmap2::MmapRaw;
use rustix::mm::{Advice, madvise};

/// What tells this process from a forked child.
enum ForkMark {
    Page(MmapRaw),
    Pid(u32),
}

/// Whether this process is the one that opened its stores, and not a forked child of that process.
pub(super) fn is_original_process() -> bool {
    match mark() {
        // Relaxed: the word is written once, before the `OnceLock` publishes the page, and otherwise by the kernel
        // only.
        ForkMark::Page(page) => word(page).load(Ordering::Relaxed) == 1,
        ForkMark::Pid(pid) => *pid == std::process::id(),
    }
}

/// Returns the mark, which the first call makes. That call comes before the first store is opened. A forked child
/// inherits the `OnceLock`, so it never makes a mark.
fn mark() -> &'static ForkMark {
    static MARK: OnceLock<ForkMark> = OnceLock::new();
    MARK.get_or_init(|| page().map_or_else(|| ForkMark::Pid(std::process::id()), ForkMark::Page))
}

/// A page that a forked child reads as zeroes; `None` where the kernel cannot do that.
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
