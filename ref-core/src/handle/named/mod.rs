//! Published objects, which have no owner and are found by their names.
//!
//! * `find`: the name, and the object that it leads to
//! * `held`: which objects the borrows of a thread hold
//! * `turn`: a borrow of a published object, and the wait for it
//! * `snapshot`, `guards`: what a program reads and changes
//! * `handle`: `Named`
//! * `watch`: the wait for changes
//! * `moves`: from an owner to a name, and back
//! * `list`: the names of a store
//! * `remove`: the removal of an object by its id

pub(super) mod find;
pub(super) mod guards;
pub(super) mod handle;
mod held;
mod list;
mod moves;
mod remove;
pub(super) mod snapshot;
pub(super) mod turn;
pub(super) mod watch;

pub use guards::{NamedMut, NamedRef};
pub use handle::Named;
pub use list::NamedEntry;
pub use snapshot::Snapshot;
pub use watch::Watcher;
