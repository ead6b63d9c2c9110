//! What is the Redis backend's own. What every backend owes is in `conformance`.

mod scripts;
mod sessions;

use super::Server;
use crate::backend::conformance::{Fresh, histories};
use crate::backend::{Backend, Settings};
use crate::sync::{Arc, OnceLock, Ordering, plain::AtomicU64};
use ref_test_kit::RedisServer;

/// The server that all tests of this process have.
fn server() -> &'static RedisServer {
    static SERVER: OnceLock<RedisServer> = OnceLock::new();
    SERVER.get_or_init(RedisServer::start)
}

/// A store of its own in it.
pub(crate) fn fresh_store() -> Server {
    static STORES: AtomicU64 = AtomicU64::new(0);
    let name = format!("store-{}", STORES.fetch_add(1, Ordering::Relaxed));
    Server::parse(&server().address(&name)).unwrap()
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

fn open_histories(sessions: usize) -> Fresh {
    let store = fresh_store();
    let sessions: Vec<_> = (0..sessions)
        .map(|_| Arc::new(super::session::RedisSession::open(&store, Settings::default()).unwrap()))
        .collect();
    let ways = sessions.iter().map(|session| Arc::clone(session) as Arc<dyn Backend>).collect();
    Fresh { sessions: ways, place: Box::new(sessions) }
}

#[test]
fn histories_are_what_the_ledger_says() {
    fn open(sessions: usize) -> Fresh {
        Fresh { place: Box::new(()), ..open_histories(sessions) }
    }
    histories::many(open, 500, None);
}

/// Whoever is lost has its objects wait for somebody who adopts them.
#[test]
fn histories_with_lost_sessions_are_what_the_ledger_says() {
    fn lose(place: &dyn std::any::Any, who: usize) {
        sessions::lose(&place.downcast_ref::<Vec<Arc<super::session::RedisSession>>>().unwrap()[who]);
    }
    histories::many(open_histories, 500, Some(lose));
}
