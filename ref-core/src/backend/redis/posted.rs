//! Borrows that this process has given back without waiting. A later request of the process in the same store takes
//! effect after them, in any of its sessions there. Between processes there is no such order, and none between stores: a
//! server that stands still would delay the calls at every other server.

use super::channel::Channel;
use crate::id::StoreId;
use crate::sync::{Arc, Mutex, MutexGuard, lock};

/// The channels of sessions that have posted a request and not read its reply.
static POSTED: Mutex<PostedChannels> = Mutex::new(PostedChannels { pid: 0, channels: Vec::new() });

struct PostedChannels {
    /// The process of these channels. A forked child has copies of its parent's channels, and must not use them.
    pid: u32,
    channels: Vec<(StoreId, Arc<Mutex<Channel>>)>,
}

fn posted() -> MutexGuard<'static, PostedChannels> {
    let mut posted = lock(&POSTED);
    let pid = std::process::id();
    if posted.pid != pid {
        *posted = PostedChannels { pid, channels: Vec::new() };
    }
    posted
}

/// Adds a channel of a session in `store`, on which a request was posted. The caller has the channel locked.
pub(super) fn add(store: StoreId, channel: &Arc<Mutex<Channel>>) {
    let mut posted = posted();
    if !posted.channels.iter().any(|(_, known)| Arc::ptr_eq(known, channel)) {
        posted.channels.push((store, Arc::clone(channel)));
    }
}

/// Waits for the replies to what other sessions in `store` have posted. The requests on `own` are in order by
/// themselves.
pub(super) fn drain_others(store: StoreId, own: &Arc<Mutex<Channel>>) {
    let is_other = |(of, known): &&(StoreId, Arc<Mutex<Channel>>)| *of == store && !Arc::ptr_eq(known, own);
    let others: Vec<_> = posted().channels.iter().filter(is_other).map(|(_, known)| Arc::clone(known)).collect();
    for other in others {
        let mut channel = lock(&other);
        // After a failure, the background thread and the next request try again.
        let _later = channel.settle();
        // The channel is still locked, so that no other thread has posted a request since.
        if channel.is_quiet() {
            remove(&other);
        }
    }
}

/// Removes a channel: its session is over, or all its replies are read.
pub(super) fn remove(channel: &Arc<Mutex<Channel>>) {
    posted().channels.retain(|(_, known)| !Arc::ptr_eq(known, channel));
}
