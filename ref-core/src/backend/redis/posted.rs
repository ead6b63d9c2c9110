//! Borrows that this process has given back without waiting, in whichever of its sessions: whatever it asks next, in
//! whichever, comes after them. Between processes there is no such order.

use super::channel::Channel;
use crate::sync::{Arc, Mutex, lock};

/// Sessions with answers that nobody has read.
static UNREAD: Mutex<Vec<Arc<Mutex<Channel>>>> = Mutex::new(Vec::new());

/// Something was sent there, and not waited for. Its caller has the channel locked.
pub(super) fn note(channel: &Arc<Mutex<Channel>>) {
    let mut unread = lock(&UNREAD);
    if !unread.iter().any(|known| Arc::ptr_eq(known, channel)) {
        unread.push(Arc::clone(channel));
    }
}

/// Waits for what other sessions have sent; what `own` has sent is in order by itself.
pub(super) fn settle_others(own: &Arc<Mutex<Channel>>) {
    let others: Vec<_> = lock(&UNREAD).iter().filter(|known| !Arc::ptr_eq(known, own)).map(Arc::clone).collect();
    for other in others {
        let mut channel = lock(&other);
        // Where that fails, its own thread goes on trying.
        let _later = channel.drain();
        // Nothing is sent meanwhile: the channel is locked.
        forget(&other);
    }
}

/// The session is over.
pub(super) fn forget(channel: &Arc<Mutex<Channel>>) {
    lock(&UNREAD).retain(|known| !Arc::ptr_eq(known, channel));
}
