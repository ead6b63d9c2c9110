//! How a process learns that it was started as a worker, and its role after `init`.

use crate::sync::OnceLock;
use rustix::fs::fstat;
use std::io;
use std::os::fd::AsFd;

/// The environment variable that tells a program that it was started as a worker. Its value names the socket, by
/// [`socket_name`].
pub(in crate::remote) const WORKER: &str = "REF_WORKER";

/// The environment variable with the limit of a worker's address space, in bytes.
pub(in crate::remote) const MEMORY: &str = "REF_WORKER_MEMORY";

/// The name of a socket: its inode number, which no two open sockets have in common.
pub(in crate::remote) fn socket_name(socket: impl AsFd) -> io::Result<String> {
    Ok(fstat(socket)?.st_ino.to_string())
}

/// The role of this process. It is not set until [`init`](crate::remote::init) is called.
pub(in crate::remote) static ROLE: OnceLock<Role> = OnceLock::new();

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::remote) enum Role {
    /// It is no worker. Its program can be started as one, so it can be the parent of workers.
    Parent,
    /// It was started as a worker.
    Worker,
}

/// The path of the test by which a test program becomes a worker.
#[doc(hidden)]
pub struct TestEntry(pub &'static str);

inventory::collect!(TestEntry);

/// Returns the name by which the test harness knows that test, if this program has such a test.
pub(in crate::remote) fn test_entry_of() -> Option<&'static str> {
    let path = inventory::iter::<TestEntry>.into_iter().next()?.0;
    // The test harness leaves out the crate's name.
    Some(path.split_once("::").map_or(path, |(_, path)| path))
}
