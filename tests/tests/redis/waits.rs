//! Calls that wait for other sessions. The server wakes such a call, so the call does not ask the server all the time.

use crate::{ask, keys, open, until};
use redis::Connection;
use ref_core::{Lease, Shared, Store};
use ref_tests::RedisServer;
use std::time::{Duration, Instant};

/// The time after which a waiting call looks at its object if no message comes.
const PERIOD: Duration = Duration::from_secs(1);

fn connect(server: &RedisServer) -> Connection {
    redis::Client::open(redis::ConnectionAddr::Unix(server.socket())).unwrap().get_connection().unwrap()
}

/// Returns the sum of the numbers after `field` in the lines of a section of `INFO`.
fn info(observer: &mut Connection, section: &str, field: &str) -> u64 {
    let text: String = redis::cmd("INFO").arg(section).query(observer).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix(field));
    lines.filter_map(|rest| rest.split(',').next()?.parse::<u64>().ok()).sum()
}

/// Returns how often the server was given a command.
fn count(observer: &mut Connection, command: &str) -> u64 {
    info(observer, "commandstats", &format!("cmdstat_{command}:calls="))
}

/// Lends an object from the first session to the second, and waits for the loan's end in a thread. When that thread
/// waits, `then` gets the lease. Returns how long the wait took.
fn wait_for(
    observer: &mut Connection,
    [lender, borrower]: &[Store; 2],
    then: impl FnOnce(Lease<u64, Shared>),
) -> Duration {
    let owned = lender.put(1_u64).unwrap();
    let loan = owned.lend().unwrap();
    let lease = borrower.redeem(loan.ticket().unwrap()).unwrap();
    let (began, before) = (Instant::now(), count(observer, "fcall"));
    std::thread::scope(|scope| {
        let ends = scope.spawn(|| loan.end().unwrap());
        // A look is three calls, and the third notes the wait. After two more calls, the lender waits.
        until("the lender waits", || count(observer, "fcall") >= before + 5);
        then(lease);
        let _ = ends.join().unwrap();
    });
    began.elapsed()
}

fn sessions(server: &RedisServer) -> [Store; 2] {
    [0; 2].map(|_| open(&server.address("a")))
}

/// Without a message, each of these waits would take at least as long as the time between two looks. On a loaded
/// machine some of them take that long with a message, too.
#[test]
fn a_waiting_lender_is_woken_by_a_message() {
    let server = RedisServer::start();
    let (sessions, mut observer) = (sessions(&server), connect(&server));
    until("a wait ends before the next look", || wait_for(&mut observer, &sessions, drop) < PERIOD);
    assert!(count(&mut observer, "publish") >= 1);
}

#[test]
fn two_hundred_waiting_calls_share_a_connection_and_ask_seldom() {
    const WAITING: usize = 200;
    const LOOKS: usize = 6;
    let server = RedisServer::start();
    let ([lender, borrower], mut observer) = (sessions(&server), connect(&server));
    let before = info(&mut observer, "clients", "connected_clients:");
    let owned: Vec<_> = (0..WAITING).map(|n| lender.put(n).unwrap()).collect();
    let loans: Vec<_> = owned.iter().map(|owned| owned.lend().unwrap()).collect();
    let leases: Vec<_> = loans.iter().map(|loan| borrower.redeem(loan.ticket().unwrap()).unwrap()).collect();
    std::thread::scope(|scope| {
        let waits: Vec<_> = loans.into_iter().map(|loan| scope.spawn(move || loan.end().unwrap())).collect();
        until("messages come", || count(&mut observer, "subscribe") >= 2);
        let (began, first) = (Instant::now(), count(&mut observer, "fcall"));
        until("they have looked several times", || count(&mut observer, "exists") as usize >= LOOKS * WAITING);
        let ran = (count(&mut observer, "fcall") - first) as usize;
        // A look is three calls: they try to end the loan, look at the borrow, and note the wait. Each waiting call
        // looks twice when it begins, once while it learns that messages come, and then once in a period.
        let looks = WAITING * (3 + began.elapsed().div_duration_f64(PERIOD) as usize);
        assert!(ran <= 3 * looks, "{ran} calls for at most {looks} looks");
        until("one connection more than before the waits is left", || {
            info(&mut observer, "clients", "connected_clients:") <= before + 1
        });
        drop(leases);
        waits.into_iter().for_each(|wait| drop(wait.join().unwrap()));
    });
}

/// The call finds the end of the borrow by its next look.
#[test]
fn a_wait_whose_message_is_lost_ends_nevertheless() {
    let server = RedisServer::start();
    let (sessions, mut observer) = (sessions(&server), connect(&server));
    for is_broken in [false, true] {
        let _took = wait_for(&mut observer, &sessions, |lease| {
            if is_broken {
                let _killed = ask(&server, &["CLIENT", "KILL", "TYPE", "pubsub"]);
            }
            // Without the note of the wait, the server sends no message.
            let object = keys(&server).into_iter().find(|key| key.contains(":object:")).unwrap();
            let _unnoted = ask(&server, &["HDEL", &object, "W"]);
            drop(lease);
        });
    }
}

/// A server that takes no further client sends no messages, and the calls look at their objects instead.
#[test]
fn a_call_waits_where_the_server_takes_no_further_client() {
    let server = RedisServer::start_with(&["--maxclients", "21"]);
    let (sessions, mut observer) = (sessions(&server), connect(&server));
    let fill = || redis::Client::open(redis::ConnectionAddr::Unix(server.socket())).unwrap().get_connection();
    let more: Vec<_> = std::iter::from_fn(|| fill().ok()).collect();
    let _took = wait_for(&mut observer, &sessions, drop);
    assert_eq!(count(&mut observer, "subscribe"), 0, "no connection for messages was made");
    drop(more);
}

/// A future at a server that stands still has a thread of its own. So a future at another server is ready, while that one
/// still waits for its reply.
#[cfg(feature = "async")]
#[test]
fn a_server_that_stands_still_delays_no_future_at_another() {
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};
    let servers = [(); 2].map(|()| RedisServer::start());
    let long = Duration::from_millis(crate::LONG);
    let store = |server: &RedisServer| {
        let options = ref_core::StoreOptions::new().session_timeout(long).server_timeout(long);
        options.open(&server.address("a")).unwrap()
    };
    let [still, other] = [store(&servers[0]), store(&servers[1])];
    let keys = [&still, &other].map(|store| store.put(7_u64).unwrap().detach().unwrap());
    servers[0].signal("STOP");
    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }
    let mut waits = pin!(still.wait_async(&keys[0]));
    assert!(poll(waits.as_mut()).is_pending());
    let mut ready = pin!(other.wait_async(&keys[1]));
    until("the future at the other server is ready", || matches!(poll(ready.as_mut()), Poll::Ready(Ok(7))));
    assert!(poll(waits.as_mut()).is_pending(), "it came after the reply of the server that stands still");
    servers[0].signal("CONT");
    until("the server goes on", || matches!(poll(waits.as_mut()), Poll::Ready(Ok(7))));
}
