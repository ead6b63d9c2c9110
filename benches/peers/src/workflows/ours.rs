//! The workflows with this crate. The program beside it, `proxystore_workflows.py`, has the same with `ProxyStore`.

use crate::case::{CHUNKS, KINDS, STAGES, WORKERS, text_of};
use ref_core::{Bulk, Owned, Store, Workers, global_store, remote};
use ref_peers::Done;
use std::io::{Write as _, stdin, stdout};
use std::time::Instant;

/// How many lines of a chunk begin with each of [`KINDS`].
#[global_store]
struct Histogram([u64; KINDS.len()]);

#[remote]
fn nothing() {}

fn make(size: usize) -> Bulk<u8> {
    Bulk::from_vec(vec![7; size])
}

fn look_through(data: &[u8]) {
    assert!(!data.contains(&0), "a byte has changed");
}

/// A task of the workflow: reads its inputs, and makes an object.
#[remote]
fn task(inputs: &[Bulk<u8>], size: usize, store: &Store) -> ref_core::Result<Owned<Bulk<u8>>> {
    inputs.iter().for_each(|data| look_through(data));
    store.put(make(size))
}

/// Counts in pieces whose counts fit a byte, so that the processor compares many bytes at once.
fn count_in(text: &[u8]) -> [u64; KINDS.len()] {
    let in_piece = |piece: &[u8], kind| piece.iter().map(|byte| u8::from(*byte == kind)).sum::<u8>();
    KINDS.map(|kind| text.chunks(255).map(|piece| u64::from(in_piece(piece, kind))).sum())
}

#[remote]
fn count(chunk: &Bulk<u8>, store: &Store) -> ref_core::Result<Owned<Histogram>> {
    store.put(Histogram(count_in(chunk)))
}

#[remote]
fn total(parts: &[Histogram]) -> [u64; KINDS.len()] {
    sums(parts.iter().map(|part| part.0))
}

fn sums(parts: impl Iterator<Item = [u64; KINDS.len()]>) -> [u64; KINDS.len()] {
    parts.fold([0; KINDS.len()], |sums, part| std::array::from_fn(|nth| sums[nth] + part[nth]))
}

/// Reads lines of `ACT SIZE TIMES` from the standard input, and writes seconds and what was found.
pub(crate) fn serve(address: &str) -> Done {
    let (workers, store) = (Workers::start(WORKERS)?, Store::open(address)?);
    let mut text: Bulk<u8> = Bulk::from_vec(Vec::new());
    for line in stdin().lines() {
        let line = line?;
        let [act, size, times] = line.split(' ').collect::<Vec<_>>()[..] else { return Err("no such line".into()) };
        let (size, times): (usize, usize) = (size.parse()?, times.parse()?);
        if text.len() != size {
            text = Bulk::from_vec(text_of(size));
        }
        let (began, mut found) = (Instant::now(), String::new());
        for _ in 0..times {
            found = match act {
                "workflow" => workflow(&workers, &store, size)?.to_string(),
                "workflow_alone" => workflow_alone(size).to_string(),
                "mapreduce" => shown(mapreduce(&workers, &store, &text)?),
                "mapreduce_alone" => shown(sums((0..CHUNKS).map(|_| count_in(&text)))),
                _ => (0..4).try_for_each(|_| nothing::call(&workers)).map(|()| "warm".to_owned())?,
            };
        }
        writeln!(stdout(), "{} {found}", began.elapsed().as_secs_f64())?;
    }
    Ok(())
}

fn shown(sums: [u64; KINDS.len()]) -> String {
    sums.map(|sum| sum.to_string()).join(" ")
}

/// Runs all stages. Returns how many bytes this process has read.
fn workflow(workers: &Workers, store: &Store, size: usize) -> Done<usize> {
    let (mut data, mut read) = (vec![store.put(make(size))?], 0);
    for tasks in STAGES {
        let results = task::map(workers, (0..tasks).map(|nth| (inputs(&data, nth, tasks), size, store)))?;
        let results = results.into_iter().collect::<Result<Vec<_>, _>>()?;
        for result in &results {
            read += result.borrow()?.len();
        }
        // The owners of the stage before go here, and with them their objects.
        data = results;
    }
    Ok(read)
}

/// Returns what a task of a stage reads: its own input if the stage before had as many tasks, and else all of them.
fn inputs<T>(data: &[T], nth: usize, tasks: usize) -> Vec<&T> {
    if data.len() == tasks { vec![&data[nth]] } else { data.iter().collect() }
}

/// Runs the functions of [`workflow`] as they are, without a store and without calls.
fn workflow_alone(size: usize) -> usize {
    let (mut data, mut read) = (vec![make(size)], 0);
    for tasks in STAGES {
        for nth in 0..tasks {
            inputs(&data, nth, tasks).into_iter().for_each(|data| look_through(data));
        }
        data = (0..tasks).map(|_| make(size)).collect();
        read += data.iter().map(|data| data.len()).sum::<usize>();
    }
    read
}

fn mapreduce(workers: &Workers, store: &Store, text: &Bulk<u8>) -> Done<[u64; KINDS.len()]> {
    let chunks = (0..CHUNKS).map(|_| store.put(text.clone())).collect::<Result<Vec<_>, _>>()?;
    let parts = count::map(workers, chunks.iter().map(|chunk| (chunk, store)))?;
    let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(total::call(workers, &parts)?)
}
