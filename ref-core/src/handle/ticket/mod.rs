//! A handle in transit.
//!
//! grant, sent, text, handle: each may use those named before it.

mod grant;
mod handle;
mod sent;
pub(super) mod text;

pub(crate) use grant::{Grant, Pass};
pub use handle::Ticket;
pub(super) use sent::Sent;
pub(super) use text::TextKind;
