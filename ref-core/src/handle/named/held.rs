//! Which published objects the borrows of a thread hold. A thread that waits for an object which it holds itself waits
//! for ever, and no other thread can help it.

use crate::id::{ObjectId, StoreId};
use std::cell::RefCell;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

thread_local! {
    /// The objects that the borrows of this thread hold.
    static HELD: RefCell<Vec<(StoreId, ObjectId)>> = const { RefCell::new(Vec::new()) };
}

/// Only the compiler's errors show this trait, which no type has: rustc names it where a program sends a handle of a
/// name to another thread. What has the trait has every auto trait but `Send`.
pub(super) trait StaysOnItsThread: Sync + Unpin + UnwindSafe + RefUnwindSafe {}

/// A handle with a field of this type is not `Send`.
pub(super) type StaysHere = PhantomData<dyn StaysOnItsThread>;

/// Notes that a borrow of this thread holds the object.
pub(super) fn note_hold(store: StoreId, object: ObjectId) {
    // A thread that is ending may have dropped its list already.
    let _ended = HELD.try_with(|held| held.borrow_mut().push((store, object)));
}

/// Removes one note of [`note_hold`].
pub(super) fn end_hold(store: StoreId, object: ObjectId) {
    let remove = |held: &RefCell<Vec<_>>| {
        let mut held = held.borrow_mut();
        if let Some(at) = held.iter().rposition(|borrow| *borrow == (store, object)) {
            held.swap_remove(at);
        }
    };
    let _ended = HELD.try_with(remove);
}

/// Returns whether a borrow of this thread holds the object.
pub(super) fn is_held_here(store: StoreId, object: ObjectId) -> bool {
    HELD.try_with(|held| held.borrow().contains(&(store, object))).unwrap_or(false)
}
