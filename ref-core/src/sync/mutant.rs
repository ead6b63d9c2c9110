//! Seeded bugs (mutation tests): a test build makes the bug that `REF_MUTANT` names, and some test must then fail.
//! `cargo xtask mutants` tries each of them. In every other build [`mutant`] is a constant `false`.

use super::stepped::fence;
use std::sync::atomic::Ordering;

/// Returns whether the bug of this name is to be made.
#[cfg(test)]
pub(crate) fn mutant(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var("REF_MUTANT").ok()).as_deref() == Some(name)
}

/// Passes a sequentially consistent fence, unless the bug of this name is to be made. Without the fence, a test on a
/// real processor need not fail, but a test under loom does.
#[inline(always)]
pub(crate) fn fence_unless(bug: &str) {
    if !mutant(bug) {
        fence(Ordering::SeqCst);
    }
}

/// Does what [`fence_unless`] does, but only under loom: elsewhere the accesses before and after this call are
/// [sequentially consistent](super::stepped::IN_ORDER).
#[inline(always)]
pub(crate) fn loom_fence_unless(bug: &str) {
    if cfg!(loom) {
        fence_unless(bug);
    }
}

#[cfg(not(test))]
#[inline(always)]
pub(crate) const fn mutant(_name: &str) -> bool {
    false
}
