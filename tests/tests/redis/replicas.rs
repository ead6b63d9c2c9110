//! Commits that replicas acknowledge, with real replicas that are paused, cut off, or take over.

use crate::servers::{owned as options, said_of_replication};
use crate::{LONG, ask, keys, open, sure, sure_with, surely, until};
use ref_core::{ErrorKind, Lease, Store, StoreOptions};
use ref_tests::RedisServer;
use ref_tests::proxy::Proxy;
use std::time::{Duration, Instant};

/// Starts a primary and its replica. Returns both when the replica has everything so far.
fn pair() -> (RedisServer, RedisServer) {
    let (primary, replica, _) = pair_on_port();
    (primary, replica)
}

/// Does what [`pair`] does, and also returns the replica's port.
fn pair_on_port() -> (RedisServer, RedisServer, String) {
    let (primary, [port]) =
        RedisServer::start_on_ports(|[port]| options(&["--port", port, "--repl-diskless-sync-delay", "0"]));
    let with_port = |[own]: &[String; 1]| {
        options(&["--port", own, "--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", &port])
    };
    let (replica, [own]) = RedisServer::start_on_ports(with_port);
    until_online(&primary, &replica);
    (primary, replica, own)
}

fn until_online(primary: &RedisServer, replica: &RedisServer) {
    until("the replica is there", || {
        said_of_replication(replica, "master_link_status") == "up"
            && said_of_replication(primary, "connected_slaves") == "1"
            && said_of_replication(primary, "slave0").contains("state=online")
    });
}

/// Opens a session whose commits wait for one replica, for up to `timeout`.
fn careful(address: &str, timeout: Duration) -> Store {
    let options = StoreOptions::new().session_timeout(Duration::from_millis(LONG)).replicas(1);
    sure(|| options.clone().server_timeout(timeout).open(address)).unwrap()
}

const SHORT: Duration = Duration::from_millis(300);
/// A session timeout that a test can wait out, and in which a loaded machine renews the lease.
const LEASE: Duration = Duration::from_secs(2);
const PATIENT: Duration = Duration::from_secs(120);

#[test]
fn a_change_that_no_replica_has_is_committed_and_told() {
    let (primary, replica) = pair();
    let address = primary.address("a");
    let (patient, hasty) = (careful(&address, PATIENT), careful(&address, SHORT));
    let ticket = patient.put(1_u64).unwrap().into_ticket().unwrap();
    let mut owned = surely(ticket, |ticket| hasty.claim_or_return(ticket));
    let mut lent = open(&address).put(1_u64).unwrap();
    let loan = lent.lend_mut().unwrap();
    let mut lease = surely(loan.ticket().unwrap(), |ticket| hasty.redeem_or_return(ticket));

    replica.signal("STOP");
    *owned.borrow_mut().unwrap() = 2;
    for _ in 0..2 {
        let error = sure(|| owned.flush()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CommittedNotReplicated, "{error}");
        assert!(error.is_retryable() && error.to_string().contains("0 of 1 replicas"), "{error}");
    }
    *lease.borrow_mut().unwrap() = 2;
    let refused = sure_with(lease, Lease::commit_or_return).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::CommittedNotReplicated, "{}", refused.error);
    let refused = sure_with(refused.handle, Lease::commit_or_return).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::CommittedNotReplicated, "the lease is as after a success");
    let _ = loan.end().unwrap();
    assert_eq!(*lent.borrow().unwrap(), 2, "the value is committed");

    replica.signal("CONT");
    let token = refused.handle.token();
    let again = |lease: Lease<_, _>| until_replicated(lease, Lease::commit_or_return);
    assert_eq!(again(refused.handle), token);
    until("a replica has it", || owned.flush().is_ok());
    let ticket = until_replicated(owned, ref_core::Owned::into_ticket_or_return);
    assert_eq!(*patient.claim(ticket).unwrap().borrow().unwrap(), 2);
}

/// The change is written by the first call, so the next calls have nothing to write. They wait for the replica too.
#[test]
fn each_call_after_a_change_that_no_replica_has_waits_again() {
    let (primary, replica) = pair();
    let hasty = careful(&primary.address("a"), SHORT);
    let ticket = open(&primary.address("a")).put(1_u64).unwrap().into_ticket().unwrap();
    let mut owned = surely(ticket, |ticket| hasty.claim_or_return(ticket));
    replica.signal("STOP");
    *owned.borrow_mut().unwrap() = 2;
    for _ in 0..2 {
        let error = sure(|| owned.lend().map(drop)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CommittedNotReplicated, "{error}");
    }
    for _ in 0..2 {
        let error = sure(|| owned.lend_mut().map(drop)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CommittedNotReplicated, "{error}");
    }
    replica.signal("CONT");
    until("a replica has it", || owned.lend().is_ok());
    assert_eq!(*owned.borrow().unwrap(), 2);
}

/// The session is lost after the change, and another session of the owner waits for the replica too.
#[test]
fn a_reattached_owner_waits_for_the_replica_of_its_last_change() {
    let (primary, replica) = pair();
    let address = primary.address("a");
    let options = StoreOptions::new().session_timeout(LEASE).server_timeout(SHORT).replicas(1);
    let lost = sure(|| options.open(&address)).unwrap();
    let ticket = open(&address).put(1_u64).unwrap().into_ticket().unwrap();
    let mut owned = surely(ticket, |ticket| lost.claim_or_return(ticket));
    replica.signal("STOP");
    *owned.borrow_mut().unwrap() = 2;
    assert_eq!(sure(|| owned.flush()).unwrap_err().kind(), ErrorKind::CommittedNotReplicated);
    primary.signal("STOP");
    let stopped = Instant::now();
    until("the lease has run out", || stopped.elapsed() > 2 * LEASE);
    primary.signal("CONT");
    until("the session is lost", || owned.flush().is_err_and(|error| error.kind() == ErrorKind::SessionLost));

    let hasty = careful(&address, SHORT);
    sure(|| owned.reattach(&hasty)).unwrap();
    assert_eq!(sure(|| owned.flush()).unwrap_err().kind(), ErrorKind::CommittedNotReplicated);
    replica.signal("CONT");
    until("a replica has it", || owned.flush().is_ok());
}

