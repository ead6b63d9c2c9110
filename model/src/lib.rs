//! The ledger of one host, and the requests to a Redis server, step by step, for a model checker. The requests are in
//! [`requests`]; all other modules are about the ledger.
//!
//! Each file of [`steps`], except `turn` and `mod`, follows the file of the same name in `ref-core/src/backend/shm`. A
//! step leads from one position in a command to the next ([`state::At`]). About half of the positions are the named
//! crash points of that code ([`At::point`]). Processes take turns in every order. As often as the scene allows, a
//! process is killed at any step, a recoverer too, and a new process takes the slot of a dead process, or an empty
//! slot. A process that is idle and holds nothing is not killed, since no other process would notice. After each step
//! the [`invariants`] are checked. Their numbers, I1 to I13, are those of the ledger's rules. I4 has no check here: a
//! dead process takes no step.
//!
//! The model leaves out: the order of memory accesses (`cargo xtask loom` tries the orders that loom explores),
//! making, opening, closing and removing a store, another boot, calls that the system refuses, waking, clocks (a
//! deadline may pass at any time), slots beyond one word of reader bits, published objects and their names, and several
//! threads in a process. A half-written file counts as a file, and so does a
//! version in cells.
//!
//! [`At::point`]: state::At::point

pub mod invariants;
pub mod protocol;
pub mod requests;
pub mod scenes;
pub mod state;
pub mod steps;
pub mod words;
