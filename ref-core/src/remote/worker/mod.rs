//! The process that runs functions: it reads requests, finds the function, and sends back what came of it.

mod cache;
mod entry;
pub(super) mod incoming;
pub(super) mod pack;
mod parent;
pub(super) mod registry;
mod serve;

pub use entry::{init, test_entry};
