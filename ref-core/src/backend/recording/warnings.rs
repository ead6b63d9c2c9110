//! What a session warns of by events: borrows and loans that are held for long, and a store that is almost full. No
//! thread looks after them. A borrow is looked at when it ends, and when a call of another session meets it; the store's
//! room is looked at by some of the puts.

use crate::backend::{Caller, Stats};
use crate::error::{Conflict, Holder, Result};
use crate::event;
use crate::id::ObjectId;
use crate::sync::{Instant, Mutex, lock};
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, SystemTime};

/// From when on a session warns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WarningLimits {
    /// How long an object is borrowed or lent.
    pub(crate) held: Duration,
    /// The store's limit of bytes, as the session has it.
    pub(crate) max_bytes: Option<u64>,
}

/// How many percent of a store's room are used when it is almost full.
const FULL: u64 = 80;

/// The most holders that are remembered because they were told.
const MOST_TOLD: usize = 1000;

pub(super) struct SessionWarnings {
    limits: WarningLimits,
    held: Mutex<HashMap<(ObjectId, HowHeld), Held>>,
    /// The holders that were told, each with the time since when it holds the object.
    told: Mutex<BTreeSet<(ObjectId, u32, SystemTime)>>,
    room: Mutex<RoomLeft>,
}

/// How a session has an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum HowHeld {
    Loan,
    Borrow,
}

struct Held {
    since: Instant,
    at: Option<Caller>,
    /// How many borrows there are of a session that reads the object.
    count: u32,
}

/// When the store is counted again, and whether it was almost full then.
#[derive(Default)]
struct RoomLeft {
    puts: u64,
    bytes: u64,
    is_told: bool,
}

impl SessionWarnings {
    pub(super) fn new(limits: WarningLimits) -> Self {
        let (held, told, room) = Default::default();
        Self { limits, held, told, room }
    }

    pub(super) fn has_byte_limit(&self) -> bool {
        self.limits.max_bytes.is_some()
    }

    /// Notes a call that has succeeded. `act` is the word that a recording has for the call.
    pub(super) fn done(&self, act: &str, object: ObjectId, at: Option<Caller>) {
        match act {
            "lend" | "lend_mut" => self.begin(object, HowHeld::Loan, at),
            "borrow" | "borrow_mut" | "share" | "grant" => self.begin(object, HowHeld::Borrow, at),
            "return" => self.end(object, HowHeld::Borrow, false),
            "commit" | "abort" => self.end(object, HowHeld::Borrow, true),
            "end" | "revoke" | "send" | "detach" | "publish" | "drop" => self.end(object, HowHeld::Loan, true),
            _ => {}
        }
    }

    fn begin(&self, object: ObjectId, hold: HowHeld, at: Option<Caller>) {
        let mut held = lock(&self.held);
        held.entry((object, hold)).or_insert(Held { since: Instant::now(), at, count: 0 }).count += 1;
    }

    /// Ends one borrow, or all at once. The last one tells how long the object was held.
    fn end(&self, object: ObjectId, hold: HowHeld, all: bool) {
        let mut held = lock(&self.held);
        let Some(known) = held.get_mut(&(object, hold)) else { return };
        known.count = if all { 0 } else { known.count.saturating_sub(1) };
        if known.count > 0 {
            return;
        }
        let ended = held.remove(&(object, hold));
        drop(held);
        if let Some(Held { since, at, .. }) = ended
            && since.elapsed() >= self.limits.held
        {
            let what = if hold == HowHeld::Loan { "lent" } else { "borrowed" };
            event::held_long(&object, what, since.elapsed(), at.map(ToString::to_string), None);
        }
    }

    /// Tells of the holders that have been in the way of a call for long, of each once.
    pub(super) fn met(&self, conflict: &Conflict) {
        for holder in &conflict.holders {
            let Some(since) = holder.since else { continue };
            let age = since.elapsed().unwrap_or_default();
            if age >= self.limits.held && self.is_new(conflict.object, holder, since) {
                event::held_long(&conflict.object, "in the way", age, holder.at.clone(), Some(holder));
            }
        }
    }

    fn is_new(&self, object: ObjectId, holder: &Holder, since: SystemTime) -> bool {
        let mut told = lock(&self.told);
        if told.len() >= MOST_TOLD {
            told.clear();
        }
        told.insert((object, holder.pid, since))
    }

    /// Notes that an object of so many bytes was put, and now and then counts the store by `count`: the less room there
    /// is, the sooner. Tells once that the store is almost full, until it has room again.
    pub(super) fn has_put(&self, bytes: usize, count: impl FnOnce() -> Result<Stats>) {
        let mut room = lock(&self.room);
        room.puts = room.puts.saturating_sub(1);
        room.bytes = room.bytes.saturating_sub(bytes as u64);
        if room.puts > 0 && room.bytes > 0 {
            return;
        }
        // Other threads need not wait for the count. If it fails, there is another one later.
        (room.puts, room.bytes) = (1000, u64::MAX);
        drop(room);
        let Ok(stats) = count() else { return };
        let counted = [(stats.objects, stats.max_objects), (stats.bytes, self.limits.max_bytes)];
        let used = counted.map(|(used, most)| Some((used, most.filter(|most| *most > 0)?)));
        let fullest = used.iter().flatten().map(|(used, most)| used.saturating_mul(100) / most).max().unwrap_or(0);
        let [puts, bytes] = used.map(|used| used.map_or(u64::MAX, |(used, most)| until_next(used, most)));
        let mut room = lock(&self.room);
        let is_told = std::mem::replace(&mut *room, RoomLeft { puts, bytes, is_told: fullest >= FULL }).is_told;
        drop(room);
        if fullest >= FULL && !is_told {
            event::almost_full(fullest, stats.objects, stats.bytes);
        }
    }
}

/// Returns after how many more objects, or bytes, a store is counted again that has `used` of `most`.
fn until_next(used: u64, most: u64) -> u64 {
    let left = (most / 100 * FULL).saturating_sub(used);
    (left / 4).max(most / 50).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A count takes as long as there are objects. A quarter of the room is put between two counts, or a fiftieth of all.
    #[test]
    fn a_store_is_counted_the_oftener_the_less_room_it_has() {
        let (mut used, mut counts) = (0, 0);
        while used < 80_000 {
            used += until_next(used, 100_000);
            counts += 1;
        }
        assert!((5..60).contains(&counts) && used <= 82_000, "{counts} counts to {used}");
        assert_eq!(until_next(0, 1), 1);
    }
}
