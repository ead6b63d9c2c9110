//! Bad connections: no request is obeyed twice, and no acknowledged change is missing.

use crate::{LONG, hasty, keys, lose, lose_with, open, sure, surely, until};
use ref_core::{ErrorKind, Exclusive, Key, Lease, Loan, Owned, Store, StoreOptions, Ticket};
use ref_tests::proxy::{Faults, Proxy};
use ref_tests::{Note, RedisServer};
use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

fn patient(address: &str) -> Store {
    let options =
        StoreOptions::new().session_timeout(Duration::from_millis(LONG)).server_timeout(Duration::from_millis(400));
    sure(|| options.open(address)).unwrap()
}

#[test]
fn a_connection_breaks_after_any_byte() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let store = open(&proxy.address("a"));
    let mut owned = store.put(0_u64).unwrap();
    let mut counted = 0;
    for cut in [Proxy::cut_requests_after, Proxy::cut_answers_after] {
        for bytes in 0.. {
            cut(&proxy, bytes);
            *owned.borrow_mut().unwrap() += 1;
            owned.flush().unwrap();
            counted += 1;
            if !proxy.has_cut() {
                assert!(bytes > 10, "the requests and answers were not seen");
                cut(&proxy, -1);
                break;
            }
        }
    }
    owned.unload().unwrap();
    assert_eq!(*owned.borrow().unwrap(), counted);
    let loan = owned.lend_mut().unwrap();
    let token = store.redeem(loan.ticket().unwrap()).unwrap().token();
    assert_eq!(token.get(), counted + 3, "each commit has one number: none was made twice");
}

/// A release is sent without waiting for its reply, and the next request right after it. If the release does not
/// arrive, the server refuses the next request, since a request is missing before it. The server has not lost any data,
/// so the session goes on.
#[test]
fn a_lost_request_of_a_pair_is_not_taken_for_a_server_that_forgot() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let (lender, borrower) = (open(&server.address("a")), hasty(&proxy.address("a")));
    let owned = lender.put(1_u64).unwrap();
    let loan = owned.lend().unwrap();
    let mut other = surely(2_u64, |value| borrower.put_or_return(value));
    for n in 0..20 {
        let lease = sure(|| borrower.redeem(loan.ticket().unwrap())).unwrap();
        *other.borrow_mut().unwrap() = n;
        proxy.lose_request_after(0);
        drop(lease);
        sure(|| other.flush()).unwrap();
    }
    let _ = loan.end().unwrap();
    assert_eq!(surely(other, Owned::into_inner_or_return), 19);
}

/// Adopts objects that other sessions adopt too, adds one to the value of each, and detaches it again. Returns how many
/// times it did so.
fn count(store: &Store, keys: &[Key<u64>], go_on: impl Fn() -> bool, mut n: usize) -> u64 {
    let mut counted = 0;
    while go_on() {
        n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let key = &keys[(n >> 33) % keys.len()];
        let mut owned = match sure(|| store.adopt(key.clone())) {
            Err(error) if error.kind() == ErrorKind::Conflict => continue,
            adopted => adopted.unwrap(),
        };
        *owned.borrow_mut().unwrap() += 1;
        sure(|| owned.flush()).unwrap();
        counted += 1;
        let _key = surely(owned, Owned::detach_or_return);
    }
    assert!(counted > 0, "the objects were never free");
    sure(|| store.stats()).unwrap();
    counted
}

/// Lends an object to another session, again and again. That session commits with a new token each time. Returns the
/// number of commits.
fn lend(
    store: &Store,
    tickets: &mpsc::Sender<Ticket<Note, Exclusive>>,
    done: &mpsc::Receiver<bool>,
    go_on: impl Fn() -> bool,
) -> u64 {
    let mut owned = surely(Note::sized(0, 100), |note| store.put_or_return(note));
    let mut committed = 0;
    while go_on() {
        let mut lent = once(&mut owned, tickets, done);
        committed += lent.take().unwrap_or(0);
    }
    assert_eq!(sure(|| owned.borrow().map(|note| note.n)).unwrap(), committed);
    committed
}

