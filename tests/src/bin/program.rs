//! A program that starts workers. The first argument names what the program does, or what happens to it.

use ref_core::{Result, Schema, Store, Stored, Workers, remote};
use ref_tests::{copy_program, fork, pause, signal};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, kill_process_group, setrlimit};
use serde::{Deserialize, Deserializer, Serialize};
use std::io::{Write as _, stdout};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, id};

/// Returns the inode of the file that this process runs.
#[remote]
fn file() -> u64 {
    std::fs::metadata("/proc/self/exe").map_or(0, |file| file.ino())
}

/// Returns the names of this process: its zeroth argument, and the name that tools show.
#[remote]
fn names() -> (String, String) {
    let comm = std::fs::read_to_string("/proc/self/comm").unwrap_or_default();
    (std::env::args().next().unwrap_or_default(), comm)
}

#[remote]
fn die() {
    std::process::abort();
}

#[remote]
fn process() -> u32 {
    id()
}

/// Makes the file `begun`, and returns when the file `until` exists.
#[remote]
fn hold(begun: PathBuf, until: PathBuf) -> bool {
    std::fs::write(begun, "").expect("a file to write");
    while !until.exists() {
        std::thread::yield_now();
    }
    true
}

/// Starts another process of this program, which waits for a signal. Returns the process number of the new process.
#[remote]
fn start_waiting() -> u32 {
    let program = std::env::current_exe().expect("this program");
    Command::new(program).arg("wait").stdin(Stdio::null()).spawn().expect("a process").id()
}

/// Forks a child that kills the worker while the worker writes the result. The child keeps the worker's socket open.
/// The parent is stopped until the worker is dead, so the parent has read at most a part of the response by then.
#[remote]
fn answer_half_and_die() -> Vec<u8> {
    let (worker, parent) = (Pid::from_raw(id() as i32), rustix::process::getppid());
    let (worker, parent) = (worker.expect("this process"), parent.expect("the parent"));
    let stat = Path::new("/proc").join(std::fs::read_link("/proc/thread-self").expect("this thread")).join("stat");
    let bytes = vec![7; 1 << 20];
    // A process that may write no file of that length sends the result through the socket.
    let limit = Rlimit { current: Some(4096), maximum: Some(4096) };
    setrlimit(Resource::Fsize, limit).expect("a limit");
    kill_process(parent, Signal::STOP).expect("the parent is stopped");
    if fork() == 0 {
        // Waits until the worker's thread sleeps: the thread then waits for room in the socket.
        while !std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") S ")) {}
        print!("{} ", id());
        stdout().flush().expect("standard output");
        kill_process(worker, Signal::KILL).expect("the worker is killed");
        kill_process(parent, Signal::CONT).expect("the parent goes on");
        wait();
    }
    bytes
}

#[remote]
fn read(number: &u64) -> u64 {
    *number
}

/// A type whose `Stored::describe` panics if the environment variable `REF_TEST_MUTE` is set.
#[derive(Serialize, Deserialize)]
struct Mute;

impl Stored for Mute {
    fn describe(schema: &mut Schema) {
        assert!(std::env::var_os("REF_TEST_MUTE").is_none(), "mute");
        schema.named("Mute", 1, |_| {});
    }

    fn store<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, to)
    }

    fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        serde::Deserialize::deserialize(from)
    }
}

#[remote]
fn hear(_mute: &Mute) {}

/// A number with a `Deserialize` written by hand. That code panics if there is no number to read and the environment
/// variable `REF_TEST_MUTE` is set.
#[derive(Serialize)]
struct Strict(u32);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(from);
        assert!(number.is_ok() || std::env::var_os("REF_TEST_MUTE").is_none(), "no number");
        number.map(Self)
    }
}

#[remote]
fn twice(Strict(number): Strict) -> Strict {
    Strict(2 * number)
}

fn main() -> Result<()> {
    remote::init();
    let arguments: Vec<_> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let what = arguments.first().map(|what| what.to_string_lossy().into_owned()).unwrap_or_default();
    match (&*what, arguments.get(1)) {
        ("replaced", _) => replaced(),
        ("interrupted", Some(folder)) => interrupted(folder),
        ("forked", _) => forked(),
        ("ordinary", _) => ordinary(),
        ("half", _) => half(),
        ("exits", _) => exits(),
        ("mute", _) => mute(),
        ("wanders", _) => wanders(),
        _ => wait(),
    }
}

