//! What is measured: a workload, at a place, with objects of a size.

use crate::memory::Memory;
use crate::side::Side;
use ref_peers::Done;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How many workers each side has.
pub(crate) const WORKERS: usize = 2;
/// How many tasks each stage of the workflow has.
pub(crate) const STAGES: [usize; 7] = [1, 8, 1, 8, 1, 8, 1];
/// How many chunks are counted.
pub(crate) const CHUNKS: usize = 16;
/// With which of these letters a line of a chunk begins.
pub(crate) const KINDS: [u8; 4] = *b"EWID";
/// The length of a line.
const LINE: usize = 50;
/// The sizes of objects, each with the number of times that this crate should be faster.
pub(crate) const SIZES: [(usize, f64); 4] = [(100, 5.0), (10 << 10, 5.0), (1 << 20, 3.0), (10 << 20, 3.0)];
/// How long a round takes at least, unless a single act takes longer.
const ROUND: Duration = Duration::from_millis(50);
/// How long the memory is watched at least.
const WATCHED: Duration = Duration::from_millis(300);
const FEWEST_ROUNDS: usize = 3;
const MOST_ROUNDS: usize = 31;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    Workflow,
    MapReduce,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Memory,
    Server,
}

/// What the sides are started with.
pub(crate) struct Setting {
    pub(crate) python: PathBuf,
    pub(crate) redis: PathBuf,
    /// A folder of this run on tmpfs.
    pub(crate) folder: PathBuf,
    /// How long the rounds of one case take together, unless three rounds take longer.
    pub(crate) time: Duration,
}

/// What was measured of one side.
pub(crate) struct Figures {
    /// Median, least and most nanoseconds of one act.
    pub(crate) nanos: [f64; 3],
    /// The median of the functions alone.
    pub(crate) alone: f64,
    pub(crate) memory: Memory,
}

/// What was measured of a case: of `ProxyStore`, and of this crate.
pub(crate) struct Measured {
    pub(crate) theirs: Figures,
    pub(crate) ours: Figures,
}

impl Workload {
    pub(crate) const ALL: [Self; 2] = [Self::Workflow, Self::MapReduce];

    /// Returns the name of the act that the sides know.
    fn act(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::MapReduce => "mapreduce",
        }
    }

    /// Returns what both sides have to find.
    fn found(self, size: usize) -> String {
        match self {
            Self::Workflow => (STAGES.iter().sum::<usize>() * size).to_string(),
            Self::MapReduce => {
                let text = text_of(size);
                let lines = |kind| CHUNKS * text.iter().filter(|byte| **byte == kind).count();
                KINDS.map(|kind| lines(kind).to_string()).join(" ")
            }
        }
    }
}

impl Place {
    pub(crate) const ALL: [Self; 2] = [Self::Memory, Self::Server];
}

/// Returns a chunk: lines that begin with each of [`KINDS`] in turn.
pub(crate) fn text_of(size: usize) -> Vec<u8> {
    let begins = |nth: usize| KINDS[nth / LINE % KINDS.len()];
    let byte = |nth: usize| match nth % LINE {
        0 => begins(nth),
        49 => b'\n',
        _ => b'x',
    };
    (0..size).map(byte).collect()
}

/// Measures both sides by turns.
pub(crate) fn measure(setting: &Setting, workload: Workload, place: Place, size: usize) -> Done<Measured> {
    let mut sides = [Side::theirs(setting, place)?, Side::ours(setting, place)?];
    let (act, alone) = (workload.act(), format!("{}_alone", workload.act()));
    let found = workload.found(size);
    let mut times = [1; 2];
    for (side, times) in sides.iter_mut().zip(&mut times) {
        // The first act is not counted, since it meets cold caches.
        side.act(act, size, 1, &found)?;
        let once = side.act(act, size, 1, &found)?;
        *times = (ROUND.as_secs_f64() / once.as_secs_f64().max(1e-9)).ceil().clamp(1.0, 1e5) as u32;
    }
    let (mut took, began) = ([Vec::new(), Vec::new()], Instant::now());
    while took[0].len() < FEWEST_ROUNDS || (began.elapsed() < setting.time && took[0].len() < MOST_ROUNDS) {
        for (nth, side) in sides.iter_mut().enumerate() {
            took[nth].push(side.act(act, size, times[nth], &found)?.as_secs_f64() * 1e9 / f64::from(times[nth]));
        }
    }
    let mut alones = [Vec::new(), Vec::new()];
    for _ in 0..FEWEST_ROUNDS {
        for (nth, side) in sides.iter_mut().enumerate() {
            alones[nth].push(side.act(&alone, size, times[nth], &found)?.as_secs_f64() * 1e9 / f64::from(times[nth]));
        }
    }
    drop(sides);
    let memories = [
        remember(setting, workload, place, size, Side::theirs)?,
        remember(setting, workload, place, size, Side::ours)?,
    ];
    let mut figures = took.into_iter().zip(alones).zip(memories).map(|((mut took, mut alone), memory)| {
        took.sort_by(f64::total_cmp);
        alone.sort_by(f64::total_cmp);
        let nanos = [took[took.len() / 2], took[0], took[took.len() - 1]];
        Figures { nanos, alone: alone[alone.len() / 2], memory }
    });
    let (Some(theirs), Some(ours)) = (figures.next(), figures.next()) else { return Err("a side is missing".into()) };
    Ok(Measured { theirs, ours })
}

/// Returns the memory of a fresh side that runs the workload, and of nothing else. The times of this run do not count,
/// since looking at the memory takes time.
fn remember(
    setting: &Setting,
    workload: Workload,
    place: Place,
    size: usize,
    start: fn(&Setting, Place) -> Done<Side>,
) -> Done<Memory> {
    let before = Memory::on_tmpfs()?;
    let mut side = start(setting, place)?;
    side.act("warm", size, 1, "warm")?;
    let (found, pids) = (workload.found(size), side.pids());
    Memory::watch(&pids, before, || {
        let began = Instant::now();
        while began.elapsed() < WATCHED {
            side.act(workload.act(), size, 1, &found)?;
        }
        Ok(())
    })
}
