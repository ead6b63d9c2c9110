//! The messages between callers and workers. This folder imports neither `caller` nor `worker`.
//!
//! | step | file |
//! |---|---|
//! | a program is told that it is a worker | `start` |
//! | the worker gets a descriptor of its parent's process, and one of a file for progress | `pidfd`, `progress` |
//! | the worker says which file it runs, and which functions it has | `greeting`, `program`, `function` |
//! | the worker gets requests, with arguments as tickets or copies | `request`, `passed`, `ticket`, `owners`, `crossing` |
//! | the worker sends responses | `response`, `returned`, `carried`, `sent_error` |
//!
//! Each message is framed by `wire`, and its files go by `files`. For a pool at a server, `build` names the functions of a
//! program.

pub(super) mod build;
pub(super) mod carried;
pub(super) mod crossing;
pub(super) mod files;
pub(super) mod function;
pub(super) mod greeting;
pub(super) mod owners;
pub(super) mod passed;
pub(super) mod pidfd;
pub(super) mod program;
pub(super) mod progress;
pub(super) mod request;
pub(super) mod response;
pub(super) mod returned;
pub(super) mod sent_error;

mod shape;
pub(super) mod start;
pub(super) mod ticket;
pub(super) mod wire;
