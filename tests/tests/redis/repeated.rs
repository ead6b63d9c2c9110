//! A post, a request whose reply no call waits for, takes effect, also if the server is away or refuses writes at
//! first.

use crate::{LONG, ask, hasty, keys, open, sure, surely, until};
use ref_core::{ErrorKind, Exclusive, Key, Lease, Loan, Owned, Shared, Store, StoreOptions};
use ref_tests::RedisServer;
use ref_tests::proxy::Proxy;
use std::time::Duration;

/// Three loans: two with a reader and one with a writer.
struct Lent<'a> {
    shared: [Loan<'a, u64, Shared>; 2],
    exclusive: Loan<'a, u64, Exclusive>,
}

impl<'a> Lent<'a> {
    fn of([first, second, third]: &'a mut [Owned<u64>; 3]) -> Self {
        Self { shared: [first.lend().unwrap(), second.lend().unwrap()], exclusive: third.lend_mut().unwrap() }
    }

    fn redeem(&self, store: &Store) -> (Vec<Lease<u64, Shared>>, Lease<u64, Exclusive>) {
        let of = |loan: &Loan<_, _>| surely(loan.ticket().unwrap(), |ticket| store.redeem_or_return(ticket));
        let exclusive = surely(self.exclusive.ticket().unwrap(), |ticket| store.redeem_or_return(ticket));
        (self.shared.iter().map(of).collect(), exclusive)
    }

    /// Waits until the borrowers have given everything back, and ends the loans.
    fn end(self) {
        for loan in self.shared {
            let _ = loan.end().unwrap();
        }
        let _ = self.exclusive.end().unwrap();
    }
}

#[test]
fn what_is_dropped_while_the_server_is_away_is_given_back_later() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let (lender, borrower) = (open(&server.address("a")), hasty(&proxy.address("a")));
    let mut owned = [1, 2, 3].map(|n: u64| lender.put(n).unwrap());
    let lent = Lent::of(&mut owned);
    let leases = lent.redeem(&borrower);
    proxy.lead_to(&server.folder().join("nowhere"));
    drop(leases);
    for _ in 0..4 {
        let error = borrower.stats().unwrap_err();
        assert!([ErrorKind::Unreachable, ErrorKind::Indeterminate].contains(&error.kind()), "{error}");
    }
    proxy.lead_to(&server.socket());
    lent.end();
    assert_eq!(sure(|| borrower.stats()).unwrap().sessions, 2, "the session lives");
}

#[test]
fn what_is_dropped_while_the_server_refuses_writes_is_given_back_later() {
    let server = RedisServer::start();
    let (lender, borrower) = (open(&server.address("a")), open(&server.address("a")));
    let mut owned = [1, 2, 3].map(|n: u64| lender.put(n).unwrap());
    let lent = Lent::of(&mut owned);
    let leases = lent.redeem(&borrower);
    // A folder in the place of the server's file makes each save fail. Then the server takes no writes.
    std::fs::create_dir(server.folder().join("dump.rdb")).unwrap();
    let _scheduled = ask(&server, &["CONFIG", "SET", "save", "3600 1"]);
    let _begun = ask(&server, &["BGSAVE"]);
    until("the server refuses writes", || {
        let text: String = redis::from_redis_value(ask(&server, &["INFO", "persistence"])).unwrap();
        text.contains("rdb_last_bgsave_status:err")
    });
    drop(leases);
    for _ in 0..4 {
        let error = borrower.stats().unwrap_err(); // The call comes after the releases.
        assert_eq!(error.kind(), ErrorKind::StoreFull, "{error}");
    }
    let _goes_on = ask(&server, &["CONFIG", "SET", "stop-writes-on-bgsave-error", "no"]);
    lent.end();
}

