//! An operator removes keys of a store. What is left goes with the store's last session.

use crate::{LONG, ask, keys, open, until};
use ref_core::{ErrorKind, Key, Store, StoreOptions};
use ref_tests::{Actor, Note, RedisServer};
use std::time::{Duration, Instant};

/// How long an orphan waits, in milliseconds.
const ORPHAN: u64 = 50;

/// Returns those keys of a store that do not expire by themselves.
fn lasting(server: &RedisServer, store: &str) -> Vec<String> {
    let expires = |key: &String| ask(server, &["PTTL", key]) != redis::Value::Int(-1);
    let prefix = format!("{{ref:{store}}}:");
    keys(server).into_iter().filter(|key| key.starts_with(&prefix) && !expires(key)).collect()
}

/// Removes the store's keys of one kind. Returns how many there were.
fn remove(server: &RedisServer, store: &str, kind: &str) -> usize {
    let (one, many) = (format!("{{ref:{store}}}:{kind}"), format!("{{ref:{store}}}:{kind}:"));
    let removed: Vec<_> = keys(server).into_iter().filter(|key| *key == one || key.starts_with(&many)).collect();
    removed.iter().for_each(|key| drop(ask(server, &["DEL", key])));
    removed.len()
}

/// Makes the owner lend an object, and forget the loan. Returns the loan's ticket.
fn lend(owner: &mut Actor, order: &str, name: &str) -> String {
    owner.ask(&format!("{order} {name}")).ok();
    let ticket = owner.ask("ticket").ok();
    owner.ask("forget").ok();
    ticket
}

/// Starts an owner, a reader and a writer, and returns these actors. The owner has objects of several lengths. Some of
/// them are lent, and one loan was revoked.
fn people(address: &str) -> [Actor; 3] {
    let [mut owner, mut reader, mut writer] = [(); 3].map(|()| Actor::at(address, LONG, ORPHAN));
    for (name, size) in [("a", 100), ("b", 1_000), ("c", 3_000_000), ("s", 100), ("x", 100), ("k", 100_000)] {
        owner.ask(&format!("put {name} 3 {size}")).ok();
    }
    for name in ["s", "k"] {
        let ticket = lend(&mut owner, "lend", name);
        reader.ask(&format!("redeem {name} {ticket}")).ok();
    }
    owner.ask("revoke_loan k").ok();
    owner.ask("set k 4").ok();
    owner.ask("flush k").ok();
    let ticket = lend(&mut owner, "lend_mut", "x");
    writer.ask(&format!("redeem_mut x {ticket}")).ok();
    [owner, reader, writer]
}

/// Removes the object by its key, if it is there.
fn remove_object(store: &Store, key: &Key<Note>) {
    let removed = store.remove(key);
    assert!(!removed.as_ref().is_err_and(|error| error.kind() != ErrorKind::Gone), "{removed:?}");
}

#[test]
fn whatever_key_is_removed_the_last_session_leaves_none() {
    let server = RedisServer::start();
    let kinds = [
        "id",
        "clock",
        "sessions",
        "requests",
        "names",
        "claims",
        "unowned",
        "deadlines",
        "object",
        "readers",
        "kept",
        "bytes",
        "version",
    ];
    for kind in kinds {
        let address = server.address(kind);
        let options = StoreOptions::new().session_timeout(Duration::from_millis(LONG));
        let store = options.ticket_timeout(Duration::from_millis(ORPHAN)).open(&address).unwrap();
        let key = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
        let [mut owner, reader, writer] = people(&address);
        let _in_transit = store.put(Note::sized(3, 100)).unwrap().into_ticket().unwrap();
        if kind == "id" {
            remove_object(&store, &key); // After the removal, the key is one of another store.
        }
        assert!(remove(&server, kind, kind) > 0, "{kind}");
        owner.kill();
        // All leases are ended, so that the test does not wait for the lease of the killed session.
        let _ended = ask(&server, &["EVAL", END_LEASES, "1", &format!("{{ref:{kind}}}:sessions")]);
        drop((reader, writer));
        drop(store);
        until(&format!("the store goes after the removal of `{kind}`"), || {
            let last = StoreOptions::new().session_timeout(Duration::from_millis(LONG)).open(&address).unwrap();
            last.reap().unwrap();
            if !["id", "object"].contains(&kind) {
                remove_object(&last, &key);
            }
            drop(last);
            lasting(&server, kind).is_empty()
        });
    }
}

/// A script that ends the leases of all sessions of a store.
const END_LEASES: &str = "for _, session in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    redis.call('ZADD', KEYS[1], 1, session)
end";

/// A detached object is not taken for a leftover when the set that names it is removed.
#[test]
fn a_detached_object_outlives_the_removal_of_the_keys_that_name_it() {
    let server = RedisServer::start();
    let store = open(&server.address("a"));
    let key = store.put(Note::sized(3, 100)).unwrap().detach().unwrap();
    assert_eq!(remove(&server, "a", "unowned"), 1);
    drop(store);
    let store = open(&server.address("a"));
    assert_eq!((store.get(&key).unwrap().n, store.stats().unwrap().objects), (3, 1));
    assert!(store.remove(&key).unwrap());
    drop(store);
    assert_eq!(keys(&server), Vec::<String>::new());
}

/// A session timeout that a test can wait out, and in which a loaded machine renews the lease.
const LEASE: Duration = Duration::from_secs(2);

/// A pause of the server ends a lease just as a pause of the session does: a lease ends by the server's clock.
#[test]
fn a_server_that_stands_still_for_longer_than_the_lease_ends_every_session() {
    let server = RedisServer::start();
    let options = StoreOptions::new().session_timeout(LEASE);
    let [one, other] = [(); 2].map(|()| options.clone().open(&server.address("a")).unwrap());
    let mut owned = one.put(Note::sized(3, 100)).unwrap();
    server.signal("STOP");
    let stopped = Instant::now();
    until("the leases have run out", || stopped.elapsed() > 2 * LEASE);
    server.signal("CONT");
    until("the sessions are lost", || {
        let ended = |error: ref_core::Error| error.kind() == ErrorKind::SessionLost;
        owned.lend().map(drop).is_err_and(ended) && other.put(1_u64).map(drop).is_err_and(ended)
    });
    let anew = open(&server.address("a"));
    owned.reattach(&anew).unwrap();
    assert_eq!(owned.borrow().unwrap().n, 3, "nothing was deleted");
}
