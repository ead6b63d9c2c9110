//! What callers and workers say to each other. It knows neither of them.
//!
//! In the order in which it is said: a program is told that it is a worker (`start`), and by which process
//! (`pidfd`); the worker says which `program` it is, and which functions it has (`greeting`, `function`). Then come
//! requests and responses, each a message (`wire`).

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
