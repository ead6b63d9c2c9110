//! The handles, in a store of every kind, through the public API. Two sessions take the place of two processes; tests
//! of real processes are in the files beside this folder.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod copies;
mod counted;
mod exclusive;
mod forgotten;
mod keys;
mod lent;
mod owner;
mod passed_on;
mod places;
mod reentrant;
mod shared;
mod surface;
mod tickets;
mod transitions;
