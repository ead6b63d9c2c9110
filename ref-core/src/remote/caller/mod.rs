//! The process that calls: it puts calls together, has workers run them, and makes their changes.
//!
//! It imports only the registry of `worker`: the functions that a worker says it has are compared with this program's.

pub(super) mod call;
pub(super) mod effect;
mod job;
pub(super) mod lend;
pub(super) mod map;
pub(super) mod scope;
pub(super) mod unpack;
mod visits;
pub(crate) mod workers;

pub use lend::{Lend, LendMut};
pub use scope::{Run, Scope};
pub use workers::{Builder, Workers};
