//! The requests of one session to a Redis server, step by step: [`channel`] and [`late`] follow the files of these
//! names in `ref-core/src/backend/redis`, and [`server`] follows the scripts there.
//!
//! The session has one object. At every step a request or a reply may be lost, a connection may break, and the requests
//! on it may arrive later; the server may refuse a request, or start anew, with its state or with an older one; the
//! caller may stop waiting, and then make the same call, another one, or close the session; the lease may run out, and
//! another session may recover what is left. After each step the [`rules`] are checked.
//!
//! The model leaves out: the bytes of large versions, deadlines, posts that the server refuses for ever, and the order
//! of requests between sessions of a process. A connection keeps the order of what it delivers. Connections that
//! the session has left deliver in any order. A script is one step.

pub mod channel;
pub mod late;
pub mod model;
pub mod rules;
pub mod scenes;
pub mod server;
pub mod state;
