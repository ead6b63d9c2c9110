//! Counts the requests that calls make.

use crate::{ask, open};
use ref_core::{ErrorKind, Exclusive, Shared, Ticket};
use ref_tests::RedisServer;

/// Returns how often the server has run a function so far.
fn calls(server: &RedisServer) -> u64 {
    let text: String = redis::from_redis_value(ask(server, &["INFO", "commandstats"])).unwrap();
    let of = |line: &str| line.strip_prefix("cmdstat_fcall:calls=")?.split(',').next()?.parse().ok();
    text.lines().find_map(of).unwrap_or(0)
}

/// Returns how many bytes the server has sent so far.
fn sent(server: &RedisServer) -> u64 {
    let text: String = redis::from_redis_value(ask(server, &["INFO", "stats"])).unwrap();
    text.lines().find_map(|line| line.strip_prefix("total_net_output_bytes:")?.trim().parse().ok()).unwrap()
}

#[test]
fn an_adoption_fetches_the_first_bytes_and_the_first_borrow_all() {
    const LENGTH: usize = 5 << 20; // A process caches no version of this size.
    let server = RedisServer::start();
    let (before, after) = (open(&server.address("a")), open(&server.address("a")));
    let key = before.put(vec![7_u8; LENGTH]).unwrap().detach().unwrap();
    let begun = sent(&server);
    let owned = after.adopt(key).unwrap();
    assert!(sent(&server) - begun < LENGTH as u64 / 50, "{} bytes", sent(&server) - begun);
    assert_eq!(owned.borrow().unwrap().len(), LENGTH);
    assert!(sent(&server) - begun > LENGTH as u64);

    // A value that is given along spares the rest. What differs only there is told by the checksum in the header.
    let (key, begun) = (owned.detach().unwrap(), sent(&server));
    let mut other = vec![7_u8; LENGTH];
    other[LENGTH - 1] = 8;
    assert_eq!(before.adopt_with(key.clone(), other).unwrap_err().kind(), ErrorKind::Diverged);
    assert!(before.adopt_with(key, vec![7; LENGTH]).unwrap().is_loaded());
    assert!(sent(&server) - begun < LENGTH as u64 / 50, "{} bytes", sent(&server) - begun);
}

/// A ticket that was written as text does not tell the loan that it is redeemed. So the end of the loan has to ask the
/// server, in the request that ends the loan.
#[test]
fn an_exclusive_loan_makes_four_requests() {
    let server = RedisServer::start();
    let (lender, borrower) = (open(&server.address("a")), open(&server.address("a")));
    let mut owned = lender.put(1_u64).unwrap();
    for n in 0..10 {
        let before = calls(&server);
        let loan = owned.lend_mut().unwrap();
        let ticket: Ticket<u64, Exclusive> = loan.ticket().unwrap().to_text().parse().unwrap();
        let mut lease = borrower.redeem(ticket).unwrap();
        *lease.borrow_mut().unwrap() = n;
        lease.commit().unwrap();
        assert!(loan.end().unwrap().committed.is_some());
        // In the first round a session may also send the description of the type.
        assert!(n == 0 || calls(&server) - before == 4, "to lend, redeem, commit and end");
    }
}

#[test]
fn a_borrow_makes_two_requests_and_an_object_two() {
    let server = RedisServer::start();
    let (lender, borrower) = (open(&server.address("a")), open(&server.address("a")));
    let loan = lender.put(1_u64).unwrap().into_loan().unwrap();
    let ticket: Ticket<u64, Shared> = loan.ticket().unwrap();
    for n in 0..10 {
        let before = calls(&server);
        let lease = borrower.redeem(ticket.clone()).unwrap();
        assert_eq!(*lease.borrow().unwrap(), 1);
        lease.release().unwrap();
        assert!(n == 0 || calls(&server) - before == 2, "to redeem and to release");
        let before = calls(&server);
        lender.put(2_u64).unwrap().remove().unwrap();
        assert!(n == 0 || calls(&server) - before == 2, "to put and to remove");
    }
}
