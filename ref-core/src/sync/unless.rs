//! Fences that a seeded bug leaves out.

use super::mutant;
use super::stepped::fence;
use std::sync::atomic::Ordering;

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
