//! Tells with one load whether this process is a forked child.
//!
//! The kernel wipes one page in a forked child (`MADV_WIPEONFORK`). The parent reads the 1 that it wrote there, and the
//! child reads 0. Kernels before 4.14 cannot wipe a page. There, or if the page cannot be mapped, the process number is
//! compared, with one system call each time.

use crate::sync::{OnceLock, Ordering, plain::AtomicU32};
use memmap2::MmapRaw;
use rustix::mm::{Advice, madvise};

/// The mark by which a process and its forked child are told apart.
enum ForkMark {
    Page(MmapRaw),
    Pid(u32),
}

/// Whether this process opened its sessions itself. A forked child did not: it has copies of its parent's sessions.
pub(super) fn is_original_process() -> bool {
    match mark() {
        // Relaxed: the word is written once, before the `OnceLock` publishes the page, and otherwise by the kernel
        // only.
        ForkMark::Page(page) => word(page).load(Ordering::Relaxed) == 1,
        ForkMark::Pid(pid) => *pid == std::process::id(),
    }
}

/// Returns the mark, which the first call makes. That call comes before the process opens its first store. A child that
/// is forked later inherits the `OnceLock`, so it never makes a mark.
fn mark() -> &'static ForkMark {
    static MARK: OnceLock<ForkMark> = OnceLock::new();
    MARK.get_or_init(|| page().map_or_else(|| ForkMark::Pid(std::process::id()), ForkMark::Page))
}

/// Maps a page in which this process reads 1 and a forked child reads 0. Returns `None` if the system cannot do that.
fn page() -> Option<MmapRaw> {
    let page = MmapRaw::from(memmap2::MmapMut::map_anon(4096).ok()?);
    // SAFETY: the range is exactly the private anonymous mapping that was made above. The advice changes only the bytes
    // that a forked child reads: they are zeroes, and so a valid `AtomicU32`.
    unsafe { madvise(page.as_mut_ptr().cast(), page.len(), Advice::LinuxWipeOnFork) }.ok()?;
    word(&page).store(1, Ordering::Relaxed);
    Some(page)
}

fn word(page: &MmapRaw) -> &AtomicU32 {
    // SAFETY: the page is mapped while `page` lives, is aligned, and is accessed only as this one atomic.
    unsafe { AtomicU32::from_ptr(page.as_mut_ptr().cast()) }
}
