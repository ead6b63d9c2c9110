//! Borrows that this process has given back without waiting. A later request of the process takes effect after them, in
//! any of its sessions. Between processes there is no such order.

use super::channel::Channel;
use crate::sync::{Arc, Mutex, MutexGuard, lock};

/// The channels of sessions that have posted a request and not read its reply.
static POSTED: Mutex<PostedChannels> = Mutex::new(PostedChannels { pid: 0, channels: Vec::new() });

struct PostedChannels {
    /// The process of these channels. A forked child has copies of its parent's channels, and must not use them.
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

/// Adds a channel on which a request was posted. The caller has the channel locked.
pub(super) fn add(channel: &Arc<Mutex<Channel>>) {
    let mut posted = posted();
    if !posted.channels.iter().any(|known| Arc::ptr_eq(known, channel)) {
        posted.channels.push(Arc::clone(channel));
    }
}

/// Waits for the replies to what other sessions have posted. The requests on `own` are in order by themselves.
pub(super) fn drain_others(own: &Arc<Mutex<Channel>>) {
    let others: Vec<_> = posted().channels.iter().filter(|known| !Arc::ptr_eq(known, own)).map(Arc::clone).collect();
    for other in others {
        let mut channel = lock(&other);
        // After a failure, the session's own thread tries again.
        let _later = channel.drain();
        // The channel is still locked, so that no other thread has posted a request since.
        remove(&other);
    }
}

/// Removes a channel: its session is over, or all its replies are read.
pub(super) fn remove(channel: &Arc<Mutex<Channel>>) {
    posted().channels.retain(|known| !Arc::ptr_eq(known, channel));
}
