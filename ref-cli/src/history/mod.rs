//! `ref history`: what happened in a recorded run, as an overview, or as a picture with a lane for each process.

mod bars;
mod page;
mod read;
mod svg;

use crate::Done;
use crate::fields::{FORMAT, json};
use crate::text::{lines, plain, table};
use bars::Picture;
use read::Recording;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Which picture is made of which recording.
#[derive(clap::Args)]
pub(crate) struct HistoryArguments {
    /// The folder that REF_RECORD named.
    folder: PathBuf,
    /// Writes a page with the picture: one file, which needs no network.
    #[arg(long)]
    html: Option<PathBuf>,
    /// Writes the picture as SVG.
    #[arg(long)]
    svg: Option<PathBuf>,
    /// Draws this object only, such as 3.17.
    #[arg(long)]
    object: Option<String>,
    /// Writes the overview as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Overview {
    format: u32,
    /// In microseconds.
    length: u64,
    calls: usize,
    /// Borrows that processes made of handles of their own.
    borrows: usize,
    unread: usize,
    foreign: usize,
    processes: Vec<ProcessCalls>,
    refusals: BTreeMap<String, usize>,
}

#[derive(Default, Serialize)]
struct ProcessCalls {
    pid: u32,
    program: String,
    host: String,
    calls: usize,
    refused: usize,
    /// Whether each session of the process was closed. If not, the process was killed, or was running yet.
    closed: bool,
    full: bool,
}

pub(crate) fn run(arguments: &HistoryArguments) -> Done {
    let recording = Recording::read(&arguments.folder)?;
    let picture = Picture::new(&recording, arguments.object.as_deref());
    if let Some(object) = arguments.object.as_ref().filter(|_| picture.objects.is_empty()) {
        return Err(format!(
            "the recording has no object `{}`: `ref history` without `--object` draws all",
            plain(object)
        ));
    }
    let write = |path: &PathBuf, text: String| {
        std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    if let Some(path) = &arguments.svg {
        write(path, svg::text(&picture))?;
    }
    if let Some(path) = &arguments.html {
        write(path, page::text(&picture)?)?;
    }
    let overview = overview(&recording, picture.length);
    if arguments.json { json(&overview) } else { Ok(shown(&overview)) }
}

fn overview(recording: &Recording, length: u64) -> Overview {
    let mut processes: Vec<_> = recording
        .processes
        .iter()
        .map(|process| ProcessCalls {
            pid: process.pid,
            program: process.program.clone(),
            host: process.host.clone(),
            full: process.is_full,
            ..Default::default()
        })
        .collect();
    let mut open = vec![0_i64; processes.len()];
    let mut refusals = BTreeMap::<String, usize>::new();
    let (mut calls, mut borrows) = (0, 0);
    for call in &recording.calls {
        if call.is_local() {
            borrows += usize::from(call.act != "local_end");
            continue;
        }
        calls += 1;
        processes[call.process].calls += 1;
        if let Some(kind) = &call.refused {
            processes[call.process].refused += 1;
            *refusals.entry(kind.clone()).or_default() += 1;
        }
        open[call.process] += i64::from(call.act == "open") - i64::from(call.act == "close");
    }
    for (process, open) in processes.iter_mut().zip(open) {
        process.closed = open <= 0;
    }
    let Recording { unread, foreign, .. } = recording;
    Overview { format: FORMAT, length, calls, borrows, unread: *unread, foreign: *foreign, processes, refusals }
}

fn shown(overview: &Overview) -> String {
    let mut list = table(&["PROCESS", "PROGRAM", "HOST", "CALLS", "REFUSED", "CLOSED"]);
    for process in &overview.processes {
        let closed = if process.closed { "yes" } else { "no: killed, or running yet" };
        list.add_row([
            process.pid.to_string(),
            plain(&process.program),
            plain(&process.host),
            process.calls.to_string() + if process.full { " (the file is full)" } else { "" },
            process.refused.to_string(),
            closed.to_owned(),
        ]);
    }
    let mut text = lines(&list);
    let _ = writeln!(text, "{} calls in {:.3} s", overview.calls, overview.length as f64 / 1e6);
    if overview.borrows > 0 {
        let _ = writeln!(text, "{} borrows in a process", overview.borrows);
    }
    for (kind, count) in &overview.refusals {
        let _ = writeln!(text, "{count} refused as {}", plain(kind));
    }
    for (count, what) in [(overview.unread, "lines could not be read"), (overview.foreign, "files are no recordings")] {
        if count > 0 {
            let _ = writeln!(text, "{count} {what}");
        }
    }
    text
}
