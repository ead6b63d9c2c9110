//! Calls that wait for other sessions: the server wakes these calls, and they do not ask it all the time.

use crate::{ask, open, until};
use ref_tests::RedisServer;
use std::time::Instant;

/// Returns the number that stands after `field` in the lines of `INFO`.
fn info(server: &RedisServer, section: &str, field: &str) -> u64 {
    let text: String = redis::from_redis_value(ask(server, &["INFO", section])).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix(field));
    lines.filter_map(|rest| rest.split(',').next()?.parse::<u64>().ok()).sum()
}

/// Returns how often sessions have called a function.
fn calls(server: &RedisServer) -> u64 {
    info(server, "commandstats", "cmdstat_fcall:calls=")
}

#[test]
fn a_waiting_lender_is_woken_by_a_message() {
    let server = RedisServer::start();
    let (lender, borrower) = (open(&server.address("a")), open(&server.address("a")));
    let owned = lender.put(1_u64).unwrap();
    let loan = owned.lend().unwrap();
    let lease = borrower.redeem(loan.ticket().unwrap()).unwrap();
    std::thread::scope(|scope| {
        let ends = scope.spawn(|| loan.end().unwrap());
        until("the lender waits", || info(&server, "commandstats", "cmdstat_subscribe:calls=") == 2);
        until("the object has a note", || {
            let object = crate::keys(&server).into_iter().find(|key| key.contains(":object:")).unwrap();
            ask(&server, &["HGET", &object, "W"]) != redis::Value::Nil
        });
        drop(lease);
        let _ = ends.join().unwrap();
    });
    assert!(info(&server, "commandstats", "cmdstat_publish:calls=") >= 1);
}

/// Each waiting call looks at its object about once a second.
#[test]
fn two_hundred_waiting_calls_share_a_connection_and_ask_seldom() {
    const WAITING: usize = 200;
    let server = RedisServer::start();
    let (lender, borrower) = (open(&server.address("a")), open(&server.address("a")));
    let before = info(&server, "clients", "connected_clients:");
    let owned: Vec<_> = (0..WAITING).map(|n| lender.put(n).unwrap()).collect();
    let loans: Vec<_> = owned.iter().map(|owned| owned.lend().unwrap()).collect();
    let leases: Vec<_> = loans.iter().map(|loan| borrower.redeem(loan.ticket().unwrap()).unwrap()).collect();
    std::thread::scope(|scope| {
        let waits: Vec<_> = loans.into_iter().map(|loan| scope.spawn(move || loan.end().unwrap())).collect();
        let noted = || info(&server, "commandstats", "cmdstat_exists:calls=") as usize;
        until("all of them wait", || noted() >= WAITING);
        let (began, first) = (Instant::now(), calls(&server));
        until("they have looked again", || noted() >= 3 * WAITING);
        // A look is two calls: one tries to end the loan, and one notes the wait.
        let looks = (began.elapsed().as_secs_f64() + 1.0) * WAITING as f64;
        let ran = (calls(&server) - first) as f64;
        assert!(ran < looks * 4.0, "{ran} calls for {looks} looks");
        assert!(info(&server, "clients", "connected_clients:") <= before + 2, "one more, and that of this test");
        drop(leases);
        waits.into_iter().for_each(|wait| drop(wait.join().unwrap()));
    });
}

/// If a message is lost with its connection, the call finds out only by its next look.
#[test]
fn a_wait_whose_message_is_lost_ends_nevertheless() {
    let server = RedisServer::start();
    let (lender, borrower) = (open(&server.address("a")), open(&server.address("a")));
    let owned = lender.put(1_u64).unwrap();
    let loan = owned.lend().unwrap();
    let lease = borrower.redeem(loan.ticket().unwrap()).unwrap();
    std::thread::scope(|scope| {
        let ends = scope.spawn(|| loan.end().unwrap());
        until("the lender waits", || info(&server, "commandstats", "cmdstat_subscribe:calls=") >= 2);
        let _killed = ask(&server, &["CLIENT", "KILL", "TYPE", "pubsub"]);
        let object = crate::keys(&server).into_iter().find(|key| key.contains(":object:")).unwrap();
        let _unnoted = ask(&server, &["HDEL", &object, "W"]);
        drop(lease);
        let _ = ends.join().unwrap();
    });
}

/// A server that takes no further client sends no messages, and the calls look at their objects instead.
#[test]
fn a_call_waits_where_the_server_takes_no_further_client() {
    let server = RedisServer::start_with(&["--maxclients", "21"]);
    let (lender, borrower) = (open(&server.address("a")), open(&server.address("a")));
    let fill = |socket| redis::Client::open(redis::ConnectionAddr::Unix(socket)).unwrap().get_connection();
    let more: Vec<_> = std::iter::from_fn(|| fill(server.socket()).ok()).collect();
    let owned = lender.put(1_u64).unwrap();
    let loan = owned.lend().unwrap();
    let lease = borrower.redeem(loan.ticket().unwrap()).unwrap();
    std::thread::scope(|scope| {
        let ends = scope.spawn(|| loan.end().unwrap());
        drop(lease);
        let _ = ends.join().unwrap();
    });
    drop(more);
}
