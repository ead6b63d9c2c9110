//! Clocks on which all processes of one boot agree, even in different time namespaces.

use crate::hash::sha256_prefix;
use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A deadline, as the 32 bits of a record's note: tenths of a second since boot. Time in suspend is not counted,
/// because processes do not run during suspend either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deadline(pub(super) u32);

const TICK: Duration = Duration::from_millis(100);

impl Deadline {
    /// A deadline that never passes: it is later than 32 bits can count (13 years), or the clock could not be read.
    const NEVER: Self = Self(u32::MAX);

    /// Returns the deadline that is `time` from now, or [`NEVER`](Self::NEVER). The deadline is rounded up: a tenth of
    /// a second that has begun counts as a whole one, both in `time` and in the clock.
    pub(super) fn after(time: Duration) -> Self {
        let ticks = time.as_nanos().div_ceil(TICK.as_nanos()) + 1;
        ticks_since_boot().map_or(Self::NEVER, |now| Self::at(now + ticks))
    }

    fn at(ticks: u128) -> Self {
        u32::try_from(ticks).map_or(Self::NEVER, Self)
    }

    /// Returns the deadline of this boot that leaves the time which this deadline of an earlier boot left at `noted`, a time
    /// of that boot. It is rounded up. Returns this deadline as it is, which leaves more, if no time was noted.
    pub(super) fn at_this_boot(self, noted: u64) -> Self {
        match ticks_since_boot() {
            Some(now) if self != Self::NEVER && noted > 0 => {
                Self::at(now + 1 + u128::from(u64::from(self.0).saturating_sub(noted)))
            }
            _ => self,
        }
    }

    /// Returns the later one of the two deadlines.
    pub(super) fn or_later(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// Returns the time until the deadline, which is zero if the deadline has passed. Returns `None` if the deadline never
    /// passes, or the clock cannot be read.
    pub(super) fn left(self) -> Option<Duration> {
        let ticks = u128::from(self.0).saturating_sub(ticks_since_boot()?);
        (self != Self::NEVER).then(|| TICK * u32::try_from(ticks).unwrap_or(u32::MAX))
    }

    /// Whether the deadline has passed; false if the clock cannot be read.
    pub(super) fn is_over(self) -> bool {
        self != Self::NEVER && ticks_since_boot().is_some_and(|now| now >= self.0.into())
    }
}

/// Returns the time in tenths of a second since boot, for the ledger to note; 0 if the clock cannot be read.
pub(super) fn now() -> u64 {
    ticks_since_boot().and_then(|now| u64::try_from(now).ok()).unwrap_or(0)
}

/// Returns the tenths of a second since boot. Returns `None` if this process cannot find out how far the clock of its
/// time namespace is ahead.
fn ticks_since_boot() -> Option<u128> {
    if cfg!(loom) {
        return Some(1); // Under loom, no time passes.
    }
    let here = clock_gettime(ClockId::Monotonic);
    let here = i128::from(here.tv_sec) * 1_000_000_000 + i128::from(here.tv_nsec);
    let ticks = (here - offset_of_namespace()?) / TICK.as_nanos() as i128;
    u128::try_from(ticks).ok()
}

/// The name of a machine's first time namespace; the number is fixed in the kernel.
const FIRST: &str = "time:[4026531834]";

/// Returns by how many nanoseconds the clock of this process's time namespace is ahead of the clock of the machine's
/// first time namespace, or `None` if this is not known. All processes agree on that first clock. The offset is read at
/// each call, since a process may change its namespace.
fn offset_of_namespace() -> Option<i128> {
    let name = |link: &str| std::fs::read_link(Path::new("/proc/self/ns").join(link));
    let here = match name("time") {
        Ok(here) => here,
        // Kernels before 5.6 have no time namespaces. If the link `pid` cannot be read either, `/proc` is not there,
        // and the offset is not known.
        Err(_) => return name("pid").is_ok().then_some(0),
    };
    if here.as_os_str() == FIRST {
        return Some(0);
    }
    // The file `timens_offsets` shows the offsets of the namespace that this process's children get. That may be
    // another namespace.
    let told = name("time_for_children").is_ok_and(|children| children == here);
    if told { offset_in(&std::fs::read_to_string("/proc/self/timens_offsets").ok()?) } else { None }
}

/// Returns the offset of the monotonic clock, in nanoseconds, from the text of `timens_offsets`. Returns `None` if the
/// text does not have it.
fn offset_in(offsets: &str) -> Option<i128> {
    let mut words = offsets.lines().find_map(|line| line.strip_prefix("monotonic"))?.split_whitespace();
    let mut number = || words.next()?.parse::<i128>().ok();
    Some(number()? * 1_000_000_000 + number()?)
}

/// Returns a hash of the id of this boot of the machine, or 0 if the id cannot be read.
pub(super) fn boot() -> u64 {
    std::fs::read("/proc/sys/kernel/random/boot_id").map_or(0, |id| sha256_prefix(&id))
}

/// Returns the milliseconds of the wall clock at its last tick, for messages. This coarse clock is cheaper to read than
/// the exact one.
pub(super) fn coarse_millis() -> u64 {
    let time = clock_gettime(ClockId::RealtimeCoarse);
    time.tv_sec as u64 * 1000 + time.tv_nsec as u64 / 1_000_000
}

/// Converts milliseconds from [`coarse_millis`] into a time.
pub(super) fn from_wall_millis(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn offsets_are_read_as_the_system_writes_them() {
        assert_eq!(offset_in("monotonic         -5  20\nboottime  7 0\n"), Some(-4_999_999_980));
        assert_eq!(offset_in("boottime  7 0\n"), None);
    }

    #[test]
    fn what_cannot_be_counted_never_passes() {
        assert_eq!(Deadline::after(Duration::MAX), Deadline::NEVER);
        assert!(!Deadline::NEVER.is_over());
        assert!(Deadline(0).is_over());
    }

    #[test]
    fn a_deadline_of_an_earlier_boot_leaves_what_was_left_then() {
        let (now, left) = (now(), |deadline: Deadline| deadline.left().unwrap());
        let hour = Duration::from_secs(3600);
        let at = Deadline(1_000_000).at_this_boot(1_000_000 - 36_000);
        assert!(left(at) <= hour + TICK && u64::from(at.0) > now + 36_000);
        assert!(left(Deadline(1_000_000).at_this_boot(1_000_001)) <= TICK, "it was over");
        assert_eq!(Deadline::NEVER.at_this_boot(7), Deadline::NEVER);
        assert_eq!(Deadline(1_000_000).at_this_boot(0), Deadline(1_000_000), "nothing was noted");
    }

    proptest! {
        /// No deadline passes before the time that was given to `after` is over.
        #[test]
        fn no_deadline_is_early(millis in 0_u64..1 << 32) {
            let (before, deadline) = (ticks_since_boot().unwrap(), Deadline::after(Duration::from_millis(millis)));
            prop_assert!((u128::from(deadline.0) - before - 1) * 100 >= u128::from(millis));
        }
    }
}
