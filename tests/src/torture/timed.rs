//! Objects that a process puts for a time, and that no other process knows. The process looks at them around the ends of
//! their times, by its own clock: so an object that goes too early or too late is seen in either case. Such an object
//! goes by itself, also if the process is killed.

use super::oracle::{ROUNDED_UP, Violation, millis, now};
use super::value::Numbered;
use super::worker::Worker;
use ref_core::{ErrorKind, Key};
use std::time::Duration;

/// How many such objects a process has at most.
const MOST: usize = 3;
const SIZES: [usize; 3] = [0, 1_000, 5_000];

/// An object with a time.
pub(super) struct Timed {
    name: Key<Numbered>,
    value: Numbered,
    /// The moments in milliseconds until which the object must be there at least, and may be there at most.
    stays: u64,
    goes: u64,
}

impl Timed {
    /// Notes that the object stays for `time` from the moment on at which a call has begun, and which is over.
    fn stays_for(&mut self, time: Duration, begun: u64) {
        self.stays = self.stays.max(begun + millis(time));
        self.goes = self.goes.max(now() + millis(time) + ROUNDED_UP);
    }

    /// Checks that the object may be gone, as a call has found that is over.
    fn may_be_gone(&self) -> Result<(), Violation> {
        let now = now();
        if now >= self.stays {
            return Ok(());
        }
        Err(format!("{} is gone {} ms before its time is over", self.value.n >> 24, self.stays - now))
    }
}

impl Worker {
    /// Puts an object for a time, extends the time of one, or looks at the one that goes next.
    pub(super) fn by_time(&mut self) -> Result<(), Violation> {
        if self.timed.len() < MOST && self.dice.one_in(4) {
            return self.put_timed();
        }
        let next = (0..self.timed.len()).min_by_key(|nth| self.timed[*nth].stays);
        let Some(nth) = next else { return self.put_timed() };
        if self.dice.one_in(8) { self.extend_timed(nth) } else { self.look_at_timed(nth) }
    }

    fn put_timed(&mut self) -> Result<(), Violation> {
        let (time, begun) = (Duration::from_millis(self.dice.below(200)), now());
        let size = SIZES[self.dice.below(SIZES.len() as u64) as usize];
        let value = Numbered::sized(self.fresh_key() << 24, size);
        let name = self.store.put_for(value.clone(), time);
        let name = name.map_err(|error| format!("an object cannot be put for a time: {error:?}"))?;
        let mut timed = Timed { name, value, stays: 0, goes: 0 };
        timed.stays_for(time, begun);
        self.timed.push(timed);
        Ok(())
    }

    fn extend_timed(&mut self, nth: usize) -> Result<(), Violation> {
        let (time, begun) = (Duration::from_millis(self.dice.below(200)), now());
        let timed = &mut self.timed[nth];
        match self.store.extend(&timed.name, time) {
            Ok(()) => timed.stays_for(time, begun),
            Err(error) if error.kind() == ErrorKind::Gone => return self.timed.swap_remove(nth).may_be_gone(),
            Err(error) => return Err(format!("a time is not extended: {error:?}")),
        }
        Ok(())
    }

    fn look_at_timed(&mut self, nth: usize) -> Result<(), Violation> {
        let (timed, begun) = (&self.timed[nth], now());
        match self.store.get(&timed.name) {
            Ok(_) if begun > timed.goes => {
                Err(format!("{} is found {} ms after its time", timed.value.n >> 24, begun - timed.goes))
            }
            Ok(note) if note == timed.value => self.held.keep(&note, &mut self.dice),
            Ok(note) => Err(format!("a reader of {} sees {}", timed.value.n, note.n)),
            Err(error) if error.kind() == ErrorKind::Gone => self.timed.swap_remove(nth).may_be_gone(),
            Err(error) => Err(format!("a name's only holder is refused: {error:?}")),
        }
    }
}