/// Repeats a call until a replica has acknowledged its commit.
fn until_replicated<H, T: std::fmt::Debug>(handle: H, mut ask: impl FnMut(H) -> Result<T, ref_core::Refused<H>>) -> T {
    surely(handle, |mut handle| {
        loop {
            match ask(handle) {
                Err(refused) if refused.error.kind() == ErrorKind::CommittedNotReplicated => handle = refused.handle,
                done => return done,
            }
        }
    })
}

#[test]
fn a_lease_that_has_committed_takes_no_other_value() {
    let (primary, replica) = pair();
    let hasty = careful(&primary.address("a"), SHORT);
    let mut lent = open(&primary.address("a")).put(1_u64).unwrap();
    let loan = lent.lend_mut().unwrap();
    let mut lease = surely(loan.ticket().unwrap(), |ticket| hasty.redeem_or_return(ticket));
    replica.signal("STOP");
    *lease.borrow_mut().unwrap() = 2;
    let mut lease = sure_with(lease, Lease::commit_or_return).unwrap_err().handle;
    *lease.borrow_mut().unwrap() = 3;
    let refused = sure_with(lease, Lease::commit_or_return).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Diverged);
    drop(refused);
    let _ = loan.end().unwrap();
    assert_eq!(*lent.borrow().unwrap(), 2);
}

#[test]
fn a_put_that_no_replica_has_leaves_no_object() {
    let server = RedisServer::start();
    let hasty = careful(&server.address("a"), SHORT);
    let refused = sure_with(7_u64, |value| hasty.put_or_return(value)).unwrap_err();
    assert_eq!((refused.error.kind(), refused.handle), (ErrorKind::Timeout, 7), "{}", refused.error);
    assert_eq!(sure(|| hasty.stats()).unwrap().objects, 0);
    let owned = open(&server.address("a")).put(7_u64).unwrap();
    drop(hasty); // If the reply to this close is late, the other session recovers the closed one.
    drop(owned);
    assert_eq!(keys(&server), Vec::<String>::new());
}

#[test]
fn what_a_replica_has_acknowledged_survives_the_failover_to_it() {
    let (primary, replica) = pair();
    let proxy = Proxy::before(&primary.socket(), 1);
    let store = careful(&proxy.address("a"), PATIENT);
    let mut owned = store.put(0_u64).unwrap();
    for _ in 0..100 {
        *owned.borrow_mut().unwrap() += 1;
        owned.flush().unwrap();
    }
    primary.kill();
    let _promoted = ask(&replica, &["REPLICAOF", "NO", "ONE"]);
    proxy.lead_to(&replica.socket());
    let plain = open(&proxy.address("a"));
    drop(store);
    let loan = owned.lend().unwrap();
    assert_eq!(*plain.redeem(loan.ticket().unwrap()).unwrap().borrow().unwrap(), 100);
}

/// The replica that takes over has a replica of its own, and does not have the commit.
#[test]
fn a_failover_that_loses_a_commit_is_not_taken_for_its_acknowledgement() {
    let (primary, replica, port) = pair_on_port();
    let proxy = Proxy::before(&primary.socket(), 1);
    let store = careful(&proxy.address("a"), SHORT);
    let mut owned = until_put(&store);
    let _cut_off = ask(&replica, &["REPLICAOF", "127.0.0.1", "1"]);
    *owned.borrow_mut().unwrap() = 2;
    assert_eq!(sure(|| owned.flush()).unwrap_err().kind(), ErrorKind::CommittedNotReplicated);
    primary.kill();
    let _promoted = ask(&replica, &["REPLICAOF", "NO", "ONE"]);
    let next = RedisServer::start_with(&["--replicaof", "127.0.0.1", &port]);
    until_online(&replica, &next);
    proxy.lead_to(&replica.socket());
    let error = loop {
        match sure(|| owned.flush()) {
            Err(error) if error.kind() == ErrorKind::CommittedNotReplicated => {}
            flushed => break flushed.unwrap_err(),
        }
    };
    assert_eq!(error.kind(), ErrorKind::SessionLost, "{error}");
}

fn until_put(store: &Store) -> ref_core::Owned<u64> {
    loop {
        match store.put(1) {
            Err(error) if error.is_retryable() => {}
            put => return put.unwrap(),
        }
    }
}

/// `WAIT` counts the replicas that have the writes of its own connection, and the server obeyed the session's request
/// before it on another connection.
#[test]
fn a_lost_reply_is_not_taken_for_an_acknowledgement() {
    let (primary, replica) = pair();
    let proxy = Proxy::before(&primary.socket(), 1);
    let store = careful(&proxy.address("a"), SHORT);
    let mut owned = until_put(&store);
    replica.signal("STOP");
    *owned.borrow_mut().unwrap() = 2;
    assert_eq!(sure(|| owned.flush()).unwrap_err().kind(), ErrorKind::CommittedNotReplicated);
    proxy.mute(true);
    let error = owned.flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CommittedNotReplicated, "{error}");
    proxy.mute(false);
    for _ in 0..3 {
        let error = sure(|| owned.flush()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CommittedNotReplicated, "{error}");
    }
    replica.signal("CONT");
    until("the replica has it", || owned.flush().is_ok());
}
