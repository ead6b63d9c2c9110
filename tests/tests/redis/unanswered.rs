//! Calls whose answers were lost: each can be made again, also after other calls. If no handle has what such a call
//! took, that object, borrow or loan becomes what it was before.

use crate::{LONG, ask, hasty, keys, lose, lose_with, open, sure, surely, until};
use ref_core::{Error, ErrorKind, Exclusive, Key, Lease, Owned, Ownership, Refused, Store, StoreOptions, Ticket};
use ref_tests::RedisServer;
use ref_tests::proxy::Proxy;
use std::time::Duration;

/// A session whose answers can be lost, and one whose answers cannot.
struct Sessions {
    hasty: Store,
    other: Store,
    /// An object for calls that have nothing to do with the lost one.
    aside: Key<u64>,
    proxy: Proxy,
    _server: RedisServer,
}

impl Sessions {
    fn new() -> Self {
        let server = RedisServer::start();
        let proxy = Proxy::before(&server.socket(), 1);
        let (hasty, other) = (hasty(&proxy.address("a")), open(&server.address("a")));
        let aside = other.put(0_u64).unwrap().detach().unwrap();
        let sessions = Self { hasty, other, aside, proxy, _server: server };
        sessions.call();
        sessions
    }

    /// Makes other calls on the hasty session. After them, its connections are open.
    fn call(&self) {
        assert_eq!(sure(|| self.hasty.get(&self.aside)).unwrap(), 0);
        sure(|| self.hasty.stats()).unwrap();
    }

    /// Loses the answer to a call, and all later answers until `go_on`.
    fn lose<T>(&self, call: impl FnMut() -> Result<T, Error>) {
        lose(&self.proxy, &self.hasty, call);
    }

    /// Does the same for a call that gives its handle back. Returns the handle.
    fn lose_with<H, T>(&self, handle: H, call: impl FnMut(H) -> Result<T, Refused<H>>) -> H {
        lose_with(&self.proxy, &self.hasty, handle, call)
    }

    /// Lets answers come again, and makes other calls.
    fn go_on(&self) {
        self.proxy.mute(false);
        self.call();
    }

    /// Closes the hasty session. Returns the other session, the proxy and the server.
    fn close(self) -> (Store, (Proxy, RedisServer)) {
        let before = self.other.stats().unwrap().sessions;
        drop(self.hasty);
        until("the session is over", || self.other.stats().unwrap().sessions < before);
        self.proxy.mute(false);
        let _recovered = self.other.reap().unwrap();
        (self.other, (self.proxy, self._server))
    }
}

fn exclusive(text: &str) -> Ticket<u64, Exclusive> {
    text.parse().unwrap()
}

fn ownership(text: &str) -> Ticket<u64, Ownership> {
    text.parse().unwrap()
}

#[test]
fn a_call_without_an_answer_is_made_again_after_others() {
    let all = Sessions::new();

    let ticket = all.other.put(1_u64).unwrap().into_ticket().unwrap().to_text();
    all.lose(|| all.hasty.claim(ownership(&ticket)));
    all.go_on();
    let owned = sure(|| all.hasty.claim(ownership(&ticket))).unwrap();

    let owned = all.lose_with(owned, Owned::detach_or_return);
    all.go_on();
    assert_eq!(sure(|| owned.lend().map(drop)).unwrap_err().kind(), ErrorKind::Conflict, "it is detached");
    let key = surely(owned, Owned::detach_or_return);

    all.lose(|| all.hasty.remove(&key));
    all.go_on();
    assert_eq!(sure(|| all.hasty.get(&key)).unwrap_err().kind(), ErrorKind::Gone);
    assert!(sure(|| all.hasty.remove(&key)).unwrap(), "it was there");

    let mut owned = all.other.put(2_u64).unwrap();
    let loan = owned.lend_mut().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    all.lose(|| all.hasty.redeem(exclusive(&ticket)));
    all.go_on();
    let mut lease = sure(|| all.hasty.redeem(exclusive(&ticket))).unwrap();
    *lease.borrow_mut().unwrap() = 3;
    let _token = surely(lease, Lease::commit_or_return);
    let _ = loan.end().unwrap();
    assert_eq!(*owned.borrow().unwrap(), 3);
}

/// After two commits without an answer, the owner still names the version before the first of them.
#[test]
fn an_owner_s_commit_whose_answer_is_lost_twice_is_made_again() {
    let all = Sessions::new();
    let mut owned = surely(1_u64, |value| all.hasty.put_or_return(value));
    *owned.borrow_mut().unwrap() = 2;
    for _ in 0..2 {
        all.lose(|| owned.flush());
        all.go_on();
    }
    sure(|| owned.flush()).unwrap();
    let key = surely(owned, Owned::detach_or_return);
    assert_eq!(all.other.get(&key).unwrap(), 2);
}

#[test]
fn what_undoes_a_lost_call_leaves_other_borrows_and_loans_alone() {
    let all = Sessions::new();
    let owned = all.other.put(1_u64).unwrap();
    let loan = owned.lend().unwrap();
    let lease = sure(|| all.hasty.redeem(loan.ticket().unwrap())).unwrap();
    let mine = surely(2_u64, |value| all.hasty.put_or_return(value));
    let first = sure(|| mine.lend()).unwrap();

    all.lose(|| all.hasty.redeem(loan.ticket().unwrap()));
    all.go_on();
    assert!(sure(|| lease.is_current()).unwrap(), "the first borrow is held");
    assert!(loan.end_timeout(Duration::ZERO).is_err(), "it is not over");

    all.lose(|| mine.lend());
    all.go_on();
    assert_eq!(*all.other.redeem(first.ticket().unwrap()).unwrap().borrow().unwrap(), 2, "the first loan is open");
}

