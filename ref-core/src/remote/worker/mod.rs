//! The process that runs functions: it reads requests, finds the function of each, calls it, and sends a response.

mod cache;
mod entry;
pub(super) mod incoming;
pub(super) mod owned;
pub(super) mod pack;
mod parent;
pub(super) mod registry;
mod report;
mod serve;

pub use entry::{init, test_entry};
pub use report::{is_cancelled, progress};
