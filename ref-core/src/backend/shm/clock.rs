//! Clocks that all processes of one boot agree on.

use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since boot, without those in suspend: processes stand still there too.
pub(super) fn monotonic_seconds() -> u32 {
    if cfg!(loom) {
        return 1; // Time stands still there.
    }
    u32::try_from(clock_gettime(ClockId::Monotonic).tv_sec).unwrap_or(u32::MAX)
}

/// Which boot of the machine this is; 0 when it cannot be told.
pub(super) fn boot() -> u64 {
    use sha2::Digest as _;
    let Ok(id) = std::fs::read("/proc/sys/kernel/random/boot_id") else { return 0 };
    let digest = sha2::Sha256::digest(&id);
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

/// Milliseconds of the wall clock, for people to read: as of its last tick, which is cheaper to ask for.
pub(super) fn coarse_millis() -> u64 {
    let time = clock_gettime(ClockId::RealtimeCoarse);
    time.tv_sec as u64 * 1000 + time.tv_nsec as u64 / 1_000_000
}

pub(super) fn from_wall_millis(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}
