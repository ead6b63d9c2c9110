//! Helpers for the tests of several packages: threads that are known to sleep, a real Redis server, and the rights of its
//! users.
//!
//! The tests inside `ref-core` use this package too, so it does not depend on `ref-core`: otherwise a test program
//! would contain two builds of `ref-core`.

mod rights;
mod server;
mod sleeper;
mod tls;

pub use rights::rights;
pub use server::RedisServer;
pub use sleeper::{spawn_asleep, state};
pub use tls::certificate;
