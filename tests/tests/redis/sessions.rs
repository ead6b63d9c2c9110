//! Real processes that are stopped for longer than their lease, or killed.

use crate::{LONG, ask, keys, open, until};
use ref_core::{ErrorKind, LoanEndCause, Owned, Refused, Store, StoreOptions};
use ref_tests::proxy::Proxy;
use ref_tests::{Actor, Note, RedisServer};
use rustix::process::Signal;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Returns a server and an owned note in a store there.
fn with_note() -> (RedisServer, Store, Owned<Note>) {
    let server = RedisServer::start();
    let store = open(&server.address("a"));
    let owned = store.put(Note::sized(3, 100)).unwrap();
    (server, store, owned)
}

/// Recovers dead sessions until the store has `sessions` sessions left.
fn wait_lost(store: &Store, sessions: u64) {
    until("a lease runs out", || {
        store.reap().unwrap();
        store.stats().unwrap().sessions == sessions
    });
}

/// Ends the lease of an actor's session in the store `a`, as if its time were over. The actors' leases are so long that
/// a loaded machine misses no renewal.
pub(super) fn end_lease(server: &RedisServer, actor: &Actor) {
    let names: HashMap<String, String> = redis::from_redis_value(ask(server, &["HGETALL", "{ref:a}:names"])).unwrap();
    let process = format!("{}\t", actor.pid());
    let (session, _) = names.iter().find(|(_, name)| name.starts_with(&process)).unwrap();
    let _ended = ask(server, &["ZADD", "{ref:a}:sessions", "1", session]);
}

/// Stops an actor, ends its lease, and lets the actor go on when its session is lost.
fn pause(actor: &Actor, server: &RedisServer, store: &Store) {
    let before = store.stats().unwrap().sessions;
    actor.signal(Signal::STOP);
    end_lease(server, actor);
    wait_lost(store, before - 1);
    actor.signal(Signal::CONT);
}

/// Kills an actor, and ends its lease.
fn kill(actor: &mut Actor, server: &RedisServer) {
    actor.kill();
    end_lease(server, actor);
}

