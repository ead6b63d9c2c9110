//! The ledger of one host, and the requests to a Redis server, step by step, for a model checker. The requests are in
//! [`requests`]; all other modules are about the ledger.
//!
//! Each file of [`steps`], except `turn`, follows the file of the same name in `ref-core/src/backend/shm`. A step leads
//! from one position in a command to the next ([`state::At`]). About half of the positions are the named crash points
//! of that code ([`At::point`]). Processes take turns in every order. Any process can be killed at any step, a
//! recoverer too, and a new process may take the slot. After each step the [`invariants`] are checked; I1 to I13 are
//! those of the ledger's rules.
//!
//! The model leaves out: the order of memory accesses (loom runs the functions themselves in every order that the
//! memory model allows, up to a number of preemptions), waking, clocks (a deadline may pass at any time), slots beyond
//! one word of reader bits, published objects, and several threads in a process. A half-written file counts as a file.
//!
//! [`At::point`]: state::At::point

pub mod invariants;
pub mod protocol;
pub mod requests;
pub mod scenes;
pub mod state;
pub mod steps;
pub mod words;
