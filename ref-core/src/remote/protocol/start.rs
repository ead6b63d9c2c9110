//! How a process learns that it was started as a worker, and what it has said of itself.

use crate::sync::OnceLock;
use rustix::fs::fstat;
use std::io;
use std::os::fd::AsFd;

/// Tells a program that it was started as a worker, by the number of the socket that it is one on.
pub(in crate::remote) const WORKER: &str = "REF_WORKER";

/// How many bytes of address space the worker may have.
pub(in crate::remote) const MEMORY: &str = "REF_WORKER_MEMORY";

/// What [`WORKER`] says of a socket: its inode, which no two open sockets share.
pub(in crate::remote) fn socket_name(socket: impl AsFd) -> io::Result<String> {
    Ok(fstat(socket)?.st_ino.to_string())
}

/// What this process has said of itself: nothing until [`init`](crate::remote::init).
pub(in crate::remote) static ROLE: OnceLock<Role> = OnceLock::new();

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::remote) enum Role {
    /// It can be started as a worker, and is none.
    Parent,
    Worker,
}

/// A test that is the entry of a test program's workers.
#[doc(hidden)]
pub struct TestEntry(pub &'static str);

inventory::collect!(TestEntry);

/// The name of the test by which this test program becomes a worker, if it has one.
pub(in crate::remote) fn test_entry_of() -> Option<&'static str> {
    let path = inventory::iter::<TestEntry>.into_iter().next()?.0;
    // Without the crate's name, as the test harness names tests.
    Some(path.split_once("::").map_or(path, |(_, path)| path))
}