#[test]
fn many_processes_read_what_one_lends() {
    let (server, store, owned) = with_note();
    let loan = owned.lend().unwrap();
    let mut readers = [0; 3].map(|_| Actor::at(&server.address("a"), LONG, LONG));
    for reader in &mut readers {
        reader.redeem("r", &loan.ticket().unwrap()).ok();
        assert_eq!(reader.ask("borrow r").ok(), "3");
        assert_eq!(reader.ask("is_current r").ok(), "true");
    }
    let Refused { error, handle: loan } = loan.end_timeout_or_return(Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let text = error.to_string();
    assert!(
        text.contains(&format!("process {} (`actor`)", readers[0].pid())) && text.contains("src/bin/actor/main.rs:"),
        "{text}"
    );
    readers.into_iter().for_each(Actor::finish);
    assert_eq!(loan.end().unwrap().cause, LoanEndCause::Returned);
    drop((owned, store));
    assert_eq!(keys(&server), Vec::<String>::new());
}

#[test]
fn ownership_is_handed_over_and_claimed_once() {
    let server = RedisServer::start();
    let address = server.address("a");
    let [mut giver, mut first, mut second] = [0; 3].map(|_| Actor::at(&address, LONG, LONG));
    giver.ask("put a 7 40000").ok();
    let ticket = giver.ask("into_ticket a").ok();
    giver.finish();
    first.ask(&format!("claim a {ticket}")).ok();
    let refused = second.ask(&format!("claim a {ticket}"));
    assert_eq!(refused.kind(), "AlreadyRedeemed");
    assert!(refused.text().contains(&format!("process {}", first.pid())), "{}", refused.text());
    assert_eq!(first.ask("into_inner a").ok(), "7");
}

#[test]
fn a_paused_reader_reads_its_snapshot_and_says_so() {
    let (server, store, mut owned) = with_note();
    let mut reader = Actor::at(&server.address("a"), LONG, LONG);
    let loan = owned.lend().unwrap();
    reader.redeem("r", &loan.ticket().unwrap()).ok();
    pause(&reader, &server, &store);
    let _ = loan.end().unwrap();
    owned.borrow_mut().unwrap().n = 4;
    owned.flush().unwrap();
    assert_eq!(reader.ask("borrow r").ok(), "3");
    assert_eq!(reader.ask("is_current r").ok(), "false");
    reader.ask("drop r").ok();
    assert_eq!(reader.ask("put b 1 1").kind(), "SessionLost");
}

#[test]
fn a_paused_writer_is_fenced_and_keeps_its_value() {
    let (server, store, mut owned) = with_note();
    let mut writer = Actor::at(&server.address("a"), LONG, LONG);
    let loan = owned.lend_mut().unwrap();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    writer.ask("set w 4").ok();
    pause(&writer, &server, &store);
    assert_eq!(writer.ask("commit w").kind(), "Fenced");
    assert_eq!(writer.ask("borrow w").ok(), "4");
    assert_eq!(writer.ask("is_current w").ok(), "false");
    assert!(matches!(loan.end().unwrap().cause, LoanEndCause::Died(holder) if holder.pid == writer.pid()));
    assert_eq!(owned.borrow().unwrap().n, 3);
}

#[test]
fn a_paused_owner_reads_cannot_change_and_attaches_again() {
    let server = RedisServer::start();
    let address = server.address("a");
    let store = open(&address);
    let mut owner = Actor::at(&address, LONG, LONG);
    owner.ask("put a 3 100").ok();
    owner.ask("put b 5 100").ok();
    owner.ask("put c 7 100").ok();
    pause(&owner, &server, &store);
    assert_eq!(store.stats().unwrap().objects, 3, "the pause of a process deletes nothing");
    assert_eq!(owner.ask("borrow a").ok(), "3");
    assert_eq!(owner.ask("lend a").kind(), "SessionLost");
    assert_eq!(owner.ask("set a 4").kind(), "SessionLost");
    assert_eq!(owner.ask("into_inner b").ok(), "5");
    owner.ask(&format!("reattach a {address}")).ok();
    owner.ask("set a 4").ok();
    owner.ask("flush a").ok();
    assert_eq!(owner.ask("into_inner a").ok(), "4");
}

#[test]
fn the_borrow_of_a_killed_process_ends_with_its_lease() {
    let (server, store, mut owned) = with_note();
    let mut reader = Actor::at(&server.address("a"), LONG, LONG);
    let loan = owned.lend().unwrap();
    reader.redeem("r", &loan.ticket().unwrap()).ok();
    kill(&mut reader, &server);
    assert_eq!(loan.end().unwrap().cause, LoanEndCause::Returned);
    let mut writer = Actor::at(&server.address("a"), LONG, LONG);
    let loan = owned.lend_mut().unwrap();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    writer.ask("set w 4").ok();
    kill(&mut writer, &server);
    assert!(matches!(loan.end().unwrap().cause, LoanEndCause::Died(holder) if holder.pid == writer.pid()));
    assert_eq!(owned.borrow().unwrap().n, 3);
    drop((owned, store));
    assert_eq!(keys(&server), Vec::<String>::new());
}

#[test]
fn what_a_killed_owner_had_goes_after_its_time() {
    let server = RedisServer::start();
    let store = open(&server.address("a"));
    let mut owner = Actor::at(&server.address("a"), LONG, 50);
    owner.ask("put a 3 100").ok();
    owner.ask("put b 3 3000000").ok();
    kill(&mut owner, &server);
    until("its objects go", || {
        store.reap().unwrap();
        store.stats().unwrap().objects == 0
    });
    drop(store);
    assert_eq!(keys(&server), Vec::<String>::new());
}

/// The writer is killed while it sends a large value. No reader sees the part that has come.
#[test]
fn a_writer_killed_while_it_writes_has_changed_nothing() {
    let server = RedisServer::start();
    let store = open(&server.address("a"));
    let mut owned = store.put(Note::sized(3, 20_000_000)).unwrap();
    let versions = || keys(&server).into_iter().filter(|key| key.contains(":version:")).collect::<Vec<_>>();
    let is_receiving = || {
        let clients: String = redis::from_redis_value(ask(&server, &["CLIENT", "LIST"])).unwrap();
        let received = clients.split_whitespace().filter_map(|word| word.strip_prefix("qbuf=")?.parse::<u64>().ok());
        received.max() > Some(1_000_000)
    };
    for _ in 0..5 {
        let mut writer = Actor::at(&server.address("a"), LONG, LONG);
        let loan = owned.lend_mut().unwrap();
        writer.redeem("w", &loan.ticket().unwrap()).ok();
        writer.ask("set w 4").ok();
        let before = versions();
        writer.tell("commit w");
        until("the server has a part, or another version", || is_receiving() || versions() != before);
        kill(&mut writer, &server);
        match loan.end().unwrap().cause {
            LoanEndCause::Died(_) => assert_eq!(owned.borrow().unwrap().n, 3),
            // The commit was faster than the kill.
            _ => assert_eq!(owned.borrow().unwrap().n, 4),
        }
        assert!(owned.borrow().unwrap().is_whole());
        owned.borrow_mut().unwrap().clone_from(&Note::sized(3, 20_000_000));
        owned.flush().unwrap();
    }
    let expires = |key: &str| redis::from_redis_value::<i64>(crate::ask(&server, &["PTTL", key])).unwrap() != -1;
    assert_eq!(versions().iter().filter(|key| !expires(key)).count(), 1, "one version stays, and the others expire");
}

/// Does what the example's first lines say: pastes the lender's ticket into the borrower's terminal.
#[test]
fn the_example_runs_from_two_terminals() {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::{Command, Stdio};
    let program = env!("CARGO_BIN_EXE_two_terminals");
    let server = RedisServer::start();
    let address = server.address("a");
    let mut lender = Command::new(program).arg(&address).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(lender.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(said.next().unwrap(), "the lender owns: bread");
    let ticket = said.next().unwrap();
    let mut borrower = Command::new(program).args([&address, "borrow"]).stdin(Stdio::piped()).spawn().unwrap();
    writeln!(borrower.stdin.take().unwrap(), "{ticket}").unwrap();
    assert!(borrower.wait().unwrap().success());
    writeln!(lender.stdin.take().unwrap()).unwrap();
    assert_eq!(said.next().unwrap(), "the lender got it back, with token 3: bread, milk");
    assert!(lender.wait().unwrap().success());
    assert_eq!(keys(&server), Vec::<String>::new());
}

#[test]
fn a_forked_child_says_nothing_to_the_server() {
    let server = RedisServer::start();
    let address = server.address("a");
    let store = open(&address);
    let lent = store.put(Note::sized(5, 10)).unwrap();
    let loan = lent.lend().unwrap();
    let mut parent = Actor::at(&address, LONG, LONG);
    parent.ask("put a 3 100").ok();
    parent.redeem("r", &loan.ticket().unwrap()).ok();
    let said = parent.ask(&format!("fork a 9 {address}")).ok();
    let refused = ["flush", "lend", "put", "stats", "reap", "into_ticket", "detach", "remove", "release_r"];
    let missing = refused.iter().find(|what| !said.split(' ').any(|answer| answer == format!("{what}:Forked")));
    assert!(said.starts_with("Ok(3)") && missing.is_none(), "{missing:?}: {said}");
    assert_eq!(parent.ask("is_current r").ok(), "true");
    assert_eq!(store.stats().unwrap().sessions, 2, "the child's end is not its parent's");
    parent.ask("set a 4").ok();
    assert_eq!(parent.ask("into_inner a").ok(), "4");
    parent.finish();
    let _ = loan.end().unwrap();
}

/// The server is stopped, so that a call which waited for it would wait for longer than this test takes.
#[test]
fn a_borrow_and_a_read_are_one_request_and_a_release_is_not_waited_for() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let options =
        StoreOptions::new().session_timeout(Duration::from_millis(LONG)).server_timeout(Duration::from_secs(70));
    let (lender, borrower) = (open(&server.address("a")), options.open(&proxy.address("a")).unwrap());
    let owned = lender.put(Note::sized(3, 100)).unwrap();
    let loan = owned.lend().unwrap();
    let requests = || proxy.counts().requests.load(Ordering::SeqCst);
    drop(borrower.redeem(loan.ticket().unwrap()).unwrap()); // A first borrow, which is not counted.
    until("the release arrives", || lender.stats().unwrap().sessions == 2 && borrower.reap().is_ok());
    let before = requests();
    let lease = borrower.redeem(loan.ticket().unwrap()).unwrap();
    assert_eq!(lease.borrow().unwrap().n, 3);
    assert_eq!(requests(), before + 1);
    server.signal("STOP");
    std::thread::scope(|scope| {
        let dropping = scope.spawn(|| drop(lease));
        until("the release is not waited for", || dropping.is_finished());
    });
    until("and is on its way", || requests() == before + 2);
    server.signal("CONT");
    let _ = loan.end().unwrap();
}
