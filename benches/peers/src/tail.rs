//! Measures each of very many acts, for the slowest of them.

use crate::Done;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long a way is tried.
const TIME: Duration = Duration::from_secs(10);
/// How often the version is replaced meanwhile.
const PERIOD: Duration = Duration::from_secs(1);
/// Times of fewer nanoseconds than this are counted, and longer ones are kept as they are.
const COUNTED: usize = 10_000;

/// What was measured of one way, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) name: String,
    pub(crate) replaces: bool,
    pub(crate) acts: u64,
    /// The median, 99.99 %, 99.999 % and the longest.
    pub(crate) nanos: [u64; 4],
}

/// Acts at full speed, and measures each act. With `replaces`, another thread calls `replace` each second.
pub(crate) fn tail(
    name: &str,
    replaces: bool,
    mut act: impl FnMut() -> Done,
    replace: impl Fn() -> Done + Sync,
) -> Done<Tail> {
    let is_over = AtomicBool::new(false);
    let mut times = Times { counts: vec![0; COUNTED], longer: Vec::new() };
    std::thread::scope(|threads| -> Done {
        let replacing = threads.spawn(|| -> Result<(), String> {
            while replaces && !is_over.load(Relaxed) {
                std::thread::sleep(PERIOD);
                replace().map_err(|error| error.to_string())?;
            }
            Ok(())
        });
        let end = Instant::now() + TIME;
        let mut before = Instant::now();
        let mut acted: Done = Ok(());
        while acted.is_ok() && before < end {
            acted = act();
            let now = Instant::now();
            times.add((now - before).as_nanos() as u64);
            before = Instant::now();
        }
        is_over.store(true, Relaxed);
        acted.and(replacing.join().map_err(|_| "the other thread has panicked")?.map_err(Into::into))
    })?;
    let tail = times.tail(name, replaces);
    eprintln!("{tail:?}");
    Ok(tail)
}

struct Times {
    counts: Vec<u64>,
    longer: Vec<u64>,
}

impl Times {
    fn add(&mut self, nanos: u64) {
        match self.counts.get_mut(nanos as usize) {
            Some(count) => *count += 1,
            None => self.longer.push(nanos),
        }
    }

    fn tail(mut self, name: &str, replaces: bool) -> Tail {
        self.longer.sort_unstable();
        let acts = self.counts.iter().sum::<u64>() + self.longer.len() as u64;
        // The longest of all acts but one of `one_of`.
        let all_but = |one_of: u64| {
            let mut left = acts - acts / one_of;
            for (nanos, count) in (0..).zip(&self.counts) {
                if left <= *count {
                    return nanos;
                }
                left -= count;
            }
            self.longer.get((left as usize).saturating_sub(1)).copied().unwrap_or_default()
        };
        let nanos = [all_but(2), all_but(10_000), all_but(100_000), all_but(u64::MAX)];
        Tail { name: name.to_owned(), replaces, acts, nanos }
    }
}
