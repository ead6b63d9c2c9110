//! How a worker finds its socket, and how it ends when its parent ends.
//!
//! A worker's standard input is a socket, and the variable [`WORKER`] names that socket by its inode. A program that
//! the worker starts inherits the variable, but not the socket. So that program does not take itself for a worker. With
//! the first byte on the socket, the worker receives a descriptor of the parent's process,
//! and a file for the progress of its calls.

use crate::remote::protocol::pidfd::receive_pidfd;
use crate::remote::protocol::progress::ProgressFile;
use crate::remote::protocol::start::WORKER;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use rustix::process::{Signal, getpgrp, getpid, kill_process, kill_process_group};
use std::env;
use std::fs::OpenOptions;
use std::io::{self, stdin};
use std::net::Shutdown;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

/// How long a worker may take to close its stores when its parent is gone.
const GRACE: Duration = Duration::from_millis(100);

/// Returns the socket to the parent, if this process was started as a worker, and otherwise `None`. In a worker,
/// `/dev/null` becomes the standard input.
pub(super) fn socket() -> io::Result<Option<UnixStream>> {
    let Some(named) = env::var_os(WORKER) else { return Ok(None) };
    let given = match fstat(stdin()) {
        // A program that a worker has started may have no standard input.
        Err(Errno::BADF) => return Ok(None),
        given => given?,
    };
    if !FileType::from_raw_mode(given.st_mode).is_socket() || named != *given.st_ino.to_string() {
        return Ok(None);
    }
    let socket = UnixStream::from(stdin().as_fd().try_clone_to_owned()?);
    let nothing = OpenOptions::new().read(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    Ok(Some(socket))
}

/// Starts a thread that kills this process, after [`GRACE`], when its parent has died or has closed its end of the
/// socket. A call that runs is not waited for, since no process waits for its result. Returns the file for progress.
///
/// Both the socket and the parent's process are watched, since a process that the parent has forked may keep the socket
/// open. Linux's `PR_SET_PDEATHSIG` cannot be used: its signal is sent when the *thread* that has started this process
/// ends.
pub(super) fn die_with_parent(socket: &UnixStream) -> io::Result<ProgressFile> {
    let ((parent, progress), socket) = (receive_pidfd(socket)?, socket.try_clone()?);
    let watch = move || {
        let mut gone = [PollFd::new(&socket, PollFlags::RDHUP), PollFd::new(&parent, PollFlags::IN)];
        while poll(&mut gone, None).is_err() {}
        // After this, an idle worker reads the end of its socket, closes its stores, and ends by itself.
        let _it_may_be_closed = socket.shutdown(Shutdown::Both);
        thread::sleep(GRACE);
        die();
    };
    thread::Builder::new().name("ref-parent".into()).spawn(watch)?;
    Ok(progress)
}

/// Sends SIGTERM to this process's group, if this process leads the group, and then kills this process.
///
/// The programs that this process has started are in its group, unless they have left the group. A Ctrl-C that has
/// ended the parent has not reached them, since that signal went to the parent's group. This process is in the group
/// too, so SIGTERM may end it before SIGKILL does.
pub(super) fn die() {
    if getpgrp() == getpid() {
        let _it_may_be_alone = kill_process_group(getpid(), Signal::TERM);
    }
    let _it_dies_here = kill_process(getpid(), Signal::KILL);
}
