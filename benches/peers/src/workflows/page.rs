//! Writes the page.

use crate::case::{CHUNKS, Measured, Place, STAGES, WORKERS, Workload};
use ref_peers::{Done, machine, time};
use std::fmt::Write as _;

pub(crate) const PICTURE: &str = "benches/pictures/workflows.svg";

/// A case with its figures.
pub(crate) struct Row {
    pub(crate) workload: Workload,
    pub(crate) place: Place,
    pub(crate) size: usize,
    /// How many times faster than `ProxyStore` this crate should be.
    pub(crate) goal: f64,
    pub(crate) measured: Measured,
}

impl Row {
    /// Returns how many times faster this crate is.
    pub(crate) fn ratio(&self) -> f64 {
        self.measured.theirs.nanos[0] / self.measured.ours.nanos[0]
    }

    /// Returns the case in words.
    pub(crate) fn name(&self) -> String {
        let workload = match self.workload {
            Workload::Workflow => "workflow",
            Workload::MapReduce => "MapReduce",
        };
        let place = match self.place {
            Place::Memory => "on this host",
            Place::Server => "at a server",
        };
        format!("{workload} {place}, {}", bytes(self.size as u64))
    }

    /// Returns a line for the terminal.
    pub(crate) fn said(&self) -> String {
        let Measured { theirs, ours } = &self.measured;
        let side = |figures: &crate::case::Figures| {
            format!("{} ({}, {})", time(figures.nanos[0]), time(figures.alone), bytes(figures.memory.most))
        };
        format!("{:<38} ProxyStore {:<28} ref {:<28} {:.1} times", self.name(), side(theirs), side(ours), self.ratio())
    }
}

/// Returns a number of bytes in the unit that fits it.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes {
        ..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

/// Returns the page up to its figures. `found` says in a sentence what they show.
fn head(found: &str) -> String {
    let tasks: usize = STAGES.iter().sum();
    let stages = STAGES.map(|tasks| tasks.to_string()).join(", ");
    format!(
        "\
# Workflows beside ProxyStore

`cargo xtask workflows` writes this page. It runs two workloads with ProxyStore 1.1 and with this crate, by turns in one
run, and takes the median of the rounds, with the least and the most. Both sides have {WORKERS} worker processes, which are
started before. The goal is how many times faster this crate should be.

{found}

**Workflow** is that of ProxyStore's own benchmark of ownership (psbench, `workflow_memory`), written anew from its
description: {} stages of {stages} tasks, {tasks} in all. Each task borrows what the stage before has made,
reads every byte, and returns a new object with its ownership. The caller reads each result, and drops the objects of
the stage before. Psbench lets each task sleep and fills the objects at random; here no task sleeps, and all bytes are
equal, so that the time is that of the objects and calls.

**MapReduce** counts lines by their first letter. The caller puts {CHUNKS} chunks. Each is borrowed by a call that counts and
returns the ownership of a histogram, and one call borrows all {CHUNKS} histograms and returns their sum.

What is the same:

* the number and sizes of objects, which object is put, borrowed and read by which process, and what is found: the run
  fails if a byte or a count differs;
* the place: files on tmpfs (ProxyStore's `FileConnector`; `shm:`), or a Redis server of its own for each side on this
  host, over TCP (`RedisConnector`; `redis:`);
* calls go to the worker processes through pipes and sockets, and not through the server.

What is not the same:

* Python and Rust. *Alone* is what the functions take on the same bytes in one process, without objects and calls.
* ProxyStore has a `ProcessPoolExecutor` and `scopes.submit`, and objects of the type `bytes`. It checks its rules in
  the caller's process. Its cache is off, as in psbench.
* This crate has `#[remote]` functions and `map`, and objects of the type `Bulk<u8>`, which a process on the host maps
  and does not copy. Its ledger checks the rules in all processes, and each object is stored with a checksum.

The memory is that of all processes of a side, each page once (Pss), its Redis server and its files on tmpfs: at rest,
with the workers started, and the most during the workload, in a run of its own that counts for no time.

Why goals at a server are missed: most of the time there is that of the server and of the loopback device, which both
sides ask the same for, and which share the processors with the caller and the workers. This crate asks the server more
often, since its ledger is there: a borrow, its end, and each change of owners are requests, where ProxyStore looks into
a table of its own process. Each object has a checksum, which its writer computes and its readers compare. A call's
borrows in one request would get nearer.
",
        STAGES.len(),
    )
}

pub(crate) fn text(rows: &[Row]) -> Done<String> {
    let [processor, system, compiler, load] = machine()?;
    let machine = format!("Machine: {processor}, {system},\n{compiler}, load {load} at the end of the run.");
    let [here, server] = Place::ALL.map(|place| span(rows, place));
    let found =
        format!("ProxyStore took {here} times as long as this crate on this host, and {server} times at a server.");
    let mut page = format!("{}\n{machine}\n\nPicture: `{PICTURE}`.\n", head(&found));
    for workload in Workload::ALL {
        for place in Place::ALL {
            let rows: Vec<&Row> = rows.iter().filter(|row| (row.workload, row.place) == (workload, place)).collect();
            let title = rows.first().map(|row| row.name()).unwrap_or_default();
            let title = title.split(',').next().unwrap_or_default();
            let first = title[..1].to_uppercase();
            write!(page, "\n## {first}{}\n\n", &title[1..])?;
            page.push_str("| objects of | ProxyStore | alone | ref | alone | times faster | goal |\n");
            page.push_str("|---|---|---|---|---|---|---|\n");
            rows.iter().try_for_each(|row| times(&mut page, row))?;
            page.push_str("\n| memory, objects of | ProxyStore at rest | most | ref at rest | most |\n");
            page.push_str("|---|---|---|---|---|\n");
            rows.iter().try_for_each(|row| memory(&mut page, row))?;
        }
    }
    Ok(page)
}

/// Returns the least and the most of the ratios at a place.
fn span(rows: &[Row], place: Place) -> String {
    let mut ratios: Vec<f64> = rows.iter().filter(|row| row.place == place).map(Row::ratio).collect();
    ratios.sort_by(f64::total_cmp);
    format!("{:.1} to {:.1}", ratios.first().unwrap_or(&0.0), ratios.last().unwrap_or(&0.0))
}

fn times(page: &mut String, row: &Row) -> Done {
    let Measured { theirs, ours } = &row.measured;
    let side = |nanos: [f64; 3]| {
        let [median, least, most] = nanos.map(time);
        format!("{median} ({least} to {most})")
    };
    let (size, ratio, goal) = (bytes(row.size as u64), row.ratio(), row.goal);
    let (alone, our_alone) = (time(theirs.alone), time(ours.alone));
    let (theirs, ours) = (side(theirs.nanos), side(ours.nanos));
    Ok(writeln!(page, "| {size} | {theirs} | {alone} | {ours} | {our_alone} | {ratio:.1} | {goal} |")?)
}

fn memory(page: &mut String, row: &Row) -> Done {
    let Measured { theirs, ours } = &row.measured;
    let all = [theirs.memory.at_rest, theirs.memory.most, ours.memory.at_rest, ours.memory.most].map(bytes);
    Ok(writeln!(page, "| {} | {} |", bytes(row.size as u64), all.join(" | "))?)
}
