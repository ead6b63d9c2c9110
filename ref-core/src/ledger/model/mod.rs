//! The machine under all that can happen: sessions that lend, borrow, repeat themselves, present old tickets, and die.
//!
//! A [`World`](world::World) is one object and the sessions around it. Beside the ledger's state it keeps its
//! own, simpler account of who was told what, made from answers alone. [`invariants`] compares the two.
//! `random` walks far through it, `exhaustive` goes everywhere near.

mod exhaustive;
mod invariants;
mod owner;
mod random;
mod world;