fn once(
    owned: &mut Owned<Note>,
    tickets: &mpsc::Sender<Ticket<Note, Exclusive>>,
    done: &mpsc::Receiver<bool>,
) -> Option<u64> {
    let loan = match owned.lend_mut() {
        Ok(loan) => loan,
        Err(error) if error.is_retryable() => return None,
        Err(error) => panic!("{error}"),
    };
    tickets.send(loan.ticket().unwrap()).unwrap();
    let committed = done.recv().unwrap();
    assert_eq!(surely(loan, Loan::end_or_return).committed.is_some(), committed);
    Some(u64::from(committed))
}

fn borrow(
    store: &Store,
    tickets: &mpsc::Receiver<Ticket<Note, Exclusive>>,
    done: &mpsc::Sender<bool>,
    tokens: &Mutex<HashSet<(String, u64)>>,
) {
    for ticket in tickets {
        let mut lease = surely(ticket, |ticket| store.redeem_or_return(ticket));
        let known = (lease.id().to_string(), lease.token().get());
        assert!(tokens.lock().unwrap().insert(known), "a token was given twice");
        let n = sure(|| lease.borrow().map(|note| note.n)).unwrap();
        *lease.borrow_mut().unwrap() = Note::sized(n + 1, 100);
        let _token = surely(lease, Lease::commit_or_return);
        done.send(true).unwrap();
    }
}

/// The reply to a request that was given up is read before the reply to the next request. It is kept, and answers the
/// same request when that is made again.
#[test]
fn a_request_whose_answer_came_late_is_answered_when_it_is_made_again() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let (store, other) = (hasty(&proxy.address("a")), open(&server.address("a")));
    let known = other.put(0_u64).unwrap().detach().unwrap();
    let is_there = || assert!(sure(|| store.exists(&known)).unwrap());
    let go_on = || {
        proxy.mute(false);
        is_there(); // The late reply is read before the reply to this request.
    };

    let owned = surely(7_u64, |value| store.put_or_return(value));
    let owned = lose_with(&proxy, &store, owned, Owned::detach_or_return);
    go_on();
    let key = surely(owned, Owned::detach_or_return);
    assert_eq!(other.get(&key).unwrap(), 7);

    lose(&proxy, &store, || store.remove(&key));
    go_on();
    assert!(sure(|| store.remove(&key)).unwrap(), "it was there");
    assert!(!sure(|| store.remove(&key)).unwrap());

    let ticket = other.put(8_u64).unwrap().into_ticket().unwrap();
    let ticket = lose_with(&proxy, &store, ticket, |ticket| store.claim_or_return(ticket));
    go_on();
    let owned = surely(ticket, |ticket| store.claim_or_return(ticket));
    assert_eq!(surely(owned, Owned::into_inner_or_return), 8);
    assert!(other.remove(&known).unwrap());
}

/// The proxy that loses all replies from an adoption on.
static MUTED: Mutex<Option<Proxy>> = Mutex::new(None);

