//! `redis://`: a store for many hosts, in a Redis server.
//!
//! The server runs each command of the ledger as one function, on the object's state, which it keeps. The functions are
//! in `scripts/`, and the conformance suite compares them with [`step`](crate::ledger::step). A server cannot see a
//! process die, so a session is a lease: a thread renews it, and a session that was not renewed in time is dead for
//! ever.
//!
//! | file | what it has |
//! |---|---|
//! | `scripts/`, `script` | the function library: the rules of the ledger, and all else that runs in the server |
//! | `server` | the address of a server, and of a store in it |
//! | `socket`, `connection` | how requests are sent and replies are read |
//! | `connect`, `tls`, `fault` | how connections are made, what a server must be like, and which failures there are |
//! | `endpoint`, `pool` | what the sessions of a process with one server share, and its connections |
//! | `text`, `keys`, `reply`, `call`, `request` | how requests are written, and answers read |
//! | `channel`, `pending`, `late` | numbered requests, each obeyed at most once, and replies that came too late |
//! | `wire` | how a channel sends its requests and reads the replies |
//! | `reads` | requests without a number |
//! | `index` | the names of published objects |
//! | `inspect`, `found` | a look at every object and session, which changes nothing, and its entries |
//! | `posted` | requests that a process has sent without waiting |
//! | `waiting` | messages about objects that calls wait for |
//! | `queue` | the writers of a published object that wait for their turn |
//! | `payload`, `held` | the bytes of versions, and which versions a session holds |
//! | `reap` | recovery: taking from dead sessions what they held |
//! | `renew` | the leases of sessions, and the thread that renews them |
//! | `background` | the thread for what no call waits for |
//! | `session`, `ask`, `answer` | a session, its requests, and what the replies mean |
//! | `backend` | a session as a `Backend` |
//! | `calls/` | pools of workers, which take calls from a stream |

mod answer;
mod ask;
mod backend;
mod background;
mod call;
#[cfg(all(feature = "remote", target_os = "linux"))]
pub(super) mod calls;
mod channel;
mod connect;
mod connection;
mod endpoint;
mod fault;
mod found;
mod held;
mod index;
mod inspect;
mod keys;
mod late;
mod payload;
mod pending;
mod pool;
mod posted;
mod queue;
mod reads;
mod reap;
mod renew;
mod replicas;
mod reply;
mod request;
#[cfg_attr(not(feature = "remote"), allow(dead_code, reason = "only remote calls have pools"))]
mod script;
mod server;
mod session;
mod socket;
mod sweep;
#[cfg(test)]
pub(super) mod tests;
mod text;
#[cfg(feature = "redis-tls")]
mod tls;
mod waiting;
mod wire;
#[cfg(not(feature = "redis-tls"))]
mod without_tls;

pub(super) use inspect::inspect;
pub(super) use server::Server;
pub(super) use session::open;
#[cfg(feature = "redis-tls")]
pub(super) use tls::client;
#[cfg(not(feature = "redis-tls"))]
pub(super) use without_tls::client;
