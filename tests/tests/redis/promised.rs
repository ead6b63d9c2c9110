//! Promises in a server.

use crate::{LONG, open};
use ref_core::{ErrorKind, Key};
use ref_tests::{Actor, Note, RedisServer};
use std::time::Duration;

/// A session that is lost has given its promises up, and the others learn it from the server.
#[test]
fn the_promise_of_a_killed_process_is_abandoned() {
    let server = RedisServer::start();
    let address = server.address("promised");
    let store = open(&address);
    let mut maker = Actor::at(&address, 300, LONG);
    let key: Key<Note> = maker.ask("promised make a").ok().parse().unwrap();
    let kept: Key<Note> = maker.ask("promised make b").ok().parse().unwrap();
    maker.ask("promised fulfil b 7 100000").ok();
    assert_eq!(store.get(&key).unwrap_err().kind(), ErrorKind::NotYet);
    maker.kill();
    assert_eq!(store.wait(&key, Duration::MAX).unwrap_err().kind(), ErrorKind::Abandoned);
    assert_eq!(store.wait(&kept, Duration::MAX).unwrap().n, 7);
}
