//! Descriptors of files on a worker's socket, which go with the first byte of a message.

use rustix::cmsg_space;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

/// The most files that one message may have. The kernel takes 253.
pub(in crate::remote) const MOST_FILES: usize = 64;

/// Sends some of `bytes`, and all of the files, of which there are at most [`MOST_FILES`]. Returns how many bytes were
/// sent: at least one.
pub(in crate::remote) fn send_files(socket: &UnixStream, bytes: &[u8], files: &[File]) -> io::Result<usize> {
    let descriptors: Vec<_> = files.iter().map(File::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST_FILES))];
    let mut sent = SendAncillaryBuffer::new(&mut space);
    if !sent.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(Errno::INVAL.into());
    }
    Ok(retry_on_intr(|| sendmsg(socket, &[IoSlice::new(bytes)], &mut sent, SendFlags::NOSIGNAL))?)
}

/// Receives bytes as `read` does. If a message with files begins in these bytes, adds its files to `files`: all, or as
/// many as this process may open.
pub(in crate::remote) fn receive(
    socket: &UnixStream,
    into: &mut [u8],
    files: &mut VecDeque<Vec<File>>,
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST_FILES))];
    let mut received = RecvAncillaryBuffer::new(&mut space);
    let message = recvmsg(socket, &mut [IoSliceMut::new(into)], &mut received, RecvFlags::CMSG_CLOEXEC)?;
    let descriptors = received.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let came: Vec<File> = descriptors.flatten().map(File::from).collect();
    if !came.is_empty() || message.flags.contains(ReturnFlags::CTRUNC) {
        files.push_back(came);
    }
    Ok(message.bytes)
}
