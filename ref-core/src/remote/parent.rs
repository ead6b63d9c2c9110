//! A worker's ties to the process that has started it.
//!
//! A worker's standard input is a socket, and [`WORKER`] in its environment names that very socket: a program that the worker
//! starts inherits the variable and not the socket, and is no worker. The first byte on it brings a descriptor of the
//! parent's process.

use rustix::cmsg_space;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::retry_on_intr;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use rustix::process::{PidfdFlags, Signal, getpgrp, getpid, kill_process, kill_process_group, pidfd_open};
use std::env;
use std::fs::OpenOptions;
use std::io::{self, IoSlice, IoSliceMut, stdin};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

/// Tells a program that it was started as a worker, by the number of the socket that it is one on.
pub(super) const WORKER: &str = "REF_WORKER";

/// How long a worker may close its stores when its parent is gone.
const GRACE: Duration = Duration::from_millis(100);

/// What [`WORKER`] says of a socket: its inode, which no two open sockets share.
pub(super) fn name_of(socket: impl AsFd) -> io::Result<String> {
    Ok(fstat(socket)?.st_ino.to_string())
}

/// Tells the worker at the other end which process its parent is, whatever becomes of that one's number.
pub(super) fn introduce(socket: &UnixStream) -> io::Result<()> {
    let this = [pidfd_open(getpid(), PidfdFlags::empty())?];
    let this = [this[0].as_fd()];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut sent = SendAncillaryBuffer::new(&mut space);
    sent.push(SendAncillaryMessage::ScmRights(&this));
    sendmsg(socket, &[IoSlice::new(b"p")], &mut sent, SendFlags::NOSIGNAL)?;
    Ok(())
}

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
    let (parent, socket) = (introduced(socket)?, socket.try_clone()?);
    let watch = move || {
        let mut gone = [PollFd::new(&socket, PollFlags::RDHUP), PollFd::new(&parent, PollFlags::IN)];
        while poll(&mut gone, None).is_err() {}
        // An idle worker reads the end of its socket then, closes its stores, and dies.
        let _ = socket.shutdown(Shutdown::Both);
        thread::sleep(GRACE);
        die();
    };
    thread::Builder::new().name("ref-parent".into()).spawn(watch).map(drop)
}

/// The process that the parent has introduced itself as.
fn introduced(socket: &UnixStream) -> io::Result<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut received = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    retry_on_intr(|| {
        recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut received, RecvFlags::CMSG_CLOEXEC).map(drop)
    })?;
    let mut parents = received.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    parents
        .next()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the parent did not say which process it is"))
}

/// Ends this process, and asks the programs that it has started to end. They are in its group of processes, which is not
/// the parent's, so that a Ctrl-C that ended the parent did not come to them.
pub(super) fn die() {
    if getpgrp() == getpid() {
        let _ = kill_process_group(getpid(), Signal::TERM);
    }
    let _ = kill_process(getpid(), Signal::KILL);
}