/// Waits until a signal ends this process.
fn wait() -> ! {
    loop {
        pause();
    }
}

fn say(what: &str) {
    println!("{what}");
    stdout().flush().expect("standard output");
}

/// The program's file is replaced, and then removed. Workers run the file that this process runs.
fn replaced() -> Result<()> {
    let own = std::env::current_exe().expect("this program");
    let next = own.with_extension("next");
    let workers = Workers::start(1)?;
    copy_program(&own, &next);
    std::fs::rename(&next, &own).expect("the next version");
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

extern "C" fn note(_: i32) {}

/// The program handles Ctrl-C, which a terminal sends to the program's process group. The program's calls go on.
fn interrupted(folder: &Path) -> Result<()> {
    signal(Signal::INT.as_raw(), note);
    let (begun, until) = (folder.join("begun"), folder.join("until"));
    let workers = Workers::start(1)?;
    let held = workers.scope(|s| {
        let run = hold::spawn(s, begun.clone(), until.clone())?;
        while !begun.exists() {
            std::thread::yield_now();
        }
        kill_process_group(rustix::process::getpgrp(), Signal::INT).expect("this process's group");
        std::fs::write(&until, "").expect("a file to write");
        run.join()
    })?;
    say(&format!("held: {held}"));
    Ok(())
}

/// The program forks, and is killed. The forked child, which has inherited the sockets of the workers, goes on.
fn forked() -> Result<()> {
    let workers = Workers::start(2)?;
    let pids = workers.idle();
    match fork() {
        0 => wait(),
        child => say(&format!("{child} {} {}", pids[0], pids[1])),
    }
    kill_process(Pid::from_raw(id() as i32).expect("this process"), Signal::KILL).expect("its own signal");
    wait()
}

/// The program does not handle Ctrl-C. When it gets the signal, it ends, and so do its worker and the program that the
/// worker has started.
fn ordinary() -> Result<()> {
    let workers = Workers::start(1)?;
    let (worker, started) = (process::call(&workers)?, start_waiting::call(&workers)?);
    say(&format!("{worker} {started}"));
    wait()
}

/// The program receives a part of a response, and no end of file.
fn half() -> Result<()> {
    let workers = Workers::start(1)?;
    let error = answer_half_and_die::call(&workers).map(|bytes| bytes.len()).expect_err("half an answer");
    say(&format!("{:?}", error.kind()));
    process::call(&workers).map(drop)
}

/// The program closes its store, and exits while its worker has the store open.
fn exits() -> Result<()> {
    let (workers, store) = (Workers::start(1)?, Store::open("shm://left")?);
    let number = store.put(7_u64)?;
    assert_eq!(read::call(&workers, &number)?, 7);
    let worker = process::call(&workers)?;
    drop((number, store));
    say(&format!("{worker}"));
    std::process::exit(0)
}

/// `REF_TEST_MUTE` is set. So when the signatures of the remote functions are described, the description of `Mute`
/// panics, and so does the attempt to learn the shape of a `Strict` by reading it from nothing. A worker still serves
/// the calls of other functions.
fn mute() -> Result<()> {
    let workers = Workers::start(1)?;
    let pid = process::call(&workers)?;
    assert_eq!(twice::call(&workers, Strict(7))?.0, 14);
    assert!(std::panic::catch_unwind(|| hear::call(&workers, &Mute)).is_err(), "it was written");
    assert_eq!(process::call(&workers)?, pid);
    say("served");
    Ok(())
}

/// The program names its workers' program by a relative path, and changes its folder.
fn wanders() -> Result<()> {
    let own = std::env::current_exe().expect("this program");
    std::env::set_current_dir(own.parent().expect("its folder")).expect("a folder to go to");
    let name = Path::new(".").join(own.file_name().expect("its name"));
    let workers = Workers::builder(1).command(name, [""; 0]).start()?;
    std::env::set_current_dir("/").expect("a folder to go to");
    assert!(die::call(&workers).is_err());
    assert_eq!(file::call(&workers)?, file(), "a worker in the place of a dead one");
    say("one program");
    Ok(())
}
