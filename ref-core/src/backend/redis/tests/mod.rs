//! Tests of what only the Redis backend has. `conformance` has the tests for every backend.

mod queue;
mod readers;
mod scripts;
mod sessions;
mod short;

use super::Server;
use super::connect::Connector;
use super::connection::Connection;
use crate::backend::conformance::{Fresh, histories};
use crate::backend::{Backend, Settings};
use crate::sync::{Arc, OnceLock, Ordering, plain::AtomicU64};
use ref_test_kit::RedisServer;
use std::time::Duration;

/// The server that all tests of this process share.
pub(super) fn server() -> &'static RedisServer {
    static SERVER: OnceLock<RedisServer> = OnceLock::new();
    SERVER.get_or_init(RedisServer::start)
}

/// Returns the address of a new store in the server.
pub(crate) fn fresh_store() -> Server {
    static STORES: AtomicU64 = AtomicU64::new(0);
    let name = format!("store-{}", STORES.fetch_add(1, Ordering::Relaxed));
    Server::parse(&server().address(&name)).unwrap()
}

/// Returns a connection to the server that belongs to no session.
pub(super) fn stranger() -> Connection {
    let connector = Connector::new(&Server::parse(&server().address("any")).unwrap()).unwrap();
    connector.connect_unchecked(Duration::from_secs(60)).unwrap()
}

/// Returns every key of a store.
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

/// The objects of a lost session are orphans, which another session adopts.
#[test]
fn histories_with_lost_sessions_are_what_the_ledger_says() {
    fn lose(place: &dyn std::any::Any, nth: usize) {
        sessions::lose(&place.downcast_ref::<Vec<Arc<super::session::RedisSession>>>().unwrap()[nth]);
    }
    histories::many(open_histories, 500, Some(lose));
}
