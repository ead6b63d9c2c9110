//! Measures how much memory an act takes in all processes together.

use crate::Done;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How often the memory is looked at.
const PERIOD: Duration = Duration::from_millis(2);
/// How often the processes are looked for.
const LOOK: Duration = Duration::from_millis(50);

/// What an act took at most.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// How many bytes the act is about.
    pub(crate) of: u64,
    pub(crate) goal: Option<f64>,
}

/// Acts, and measures meanwhile what this process and its descendants have in memory of their own, and what is in shared
/// memory and on tmpfs, whichever process has put it there. What was there before is not counted.
pub(crate) fn peak(name: &str, of: u64, goal: Option<f64>, act: impl FnOnce() -> Done) -> Done<Memory> {
    let before = anonymous(&descendants()?)? + shared()?;
    let is_over = AtomicBool::new(false);
    let most = std::thread::scope(|threads| -> Done<u64> {
        let looking = threads.spawn(|| -> Result<u64, String> {
            let (mut most, mut processes, mut looked) = (0, Vec::new(), None::<Instant>);
            loop {
                let is_last = is_over.load(Relaxed);
                if looked.is_none_or(|looked| looked.elapsed() > LOOK) {
                    processes = descendants().map_err(|error| error.to_string())?;
                    looked = Some(Instant::now());
                }
                let now = anonymous(&processes).and_then(|own| Ok(own + shared()?));
                most = most.max(now.map_err(|error| error.to_string())?);
                if is_last {
                    return Ok(most);
                }
                std::thread::sleep(PERIOD);
            }
        });
        let acted = act();
        is_over.store(true, Relaxed);
        let most = looking.join().map_err(|_| "the other thread has panicked")??;
        acted.map(|()| most)
    })?;
    let memory = Memory { name: name.to_owned(), bytes: most.saturating_sub(before), of, goal };
    eprintln!("{memory:?}");
    Ok(memory)
}

/// Returns the sum of what the processes have in memory of their own. A process that is gone has none.
fn anonymous(processes: &[u32]) -> Done<u64> {
    let own = |process: &u32| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        kibibytes(&status, "RssAnon:").unwrap_or_default()
    };
    Ok(processes.iter().map(own).sum())
}

/// Returns what is in shared memory and on tmpfs, on the whole machine.
fn shared() -> Done<u64> {
    Ok(kibibytes(&fs::read_to_string("/proc/meminfo")?, "Shmem:").ok_or("no line about shared memory")?)
}

/// Returns the figure of a line of the system, in bytes.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let figure = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(figure.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

/// Returns this process and all that it has started, and what these have started.
fn descendants() -> Done<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(process) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // The parent is the second word behind the name of the program, which is in parentheses.
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (process, parent)));
    }
    let mut found = vec![std::process::id()];
    let mut looked = 0;
    while let Some(parent) = found.get(looked).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(process, _)| *process));
        looked += 1;
    }
    Ok(found)
}
