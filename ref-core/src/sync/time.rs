//! The clock by which a process waits.

use std::time::Duration;

/// Moments that only this process compares. Under loom the clock stands still: loom repeats a test in many orders, and
/// each repetition has to see the same times.
#[cfg(not(loom))]
pub(crate) use std::time::Instant;
#[cfg(loom)]
pub(crate) use still::Instant;

#[cfg(loom)]
mod still {
    use std::ops::Add;
    use std::time::Duration;

    /// A moment, as the time since the one moment at which this clock stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) struct Instant(Duration);

    impl Instant {
        pub(crate) fn now() -> Self {
            Self(Duration::ZERO)
        }

        pub(crate) fn checked_add(self, time: Duration) -> Option<Self> {
            self.0.checked_add(time).map(Self)
        }

        pub(crate) fn elapsed(self) -> Duration {
            Self::now().saturating_duration_since(self)
        }

        pub(crate) fn saturating_duration_since(self, earlier: Self) -> Duration {
            self.0.saturating_sub(earlier.0)
        }
    }

    impl Add<Duration> for Instant {
        type Output = Self;

        fn add(self, time: Duration) -> Self {
            Self(self.0 + time)
        }
    }
}

/// Returns the moment after `timeout` from now. Returns `None`, which means never, if the clock cannot count that far.
pub(crate) fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}