#[test]
fn an_owner_that_is_dropped_while_the_server_is_away_removes_its_object_later() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let (other, store) = (open(&server.address("a")), hasty(&proxy.address("a")));
    let owned: Vec<Owned<u64>> = (0..3).map(|n| surely(n, |value| store.put_or_return(value))).collect();
    proxy.lead_to(&server.folder().join("nowhere"));
    drop(owned);
    assert!(store.stats().is_err(), "the server is away");
    assert_eq!(other.stats().unwrap().objects, 3);
    proxy.lead_to(&server.socket());
    until("the objects go", || other.stats().unwrap().objects == 0);
    assert_eq!(other.stats().unwrap().sessions, 2, "the session lives");
}

#[test]
fn what_is_left_behind_while_the_server_is_away_is_detached_later() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let (other, store) = (open(&server.address("a")), hasty(&proxy.address("a")));
    let owned = surely(7_u64, |value| store.put_or_return(value));
    let loan = surely(owned, Owned::into_loan_or_return);
    let lease = other.redeem(loan.ticket().unwrap()).unwrap();
    proxy.lead_to(&server.folder().join("nowhere"));
    let error = loan.end_timeout(Duration::ZERO).map(drop).unwrap_err();
    let key: Key<u64> = error.key().unwrap().parse().unwrap();
    assert_eq!(other.stats().unwrap().detached, 0);
    proxy.lead_to(&server.socket());
    until("the loan is revoked, and the object detached", || other.stats().unwrap().detached == 1);
    drop(lease);
    assert_eq!(other.adopt(key).unwrap().into_inner().unwrap(), 7);
}

/// A stranger's change may make a release fail for ever. The session's other requests do not wait for it.
#[test]
fn a_release_that_never_succeeds_is_in_no_other_request_s_way() {
    let server = RedisServer::start();
    let (lender, borrower) = (open(&server.address("a")), open(&server.address("a")));
    let owned = lender.put(1_u64).unwrap();
    let loan = owned.lend().unwrap();
    let lease = borrower.redeem(loan.ticket().unwrap()).unwrap();
    let keys = keys(&server);
    let object = keys.iter().find(|key| key.contains(":object:")).unwrap();
    let _damaged = ask(&server, &["SET", object, "damaged"]);
    drop(lease);
    assert_eq!(borrower.put(2_u64).unwrap().into_inner().unwrap(), 2);
    std::mem::forget(loan);
}

/// The background thread repeats the requests of all sessions. One attempt does not wait for long, so the sessions take
/// turns.
#[test]
fn a_request_that_is_never_answered_keeps_no_other_session_s_from_being_repeated() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let options = StoreOptions::new().session_timeout(Duration::from_millis(LONG));
    let patient = options.server_timeout(Duration::from_millis(LONG));
    let [first, second] = [0; 2].map(|_| patient.open(&proxy.address("a")).unwrap());
    let lender = open(&server.address("a"));
    let mut owned = [1, 2].map(|n: u64| lender.put(n).unwrap());
    let [written, read] = &mut owned;
    let (exclusive, shared) = (written.lend_mut().unwrap(), read.lend().unwrap());
    let writer = first.redeem(exclusive.ticket().unwrap()).unwrap();
    let reader = second.redeem(shared.ticket().unwrap()).unwrap();

    let (tell, is_lost) = std::sync::mpsc::channel();
    let mut released = 0;
    proxy.pass_only(move |request| {
        if request.ends_with("_abort") {
            let _heard_before = tell.send(());
        }
        released += u32::from(request.ends_with("_give_back"));
        !request.ends_with("_abort") && (!request.ends_with("_give_back") || released > 1)
    });
    drop(writer);
    is_lost.recv().unwrap();
    drop(reader);
    // No call of this process repeats the release: only the background thread does.
    until("the release is repeated", || !keys(&server).iter().any(|key| key.contains(":readers:")));
    proxy.pass_all();
    proxy.break_all();
    let _ = shared.end().unwrap();
    let _ = exclusive.end().unwrap();
}
