//! `redis://`: a store for many hosts, in a Redis server.
//!
//! The server runs each command of the ledger as one script, on the state that it keeps of the object; `scripts/` has
//! them, and [`step`](crate::ledger::step) is what they are held to. A server cannot see a process die, so a session
//! has to renew its lease: borrows are leases here.
//!
//! | file | what it has |
//! |---|---|
//! | `scripts/`, `script` | the rules, and what else happens in the server |
//! | `server` | the address of a server, and of a store in it |
//! | `connect`, `tls`, `fault` | connections, what a server must be, and what it can refuse |
//! | `text`, `keys`, `reply`, `call`, `request` | how requests are written, and answers read |
//! | `channel`, `late` | requests, each obeyed exactly once, and answers that came too late |
//! | `posted` | what a process has sent without waiting |
//! | `payload`, `held` | the bytes of versions, and which versions a session holds |
//! | `reap` | recovery: taking from dead sessions what they held |
//! | `renew` | the lease of a session, and the thread that renews it |
//! | `session`, `ask`, `answer`, `backend` | a session: how it begins, what it asks, what the answers mean, and the contract that it keeps |

mod answer;
mod ask;
mod backend;
mod call;
mod channel;
mod connect;
mod fault;
mod held;
mod keys;
mod late;
mod payload;
mod posted;
mod reap;
mod renew;
mod reply;
mod request;
mod script;
mod server;
mod session;
#[cfg(test)]
pub(super) mod tests;
mod text;
#[cfg(feature = "redis-tls")]
mod tls;
#[cfg(not(feature = "redis-tls"))]
mod without_tls;

pub(super) use server::Server;
pub(super) use session::open;
#[cfg(feature = "redis-tls")]
pub(super) use tls::client;
#[cfg(not(feature = "redis-tls"))]
pub(super) use without_tls::client;
