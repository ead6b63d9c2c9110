//! What is the Redis backend's own. What every backend owes is in `conformance`.

mod scripts;
#[allow(dead_code, unreachable_pub)]
pub(crate) mod server;
mod sessions;

use super::super::server::Server;
use crate::backend::Settings;
use crate::backend::conformance::Fresh;
use crate::sync::{OnceLock, Ordering, plain::AtomicU64};
use server::RedisServer;

/// The server that all tests of this process have.
fn server() -> &'static RedisServer {
    static SERVER: OnceLock<RedisServer> = OnceLock::new();
    SERVER.get_or_init(RedisServer::start)
}

/// A store of its own in it.
pub(crate) fn fresh_store() -> Server {
    static STORES: AtomicU64 = AtomicU64::new(0);
    let name = format!("store-{}", STORES.fetch_add(1, Ordering::Relaxed));
    Server::parse(&server().address(&name)).unwrap().unwrap()
}

/// The server, as somebody who is no session sees it.
fn stranger() -> redis::Connection {
    let socket = redis::ConnectionAddr::Unix(server().socket());
    redis::Client::open(socket).unwrap().get_connection().unwrap()
}

/// Every key of a store.
fn keys(store: &Server) -> Vec<String> {
    redis::cmd("KEYS").arg(format!("{{ref:{}}}:*", store.store)).query(&mut stranger()).unwrap()
}

#[test]
fn a_thousand_histories_of_what_is_owned_and_as_many_of_what_is_open() {
    fn open(sessions: usize) -> Fresh {
        let store = fresh_store();
        let sessions = (0..sessions).map(|_| super::open(&store, Settings::default()).unwrap()).collect();
        Fresh { sessions, place: Box::new(()) }
    }
    crate::backend::conformance::histories::many(open, 1000);
}
