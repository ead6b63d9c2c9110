//! What is computed once for each type, and kept.

use crate::sync::per_process::PerProcess;
use crate::sync::{PoisonError, RwLock};
use std::any::TypeId;
use std::collections::BTreeMap;

/// What is computed once for each type.
pub(super) type Once<V> = PerProcess<RwLock<BTreeMap<TypeId, V>>>;

/// Returns what is computed of the type `id`, from `all` if it is there. What this computes and another thread has computed
/// meanwhile is lost.
pub(super) fn once<V: Copy>(all: &'static Once<V>, id: TypeId, compute: impl FnOnce() -> V) -> V {
    // Nearly all calls end here, without the number of the process.
    let first = all.of_first().and_then(|first| first.try_read().ok());
    if let Some(known) = first.and_then(|first| first.get(&id).copied()) {
        return known;
    }
    let own = all.get();
    if let Some(known) = own.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
        return *known;
    }
    let computed = compute(); // `describe` is user code, so it does not run under the lock.
    *own.write().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(computed)
}
