//! The process that calls: it puts calls together, sends them to workers, and makes their changes.
//!
//! From `worker`, this folder imports only the registry, to compare the functions that a worker names with this
//! program's functions.

mod again;
mod at_server;
pub(super) mod call;
pub(super) mod copies;
pub(super) mod effect;
mod ended;
mod future;
pub(super) mod job;
pub(super) mod lend;
mod list;
mod list_mut;
pub(super) mod map;
mod mapped;
pub(super) mod moved;
pub(super) mod running;
pub(super) mod scope;
pub(super) mod task;
#[cfg(all(test, not(loom)))]
mod tests;
pub(super) mod transport;
pub(super) mod unpack;
mod visits;
pub(crate) mod workers;

pub use again::{Idempotent, MayRunAgain, Once};
pub use copies::{CopyOf, NeedsScope};
pub use future::{AsyncCall, RunFuture};
pub use lend::{Lend, LendMut};
pub use list::LendList;
pub use list_mut::LendListMut;
pub use map::MapIn;
pub use mapped::{Mapped, Unordered};
pub use scope::{InScope, Run, Scope};
pub use workers::{Builder, WorkerStats, Workers};
