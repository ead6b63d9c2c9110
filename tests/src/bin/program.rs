//! A program that starts workers and meets with an accident, which its first argument names.

use ref_core::{Result, Workers, remote};
use std::io::{Write as _, stdout};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// The file that this process runs.
#[remote]
fn file() -> u64 {
    std::fs::metadata("/proc/self/exe").map_or(0, |file| file.ino())
}

/// What this process is called: by itself, and by tools.
#[remote]
fn names() -> (String, String) {
    let comm = std::fs::read_to_string("/proc/self/comm").unwrap_or_default();
    (std::env::args().next().unwrap_or_default(), comm)
}

#[remote]
fn die() {
    std::process::abort();
}

fn main() -> Result<()> {
    remote::init();
    let arguments: Vec<_> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let what = arguments.first().map(|what| what.to_string_lossy().into_owned()).unwrap_or_default();
    match &*what {
        "replaced" => replaced(),
        _ => Ok(()),
    }
}

fn say(what: &str) {
    println!("{what}");
    stdout().flush().expect("somebody who hears it");
}

/// Its file is replaced, then removed: workers run what this process runs.
fn replaced() -> Result<()> {
    let own = std::env::current_exe().expect("this program");
    let next = own.with_extension("next");
    let workers = Workers::start(1)?;
    std::fs::copy(&own, &next).and_then(|_| std::fs::rename(&next, &own)).expect("the next version");
    assert!(die::call(&workers).is_err());
    assert_eq!(file::call(&workers)?, file(), "a worker in the place of a dead one");
    assert_eq!(file::call(&Workers::start(1)?)?, file(), "a pool that is started after it");
    std::fs::remove_file(&own).expect("a file to remove");
    let workers = Workers::start(1)?;
    assert_eq!(file::call(&workers)?, file(), "a pool of a program that was removed");
    assert_eq!(names::call(&workers)?, names());
    say("one program");
    Ok(())
}
