//! A model of the ledger: one object, and sessions that lend, borrow, retry, present old tickets, and die.
//!
//! A [`World`](world::World) has the object's state in the ledger, and the sessions. Beside them it keeps a simpler
//! account, made of the results of commands alone. [`invariants`] compares the two. `exhaustive` visits every state
//! near the start. `random` runs long histories, which lead far from it.

mod exhaustive;
mod invariants;
mod owner;
mod random;
mod world;
