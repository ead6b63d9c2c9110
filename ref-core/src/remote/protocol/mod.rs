//! What callers and workers send to each other. This folder imports neither of them.
//!
//! | step | file |
//! |---|---|
//! | a program is told that it is a worker | `start` |
//! | it gets a descriptor of its parent's process | `pidfd` |
//! | it says which file it runs, and which functions it has | `greeting`, `program`, `function` |
//! | it gets requests, with arguments as tickets or copies | `request`, `ticket`, `portable` |
//! | it sends responses | `response`, `returned` |
//!
//! Each message is framed by `wire`.

pub(super) mod function;
pub(super) mod greeting;
pub(super) mod pidfd;
pub(super) mod portable;
pub(super) mod program;
pub(super) mod request;
pub(super) mod response;
pub(super) mod returned;
mod shape;
pub(super) mod start;
pub(super) mod ticket;
pub(super) mod wire;
