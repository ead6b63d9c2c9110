//! A worker's ties to the process that has started it.
//!
//! A worker's standard input is a socket, and [`WORKER`] in its environment names that very socket: a program that the worker
//! starts inherits the variable and not the socket, and is no worker. The first byte on it brings a descriptor of the
//! parent's process.

use crate::remote::protocol::pidfd::receive_pidfd;
use crate::remote::protocol::start::WORKER;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, fstat};
use rustix::process::{Signal, getpgrp, getpid, kill_process, kill_process_group};
use std::env;
use std::fs::OpenOptions;
use std::io::{self, stdin};
use std::net::Shutdown;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

/// How long a worker may close its stores when its parent is gone.
const GRACE: Duration = Duration::from_millis(100);

/// The socket to the process that has started this one as a worker; `None` if this is no worker. Standard input is empty
/// from then on.
pub(super) fn socket() -> io::Result<Option<UnixStream>> {
    let Some(named) = env::var_os(WORKER) else { return Ok(None) };
    let given = fstat(stdin())?;
    if !FileType::from_raw_mode(given.st_mode).is_socket() || named != *given.st_ino.to_string() {
        return Ok(None);
    }
    let socket = UnixStream::from(stdin().as_fd().try_clone_to_owned()?);
    let nothing = OpenOptions::new().read(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    Ok(Some(socket))
}

/// Has this process killed when its parent has died or has closed its end of the socket, whatever it is doing: no process
/// waits for what it does. A process that the parent has forked may keep the socket open, so both are watched. (The death
/// signal of Linux would come when the *thread* ends that has started this process.)
pub(super) fn die_with_parent(socket: &UnixStream) -> io::Result<()> {
    let (parent, socket) = (receive_pidfd(socket)?, socket.try_clone()?);
    let watch = move || {
        let mut gone = [PollFd::new(&socket, PollFlags::RDHUP), PollFd::new(&parent, PollFlags::IN)];
        while poll(&mut gone, None).is_err() {}
        // An idle worker reads the end of its socket then, closes its stores, and dies.
        let _it_may_be_closed = socket.shutdown(Shutdown::Both);
        thread::sleep(GRACE);
        die();
    };
    thread::Builder::new().name("ref-parent".into()).spawn(watch).map(drop)
}

/// Ends this process, and asks the programs that it has started to end. They are in its group of processes, which is not
/// the parent's, so that a Ctrl-C that ended the parent did not come to them.
pub(super) fn die() {
    if getpgrp() == getpid() {
        let _it_may_be_alone = kill_process_group(getpid(), Signal::TERM);
    }
    let _it_dies_here = kill_process(getpid(), Signal::KILL);
}
