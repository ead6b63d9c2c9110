// recordings1: a recording says which line of which process has done something.
//
// Rule: I14
//
// This program compiles. Two jobs are done, and the count of them is gone. No error says which line has
// removed it: to remove is no mistake. So the worker is recorded. With the environment variable `REF_RECORD`,
// each process writes what it asks of the store into a file of its own, a line for each call. The program
// prints four columns of it: what was done, to which object, with which result, and in which line.
//
//     act           object      result      line
//     open          -           ok          -
//     reserve       #0.1        ok          exercises/10_operation/recordings1.rs:29
//
// `share` and `reserve` are borrows of an object with a name, to read it and to change it.

use ref_core::{Result, Store, Workers, remote};
use std::fs;

#[remote]
fn begin(address: &str, job: &str) -> Result<()> {
    Store::open(address)?.named::<u64>(&format!("job/{job}"))?.set(0)?;
    Ok(())
}

#[remote]
fn count(address: &str) -> Result<u64> {
    Store::open(address)?.named::<u64>("jobs")?.update(|jobs| {
        *jobs += 1;
        *jobs
    })
}

#[remote]
fn tidy(address: &str) -> Result<()> {
    let store = Store::open(address)?;
    for entry in store.names("job/")? {
        store.named::<u64>(&entry.name)?.remove()?;
    }
    Ok(())
}

/// Prints the recordings in the folder, and removes them.
fn print_recording(folder: &str) -> std::io::Result<()> {
    for file in fs::read_dir(folder)? {
        for call in fs::read_to_string(file?.path())?.lines().skip(1) {
            let columns: Vec<&str> = call.split('\t').skip(3).collect();
            eprintln!("{:<13} {:<11} {:<11} {}", columns[0], columns[1], columns[2], columns[3]);
        }
    }
    fs::remove_dir_all(folder)
}

fn main() -> Result<()> {
    remote::init();
    let address = format!("shm://course-{}", std::process::id());
    let folder = format!("{}/course-{}", std::env::temp_dir().display(), std::process::id());
    let store = Store::open(&address)?;
    let workers = Workers::builder(1).env("REF_RECORD", &folder).start()?;
    store.named::<u64>("jobs")?.set(0)?;

    for job in ["a", "b"] {
        begin::call(&workers, &address, job)??;
        count::call(&workers, &address)??;
    }
    tidy::call(&workers, &address)??;
    drop(workers);
    print_recording(&folder).expect("the worker has made a recording");

    let jobs = store.named::<u64>("jobs")?.snapshot()?;
    assert_eq!(*jobs, 2, "two jobs were done");
    assert!(store.names("job/")?.is_empty(), "nothing is left of the jobs");
    println!("{jobs} jobs");
    Ok(())
}

// Question: the recording has no value of an object. Why not?
// Answer: a value may be a secret, and may be large. A recording is written to be shown to others: it has
// lines of code, names of objects and what was refused.
