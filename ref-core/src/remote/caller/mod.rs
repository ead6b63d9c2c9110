//! The process that calls: it puts calls together, has workers run them, and makes their changes.
//!
//! Of `worker` it knows the registry alone: what a worker says it has is compared with this program's own functions.

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
