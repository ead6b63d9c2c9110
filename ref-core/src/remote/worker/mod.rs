//! The process that runs functions: it reads requests, finds the function of each, calls it, and sends a response.

mod cache;
pub(super) mod incoming;
pub(super) mod owned;
pub(super) mod pack;
mod parent;
pub(super) mod registry;
mod report;
pub(super) mod serve;

pub use report::{is_cancelled, progress};
