//! What is the Redis backend's own. What every backend owes is in `conformance`.

#[allow(dead_code, unreachable_pub)]
pub(crate) mod server;

use super::super::server::Server;
use crate::sync::{OnceLock, Ordering, plain::AtomicU64};
use server::RedisServer;

/// A store of its own, in a server that all tests of this process have.
pub(crate) fn fresh_store() -> Server {
    static SERVER: OnceLock<RedisServer> = OnceLock::new();
    static STORES: AtomicU64 = AtomicU64::new(0);
    let server = SERVER.get_or_init(RedisServer::start);
    let name = format!("store-{}", STORES.fetch_add(1, Ordering::Relaxed));
    Server::parse(&server.address(&name)).unwrap().unwrap()
}
