//! Borrows that this process has given back without waiting, in whichever of its sessions: whatever it asks next, in
//! whichever, comes after them. Between processes there is no such order.

use super::channel::Channel;
use crate::sync::{Arc, Mutex, MutexGuard, lock};

/// Sessions with answers that nobody has read.
static POSTED: Mutex<PostedChannels> = Mutex::new(PostedChannels { pid: 0, channels: Vec::new() });

struct PostedChannels {
    /// Whose they are: a fork has copies of its parent's, and must not speak for it.
    pid: u32,
    channels: Vec<Arc<Mutex<Channel>>>,
}

fn posted() -> MutexGuard<'static, PostedChannels> {
    let mut posted = lock(&POSTED);
    let pid = std::process::id();
    if posted.pid != pid {
        *posted = PostedChannels { pid, channels: Vec::new() };
    }
    posted
}

/// Something was sent there, and not waited for. Its caller has the channel locked.
pub(super) fn add(channel: &Arc<Mutex<Channel>>) {
    let mut posted = posted();
    if !posted.channels.iter().any(|known| Arc::ptr_eq(known, channel)) {
        posted.channels.push(Arc::clone(channel));
    }
}

/// Waits for what other sessions have sent; what `own` has sent is in order by itself.
pub(super) fn drain_others(own: &Arc<Mutex<Channel>>) {
    let others: Vec<_> = posted().channels.iter().filter(|known| !Arc::ptr_eq(known, own)).map(Arc::clone).collect();
    for other in others {
        let mut channel = lock(&other);
        // Where that fails, its own thread goes on trying.
        let _later = channel.drain();
        // Nothing is sent meanwhile: the channel is locked.
        remove(&other);
    }
}

/// The session is over, or has no unread answers.
pub(super) fn remove(channel: &Arc<Mutex<Channel>>) {
    posted().channels.retain(|known| !Arc::ptr_eq(known, channel));
}
