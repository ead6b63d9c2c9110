//! Tickets: handles in transit.
//!
//! Each module may use those before it in this list, and none after it: grant, sent, text, handle.

mod grant;
mod handle;
mod sent;
pub(super) mod text;

pub(crate) use grant::{Grant, Pass};
pub use handle::Ticket;
pub(super) use sent::Sent;
pub(super) use text::TextKind;
