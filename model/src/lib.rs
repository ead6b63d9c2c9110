//! The ledger of one host, step by step, for a model checker.
//!
//! `ref-core/src/backend/shm` is followed word by word. Each file of [`steps`] has the steps of the file of that name
//! there, and a step stands between two named crash points ([`At::point`]). Processes take turns in every order. Any
//! process can be killed at any step, a recoverer too, and may come back in its slot. After each step the
//! [`invariants`] are checked; I1 to I13 are those of the ledger's rules.
//!
//! What is left out: the order of memory (loom runs the functions themselves in every order that it allows), waking and
//! clocks (a deadline passes at any time), slots beyond one word of reader bits, and several threads in a process. A
//! file that is half written is one that is there.
//!
//! [`At::point`]: state::At::point

pub mod invariants;
pub mod protocol;
pub mod scenes;
pub mod state;
pub mod steps;
pub mod words;
