//! A model of the ledger: one object, and sessions that lend, borrow, retry, present old tickets, and die.
//!
//! A [`World`](world::World) has the object's state in the ledger, and the sessions. It also has a simpler account of
//! the object, which follows from deaths and the results of commands. [`invariants`] compares state and account.
//! `exhaustive` visits every state near the start. `random` runs long histories, which lead far from the start.

mod exhaustive;
mod invariants;
mod owner;
mod random;
mod world;