/// An adoption whose reply was lost can be made again. If it is not made again, the object becomes what it was before.
#[test]
fn an_adoption_whose_answer_was_lost_takes_nothing_along() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let store = hasty(&proxy.address("a"));
    let other = open(&server.address("a"));
    drop(open(&server.address("a"))); // Loads the function library into the server.
    let key = other.put(7_u64).unwrap().detach().unwrap();
    // Loses the reply to an adoption, and all later replies. The look at the object before is answered.
    let lose = |store: &Store, proxy: Proxy| {
        proxy.pass_only(|request| {
            if let Some(proxy) = MUTED.lock().unwrap().as_ref().filter(|_| request.ends_with("_adopt")) {
                proxy.mute(true);
            }
            true
        });
        *MUTED.lock().unwrap() = Some(proxy);
        loop {
            let error = store.adopt(key.clone()).map(drop).unwrap_err();
            match error.kind() {
                ErrorKind::Indeterminate => {
                    let proxy = MUTED.lock().unwrap().take().unwrap();
                    proxy.pass_all();
                    return proxy;
                }
                // The adoption was not sent, since an earlier request had no reply either.
                kind => assert_eq!(kind, ErrorKind::Unreachable, "{error}"),
            }
            MUTED.lock().unwrap().as_ref().unwrap().mute(false);
        }
    };

    let proxy = lose(&store, proxy);
    proxy.mute(false);
    let owned = surely(key.clone(), |key| store.adopt_or_return(key));
    assert_eq!(*owned.borrow().unwrap(), 7);
    let _key = surely(owned, Owned::detach_or_return);

    let proxy = lose(&store, proxy);
    proxy.mute(false);
    sure(|| store.stats()).unwrap();
    assert_eq!(other.get(&key).unwrap(), 7, "a later call has the adoption undone");

    let _proxy = lose(&store, proxy);
    drop(store); // The request that ends the session arrives, and its reply is lost.
    until("the session is over", || other.stats().unwrap().sessions == 1);
    let _recovered = other.reap().unwrap();
    assert_eq!(other.adopt(key).unwrap().into_inner().unwrap(), 7);
}

/// Makes 50,000 requests through a proxy that cuts connections, and loses, delays and repeats requests.
#[test]
fn many_requests_over_bad_connections_are_each_obeyed_once() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 7);
    let address = proxy.address("a");
    let store = patient(&address);
    let put = || surely(0_u64, |value| store.put_or_return(value));
    let keys_: Vec<Key<u64>> = (0..4).map(|_| surely(put(), Owned::detach_or_return)).collect();
    proxy.go_wrong(Faults { cut: 30, drop: 4, delay: 20, twice: 100 });
    let go_on = || proxy.counts().requests.load(Ordering::Relaxed) < 50_000;
    let tokens = Mutex::new(HashSet::new());
    let (counted, committed) = std::thread::scope(|scope| {
        let counters: Vec<_> = (0..4)
            .map(|n| {
                let (address, keys) = (&address, &keys_);
                scope.spawn(move || count(&patient(address), keys, go_on, n))
            })
            .collect();
        let lenders: Vec<_> = (0..2)
            .map(|_| {
                let ((tickets, offered), (done, told)) = (mpsc::channel(), mpsc::channel());
                let (address, tokens) = (&address, &tokens);
                scope.spawn(move || borrow(&patient(address), &offered, &done, tokens));
                scope.spawn(move || lend(&patient(address), &tickets, &told, go_on))
            })
            .collect();
        let counted: u64 = counters.into_iter().map(|thread| thread.join().unwrap()).sum();
        let committed: u64 = lenders.into_iter().map(|thread| thread.join().unwrap()).sum();
        (counted, committed)
    });
    proxy.go_wrong(Faults::default());
    let total: u64 = keys_.iter().map(|key| sure(|| store.get(key)).unwrap()).sum();
    assert_eq!(total, counted, "counters equal acknowledged commits");
    assert_eq!(tokens.lock().unwrap().len() as u64, committed);
    for key in &keys_ {
        assert!(sure(|| store.remove(key)).unwrap());
    }
    drop(store);
    let counts = proxy.counts();
    let requests = counts.requests.load(Ordering::Relaxed);
    eprintln!("{counted} counted, {committed} committed; {counts:?}");
    assert!(requests >= 50_000, "only {requests} requests were made");
    // A session whose `close` did not arrive is recovered when its lease has run out. So the store's clock is set two
    // days ahead.
    let later: u64 = redis::from_redis_value::<u64>(crate::ask(&server, &["GET", "{ref:a}:clock"])).unwrap_or(0);
    if later > 0 {
        let _set = crate::ask(&server, &["SET", "{ref:a}:clock", &(later + 2 * 24 * 60 * 60 * 1000).to_string()]);
        open(&server.address("a")).reap().unwrap();
    }
    assert_eq!(keys(&server), Vec::<String>::new());
}
