//! The memory of processes and of their stores.

use ref_peers::Done;
use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How often the memory is looked at.
const PAUSE: Duration = Duration::from_millis(2);

/// What a side takes, in bytes: the memory of its processes, each page once (Pss), and the files of its store on tmpfs.
/// A file that a process has mapped counts as a file only.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// Before the first act, with all processes started.
    pub(crate) at_rest: u64,
    pub(crate) most: u64,
}

impl Memory {
    /// Returns how much of tmpfs is used.
    pub(crate) fn on_tmpfs() -> Done<u64> {
        let system = rustix::fs::statvfs("/dev/shm")?;
        Ok((system.f_blocks - system.f_bfree) * system.f_frsize)
    }

    /// Looks at the memory of these processes, and of those that they have started, while `act` runs. `before` is how
    /// much of tmpfs was used before the processes were started.
    pub(crate) fn watch(pids: &[u32], before: u64, act: impl FnOnce() -> Done) -> Done<Self> {
        let look = || -> Done<u64> {
            let files = Self::on_tmpfs()?.saturating_sub(before);
            Ok(files + tree(pids).iter().filter_map(|pid| own_bytes(*pid)).sum::<u64>())
        };
        let at_rest = look()?;
        let (most, is_over) = (AtomicU64::new(at_rest), AtomicBool::new(false));
        let done = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    most.fetch_max(look().unwrap_or_default(), Ordering::Relaxed);
                    std::thread::sleep(PAUSE);
                }
            });
            // A panic must not leave the thread running.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
            is_over.store(true, Ordering::Relaxed);
            done.unwrap_or_else(|_| Err("the act panicked".into()))
        });
        done.map(|()| Self { at_rest, most: most.into_inner() })
    }
}

/// Returns these processes and all that they have started.
fn tree(pids: &[u32]) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut next = pids.to_vec();
    while let Some(pid) = next.pop() {
        if found.insert(pid) {
            next.extend(children(pid));
        }
    }
    found
}

fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().filter_map(Result::ok);
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Returns the process's part of all its memory but files on tmpfs and other shared memory.
fn own_bytes(pid: u32) -> Option<u64> {
    let parts = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let kibibytes = |name: &str| -> Option<u64> {
        parts.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
    };
    Some((kibibytes("Pss_Anon:")? + kibibytes("Pss_File:")?) << 10)
}
