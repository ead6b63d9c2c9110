//! Helpers for the tests of several packages: threads that are known to sleep, and a real Redis server.
//!
//! The tests inside `ref-core` use this package too, so it does not depend on `ref-core`: otherwise a test program
//! would contain two builds of `ref-core`.

mod server;
mod sleeper;
mod tls;

pub use server::RedisServer;
pub use sleeper::{spawn_asleep, state};
pub use tls::certificate;
