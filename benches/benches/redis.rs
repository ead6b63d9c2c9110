//! Measures the cost of a store in a Redis server, as multiples of that server's PING over the same socket.
//!
//! The cases alternate, so that other load of the machine affects all of them alike. Arguments pick cases: those whose
//! names contain one of them.

use ref_core::{Exclusive, Owned, Ownership, Shared, Store, Ticket};
use ref_tests::RedisServer;
use std::error::Error;
use std::time::Instant;

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// The number of rounds. Each has `CALLS` calls of each case.
const ROUNDS: usize = 40;
const CALLS: u32 = 25;

struct Case {
    name: &'static str,
    act: Box<dyn FnMut() -> Done>,
    /// How many microseconds a call took on average, in each round.
    took: Vec<f64>,
}

fn main() -> Done {
    let server = RedisServer::start();
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let mut cases = cases(&server)?;
    cases.retain(|case| case.name == "PING" || wanted.is_empty() || wanted.iter().any(|part| case.name.contains(part)));
    for _ in 0..ROUNDS {
        for case in &mut cases {
            let began = Instant::now();
            (0..CALLS).try_for_each(|_| (case.act)())?;
            case.took.push(began.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS));
        }
    }
    report(&mut cases);
    Ok(())
}

fn report(cases: &mut [Case]) {
    println!("{:<48} {:>9} {:>9} {:>9} {:>8}", "microseconds a call", "median", "least", "most", "x PING");
    let mut ping = 1.0;
    for case in cases {
        case.took.sort_by(f64::total_cmp);
        let (median, least, most) = (case.took[ROUNDS / 2], case.took[0], case.took[ROUNDS - 1]);
        if case.name == "PING" {
            ping = median;
        }
        println!("{:<48} {median:>9.1} {least:>9.1} {most:>9.1} {:>8.2}", case.name, median / ping);
    }
}

fn cases(server: &RedisServer) -> Done<Vec<Case>> {
    let address = server.address("bench");
    let open = || Store::open(&address);
    let socket = redis::ConnectionAddr::Unix(server.socket());
    let mut plain = redis::Client::open(socket)?.get_connection()?;
    let case = |name, act| Case { name, act, took: Vec::new() };
    let ping = move || Ok(redis::cmd("PING").query::<()>(&mut plain)?);
    Ok(vec![
        case("PING", Box::new(ping)),
        case("borrow, read 100 B, release (not awaited)", Box::new(borrow(open()?, open()?, 100)?)),
        case("borrow, read 1 MiB, release (not awaited)", Box::new(borrow(open()?, open()?, 1 << 20)?)),
        case("lend exclusively, commit 100 B, end", Box::new(commit(open()?, open()?, 100)?)),
        case("lend exclusively, commit 1 MiB, end", Box::new(commit(open()?, open()?, 1 << 20)?)),
        case("put and drop 100 B", Box::new(put(open()?, 100))),
        case("hand over and back", Box::new(hand_over(open()?, open()?)?)),
    ])
}

fn value(size: usize) -> String {
    "x".repeat(size)
}

fn borrow(lender: Store, borrower: Store, size: usize) -> Done<impl FnMut() -> Done> {
    let loan = lender.put(value(size))?.into_loan()?;
    let ticket: Ticket<String, Shared> = loan.ticket()?;
    Ok(move || {
        let _lent = &loan;
        let lease = borrower.redeem(ticket.clone())?;
        std::hint::black_box(lease.borrow()?.len());
        Ok(())
    })
}

fn commit(lender: Store, borrower: Store, size: usize) -> Done<impl FnMut() -> Done> {
    let mut owned = lender.put(value(size))?;
    Ok(move || {
        let loan = owned.lend_mut()?;
        let ticket: Ticket<String, Exclusive> = loan.ticket()?;
        let mut lease = borrower.redeem(ticket)?;
        lease.borrow_mut()?.replace_range(0..1, "y");
        lease.commit()?;
        let _ = loan.end()?;
        Ok(())
    })
}

fn put(store: Store, size: usize) -> impl FnMut() -> Done {
    move || Ok(store.put(value(size))?.remove()?)
}

fn hand_over(here: Store, there: Store) -> Done<impl FnMut() -> Done> {
    let mut owned: Option<Owned<String>> = Some(here.put(value(100))?);
    Ok(move || {
        for store in [&there, &here] {
            let ticket: Ticket<String, Ownership> = owned.take().ok_or("it was lost")?.into_ticket()?;
            owned = Some(store.claim(ticket)?);
        }
        Ok(())
    })
}
