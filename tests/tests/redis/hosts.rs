//! Stores that several hosts use. A host is a network namespace, whose virtual cable is cut and healed.

use crate::sessions::end_lease;
use crate::{LONG, open, until};
use ref_core::{ErrorKind, LoanEndCause};
use ref_tests::cables::{cut, heal, in_namespaces, lay_cables};
use ref_tests::{Actor, Note, RedisServer};
use std::time::Duration;

/// Runs the test `inside` in new namespaces, as their root.
#[test]
fn hosts_that_are_cut_off_and_healed() {
    in_namespaces("hosts::inside");
}

const ADDRESS: &str = "redis://10.77.0.1:7000/0?store=a";

fn actor(host: &str) -> Actor {
    let mut actor = Actor::on_host(host);
    actor.ask(&format!("open {ADDRESS} {LONG} {LONG}")).ok();
    actor
}

#[test]
#[ignore = "run by `hosts_that_are_cut_off_and_healed`, in namespaces of its own"]
fn inside() {
    lay_cables();
    let server = RedisServer::start_with(&["--port", "7000", "--bind", "10.77.0.1", "--protected-mode", "no"]);
    let store = open(&server.address("a"));
    let mut owned = store.put(Note::sized(1, 100)).unwrap();

    // A writer that is cut off for longer than its lease has lost its borrow. Its late commit changes nothing.
    let mut writer = actor("a");
    let loan = owned.lend_mut().unwrap();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    writer.ask("set w 2").ok();
    cut("a");
    end_lease(&server, &writer);
    let unknown = writer.ask("commit w");
    assert!(["Indeterminate", "Unreachable"].contains(&unknown.kind()), "{unknown:?}");
    assert!(matches!(loan.end_timeout(Duration::from_secs(60)).unwrap().cause, LoanEndCause::Died(_)));
    heal("a");
    until("the way is open again", || writer.ask("commit w").kind() == "Fenced");
    assert_eq!(writer.ask("borrow w").ok(), "2");
    assert_eq!(owned.borrow().unwrap().n, 1);

    // An owner that is cut off for longer than its lease keeps its loaded value, and can reattach its object.
    let mut owner = actor("b");
    owner.ask("put b 5 100").ok();
    cut("b");
    end_lease(&server, &owner);
    until("its lease runs out", || {
        store.reap().unwrap();
        store.stats().unwrap().sessions == 1
    });
    assert_eq!(owner.ask("borrow b").ok(), "5");
    heal("b");
    until("it has heard", || owner.ask("lend b").kind() == "SessionLost");
    assert_eq!(owner.ask("set b 6").kind(), "SessionLost");
    until("the way is open again", || owner.ask(&format!("reattach b {ADDRESS}")).kind() == "ok");
    owner.ask("set b 6").ok();

    // A cut that is shorter than the lease changes nothing.
    let ticket = owner.ask("into_ticket b").ok();
    let loan = owned.lend_mut().unwrap();
    let mut third = actor("a");
    third.redeem("w", &loan.ticket().unwrap()).ok();
    third.ask("set w 3").ok();
    cut("a");
    heal("a");
    until("it is done", || matches!(third.ask("commit w").kind(), "ok"));
    let _ = loan.end().unwrap();
    assert_eq!(owned.borrow().unwrap().n, 3);
    let claimed = store.claim(ticket.parse::<ref_core::Ticket<Note, ref_core::Ownership>>().unwrap()).unwrap();
    assert_eq!(claimed.borrow().unwrap().n, 6);
    assert_eq!(store.put(0_u64).unwrap().remove().map_err(|refused| refused.kind()), Ok::<(), ErrorKind>(()));
}
