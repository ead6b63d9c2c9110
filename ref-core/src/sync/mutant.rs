//! Seeded bugs: a test build makes the one that `REF_MUTANT` names, and some test must fail. `cargo xtask mutants` plays
//! them all. In every other build they are `false`, and not there.

use super::stepped::fence;
use std::sync::atomic::Ordering;

/// Whether this bug is to be made.
#[cfg(test)]
pub(crate) fn mutant(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var("REF_MUTANT").ok()).as_deref() == Some(name)
}

/// A sequentially consistent fence, which this bug leaves out. No processor of a test machine need notice, but loom does.
#[inline(always)]
pub(crate) fn fence_unless(bug: &str) {
    if !mutant(bug) {
        fence(Ordering::SeqCst);
    }
}

/// The same under loom only: elsewhere the accesses before and after it are [in order](super::stepped::IN_ORDER).
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
