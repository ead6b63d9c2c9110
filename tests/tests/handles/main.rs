//! Tests of the handles through the public API, in stores of every kind. Two sessions take the place of two processes.
//! Tests with real processes are in the files beside this folder.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod copies;
mod counted;
mod digests;
mod earlier;
mod earlier_kinds;
mod exclusive;
mod forgotten;
#[cfg(feature = "async")]
mod futures;
mod keys;
mod lent;
mod limited;
mod named;
mod owner;
mod passed_on;
mod places;
mod promises;
mod reentrant;
mod shared;
mod surface;
mod tickets;
mod timed;
mod transitions;
#[cfg(feature = "async")]
mod woken;