#[test]
fn what_was_taken_without_an_answer_is_as_before_when_the_session_is_closed() {
    let all = Sessions::new();
    let ticket = all.other.put(1_u64).unwrap().into_ticket().unwrap().to_text();
    all.lose(|| all.hasty.claim(ownership(&ticket)));
    let (other, _servers) = all.close();
    assert_eq!(other.claim(ownership(&ticket)).unwrap().into_inner().unwrap(), 1);
}

/// A departure without an answer leaves the owner with its caller. The drop of that owner takes effect after the claim
/// that undoes the departure. Before that claim the object is in transit, and the server would refuse the drop.
#[test]
fn an_owner_that_is_dropped_after_a_departure_without_an_answer_takes_its_object_along() {
    let all = Sessions::new();
    let owned = surely(1_u64, |value| all.hasty.put_or_return(value));
    drop(all.lose_with(owned, Owned::into_ticket_or_return));
    all.go_on();
    assert_eq!(all.other.stats().unwrap().objects, 1, "only the object for other calls is there");
}

/// The answer to the claim comes at last, and the request that undoes the claim does not arrive. No handle has the
/// object, so the close must not remove it with what the session owns.
#[test]
fn a_close_before_a_claim_is_undone_leaves_the_object() {
    let all = Sessions::new();
    let ticket = all.other.put(1_u64).unwrap().into_ticket().unwrap().to_text();
    all.lose(|| all.hasty.claim(ownership(&ticket)));
    all.proxy.pass_only(|request| !request.ends_with("_leave"));
    all.proxy.mute(false);
    let (other, _servers) = all.close();
    assert_eq!(other.claim(ownership(&ticket)).unwrap().into_inner().unwrap(), 1);
}

/// A session tells the server only at its close which answers it got. So the server assumes that a lost session got the
/// answer to its claim.
#[test]
fn an_object_that_a_lost_session_had_claimed_without_an_answer_is_an_orphan() {
    let all = Sessions::new();
    let owned = all.other.put(1_u64).unwrap();
    let ticket = owned.into_ticket().unwrap().to_text();
    all.lose(|| all.hasty.claim(ownership(&ticket)));
    let owner = |key: &String| redis::from_redis_value(ask(&all._server, &["HGET", key, "s"])).unwrap();
    let objects = || keys(&all._server).into_iter().filter(|key| key.contains(":object:"));
    let session: String = objects().find_map(|key| owner(&key)).unwrap();
    let _ended = ask(&all._server, &["ZADD", "{ref:a}:sessions", "1", &session]);
    all.proxy.mute(false);
    until("the session is lost", || all.hasty.put(2_u64).is_err_and(|error| error.kind() == ErrorKind::SessionLost));
    let _recovered = all.other.reap().unwrap();
    assert_eq!(all.other.stats().unwrap().objects, 2, "it is kept");
    let error = all.other.claim(ownership(&ticket)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyRedeemed, "{error}");
}

/// A release is obeyed, and its answer is lost. It is sent again, with a put behind it. The server has lost the
/// function library, and refuses the release. Another process loads the library. So the server obeys the put, though
/// its answer seems to be that of a request behind a lost one. Then nothing arrives any more.
#[test]
fn a_request_behind_a_repeated_one_that_the_server_refuses_may_have_been_obeyed() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let options = StoreOptions::new().session_timeout(Duration::from_millis(LONG));
    let options = options.server_timeout(Duration::from_secs(2));
    let store = sure(|| options.open(&proxy.address("a"))).unwrap();
    let other = open(&server.address("a"));
    let key = other.put(0_u64).unwrap().detach().unwrap();
    let owned = other.put(1_u64).unwrap();
    let loan = owned.lend().unwrap();
    let lease = surely(loan.ticket().unwrap(), |ticket| store.redeem_or_return(ticket));

    proxy.mute(true);
    let before = proxy.tried();
    drop(lease);
    until("the release arrives", || !keys(&server).iter().any(|key| key.contains(":readers:")));
    until("the background thread gives the connection up", || proxy.tried() > before);
    let _lost = ask(&server, &["FUNCTION", "FLUSH"]);
    let elsewhere = server.address("b");
    let (mut is_put, mut is_over) = (false, false);
    proxy.pass_only(move |request| {
        // On a slow machine the put may be sent again before the server has its first copy. In this case, too, nothing
        // more arrives.
        is_over |= is_put && (request == "FUNCTION LOAD" || request.ends_with("_put"));
        if request.ends_with("_put") && !is_put {
            is_put = true;
            drop(open(&elsewhere)); // Loads the library.
        }
        !is_over && request != "FUNCTION LOAD"
    });
    proxy.mute(false);
    let error = loop {
        match store.put(7_u64).map(drop).unwrap_err() {
            // The time was over before the put was sent.
            error if error.kind() == ErrorKind::Unreachable => {}
            error => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Indeterminate, "{error}");
    let objects = || keys(&server).iter().filter(|key| key.contains(":object:")).count();
    until("the put is obeyed", || objects() == 3);

    proxy.pass_all();
    proxy.break_all();
    assert_eq!(sure(|| store.get(&key)).unwrap(), 0, "a call gets its own answer");
    assert_eq!(objects(), 2, "the put is undone");
    let _ = loan.end().unwrap();
}
