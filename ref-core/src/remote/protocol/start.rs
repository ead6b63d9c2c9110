//! How a process learns that it was started as a worker, and its role after `init`.

use crate::sync::OnceLock;
use rustix::fs::fstat;
use std::os::fd::AsFd;
use std::{env, io};

/// The environment variable that tells a program that it was started as a worker. Its value names the socket, by
/// [`socket_name`].
pub(in crate::remote) const WORKER: &str = "REF_WORKER";

/// The environment variable with the limit of a worker's address space, in bytes.
pub(in crate::remote) const MEMORY: &str = "REF_WORKER_MEMORY";

/// The environment variable with the limit of what a worker keeps between calls, in bytes.
pub(in crate::remote) const CACHE: &str = "REF_WORKER_CACHE";

/// The environment variable that a worker has whose caller may be on another host.
pub(in crate::remote) const FAR: &str = "REF_WORKER_FAR";

/// Returns whether the caller of this worker may be on another host: then a response has no files, and no owners of
/// objects in stores of this host.
pub(in crate::remote) fn has_far_caller() -> bool {
    static IS_SET: OnceLock<bool> = OnceLock::new();
    *IS_SET.get_or_init(|| env::var_os(FAR).is_some())
}

/// Returns the name of a socket: its inode number, which no two open sockets have in common.
pub(in crate::remote) fn socket_name(socket: impl AsFd) -> io::Result<String> {
    Ok(fstat(socket)?.st_ino.to_string())
}

/// The role of this process. The role is not set until [`init`](crate::remote::init) is called.
pub(in crate::remote) static ROLE: OnceLock<Role> = OnceLock::new();

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::remote) enum Role {
    /// The process is no worker. Its program calls `init`, and so can be started as a worker of this process.
    Parent,
    /// The process was started as a worker.
    Worker,
}

/// The path of the test by which a test program becomes a worker.
#[doc(hidden)]
pub struct TestEntry(pub &'static str);

inventory::collect!(TestEntry);

/// Returns the name by which the test harness knows the test of [`TestEntry`]. Returns `None` if this program has no
/// such test.
pub(in crate::remote) fn test_entry_of() -> Option<&'static str> {
    let path = inventory::iter::<TestEntry>.into_iter().next()?.0;
    // The test harness leaves out the crate's name.
    Some(path.split_once("::").map_or(path, |(_, path)| path))
}
