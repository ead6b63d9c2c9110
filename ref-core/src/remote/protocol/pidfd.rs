//! The first byte on a worker's socket. A descriptor (pidfd) of the parent's process is sent with that byte, and one of
//! the file for progress. Unlike a process number, a descriptor never comes to mean another process.

use super::progress::ProgressFile;

use rustix::cmsg_space;
use rustix::io::retry_on_intr;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use rustix::process::{PidfdFlags, getpid, pidfd_open};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;

/// Sends a descriptor of this process, and one of `progress`, to the worker at the other end.
pub(in crate::remote) fn send_pidfd(socket: &UnixStream, progress: &ProgressFile) -> io::Result<()> {
    let this = pidfd_open(getpid(), PidfdFlags::empty())?;
    let both = [this.as_fd(), progress.as_fd()];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(2))];
    let mut sent = SendAncillaryBuffer::new(&mut space);
    sent.push(SendAncillaryMessage::ScmRights(&both));
    sendmsg(socket, &[IoSlice::new(b"p")], &mut sent, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Receives the descriptor of the parent's process, and the file for progress. Fails if the first message does not have
/// both.
pub(in crate::remote) fn receive_pidfd(socket: &UnixStream) -> io::Result<(OwnedFd, ProgressFile)> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(2))];
    let mut received = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    retry_on_intr(|| {
        recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut received, RecvFlags::CMSG_CLOEXEC).map(drop)
    })?;
    let mut both = received.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => Some((descriptors.next()?, descriptors.next()?.into())),
        _ => None,
    });
    both.next().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the parent did not say which process it is"))
}
