//! Requests that this process has posted, mostly the ends of borrows. Before its own request, unless that gives
//! something back, a session of the process in the same store reads the replies to these, if the server answers in
//! time. So the request takes effect after them. Between processes there is no such order, and none between stores: a
//! server that stands still would delay the calls at every other server.

use super::channel::Channel;
use crate::id::StoreId;
use crate::sync::plain::AtomicUsize;
use crate::sync::{Arc, Mutex, Ordering, Weak, lock};

/// The stores that this process has open.
static STORES: Mutex<ProcessStores> = Mutex::new(ProcessStores { pid: 0, stores: Vec::new() });

struct ProcessStores {
    /// The process of these stores. A forked child has copies of its parent's channels, and must not use them.
    pid: u32,
    stores: Vec<(StoreId, Weak<StorePosts>)>,
}

/// The channels of the sessions in one store that have posted a request and not read the reply to it.
#[derive(Default)]
pub(super) struct StorePosts {
    channels: Mutex<Vec<Arc<Mutex<Channel>>>>,
    /// How many channels these are. A request reads this number without the lock. If the request must see a post, the
    /// post was made before it in another way, such as by a message between the two threads.
    count: AtomicUsize,
}

impl StorePosts {
    /// Returns the posts of this process in `store`.
    pub(super) fn of(store: StoreId) -> Arc<Self> {
        let mut known = lock(&STORES);
        let pid = std::process::id();
        if known.pid != pid {
            *known = ProcessStores { pid, stores: Vec::new() };
        }
        known.stores.retain(|(_, posts)| posts.strong_count() > 0);
        let present = known.stores.iter().find(|(of, _)| *of == store).and_then(|(_, posts)| posts.upgrade());
        present.unwrap_or_else(|| {
            let posts = Arc::default();
            known.stores.push((store, Arc::downgrade(&posts)));
            posts
        })
    }

    /// Adds a channel on which a request was posted. The caller has locked the channel, and passes it as `locked`.
    pub(super) fn add(&self, channel: &Arc<Mutex<Channel>>, locked: &mut Channel) {
        if !std::mem::replace(&mut locked.is_waited_for, true) {
            let mut channels = lock(&self.channels);
            channels.push(Arc::clone(channel));
            self.count.store(channels.len(), Ordering::Release);
        }
    }

    /// Removes a channel: its session is over, or all its replies are read. The caller has locked the channel, and
    /// passes it as `locked`.
    pub(super) fn remove(&self, channel: &Arc<Mutex<Channel>>, locked: &mut Channel) {
        if std::mem::replace(&mut locked.is_waited_for, false) {
            let mut channels = lock(&self.channels);
            channels.retain(|known| !Arc::ptr_eq(known, channel));
            self.count.store(channels.len(), Ordering::Release);
        }
    }

    /// Waits for the replies to the requests that other sessions have posted. The requests on `own` are in order by
    /// themselves. A channel whose replies do not come in time is left out.
    pub(super) fn drain_others(&self, own: &Arc<Mutex<Channel>>) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let is_other = |known: &&Arc<Mutex<Channel>>| !Arc::ptr_eq(known, own);
        let others: Vec<_> = lock(&self.channels).iter().filter(is_other).map(Arc::clone).collect();
        for other in others {
            let mut channel = lock(&other);
            // After a failure, the background thread and the next request try again.
            let _later = channel.settle();
            // The channel is still locked, so that no other thread has posted a request since.
            if channel.is_quiet() {
                self.remove(&other, &mut channel);
            }
        }
    }
}
