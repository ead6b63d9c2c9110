//! Tickets: handles in transit.
//!
//! Of the modules in this list, each uses only earlier ones: grant, sent, text, handle.

mod grant;
pub(super) mod handle;
mod sent;
pub(super) mod text;

pub(crate) use grant::{Grant, Pass};
pub use handle::Ticket;
pub(super) use sent::Sent;
pub(super) use text::TextKind;
