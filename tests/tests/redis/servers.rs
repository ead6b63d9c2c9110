//! Servers that are killed, lose data, fail over, run out of memory, or cannot have a store.

use crate::{ask, hasty, is_unanswered, keys, lose, lose_with, open, sure, sure_with, surely, until};
use ref_core::{ErrorKind, Exclusive, Lease, Loan, Owned, OwnedLoan, Persistence, Store, StoreOptions, Ticket};
use ref_tests::proxy::Proxy;
use ref_tests::{Note, RedisServer, certificate, rights};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const ALWAYS: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];
const EVERY_SECOND: &[&str] = &["--appendonly", "yes", "--appendfsync", "everysec"];

fn count(owned: &mut Owned<u64>) -> Result<(), ref_core::Error> {
    *owned.borrow_mut()? += 1;
    // If a commit gets no reply, the store may have the new count or not. So the commit is repeated until a reply
    // comes.
    loop {
        match owned.flush() {
            Err(error) if error.is_retryable() => {}
            other => return other,
        }
    }
}

/// Counts while the server is killed and started again. Returns the counter, the number of acknowledged commits, the
/// result of the counting, and the server.
fn count_through_restarts(
    options: &[&str],
    restarts: usize,
) -> (Owned<u64>, u64, Result<(), ref_core::Error>, RedisServer) {
    let mut server = RedisServer::start_with(options);
    let store = open(&server.address("a"));
    let mut owned = store.put(0_u64).unwrap();
    let (stop, counted) = (AtomicBool::new(false), AtomicU64::new(0));
    let result = std::thread::scope(|scope| {
        let counting = scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                count(&mut owned)?;
                counted.fetch_add(1, Ordering::SeqCst);
            }
            Ok(())
        });
        for _ in 0..restarts {
            let far = counted.load(Ordering::SeqCst) + 50;
            while counted.load(Ordering::SeqCst) < far && !counting.is_finished() {
                std::thread::yield_now();
            }
            server.kill();
            server = std::mem::replace(&mut server, RedisServer::start()).restart(options);
        }
        stop.store(true, Ordering::SeqCst);
        counting.join().unwrap()
    });
    (owned, counted.into_inner(), result, server)
}

#[test]
fn a_server_that_writes_everything_down_is_killed_and_nothing_is_lost() {
    let (mut owned, counted, result, _server) = count_through_restarts(ALWAYS, 10);
    result.unwrap();
    owned.unload().unwrap();
    assert_eq!(*owned.borrow().unwrap(), counted);
}

/// If an acknowledged commit is lost, the session is lost too, and its calls return `SessionLost`.
#[test]
fn a_server_that_writes_every_second_is_killed_and_nothing_is_lost_unseen() {
    let (mut owned, counted, result, _server) = count_through_restarts(EVERY_SECOND, 10);
    match result {
        Err(error) => assert_eq!(error.kind(), ErrorKind::SessionLost, "{error}"),
        Ok(()) => {
            owned.unload().unwrap();
            assert_eq!(*owned.borrow().unwrap(), counted);
        }
    }
}

#[test]
fn a_server_that_writes_nothing_is_killed_and_everything_is_gone_and_fenced() {
    let server = RedisServer::start();
    let address = server.address("a");
    let (owner, writer) = (open(&address), open(&address));
    assert_eq!(owner.stats().unwrap().persistence, Some(Persistence::Nothing));
    let mut owned = owner.put(Note::sized(1, 10)).unwrap();
    let mut other = owner.put(Note::sized(2, 10)).unwrap();
    let lent = owned.lend_mut().unwrap();
    let ticket = lent.ticket().unwrap().to_text();
    let mut lease = writer.redeem(ticket.parse::<Ticket<Note, Exclusive>>().unwrap()).unwrap();
    lease.borrow_mut().unwrap().n = 7;
    server.kill();
    let _server = server.restart(&[]);
    let refused = lease.commit_or_return().unwrap_err();
    assert_eq!((refused.error.kind(), refused.handle.borrow().unwrap().n), (ErrorKind::Fenced, 7));
    assert_eq!(lent.end().unwrap_err().kind(), ErrorKind::SessionLost);
    assert_eq!(other.borrow_mut().unwrap_err().kind(), ErrorKind::SessionLost);
    assert_eq!(other.borrow().unwrap().n, 2);
    let anew = open(&address);
    assert_eq!(other.reattach(&anew).unwrap_err().kind(), ErrorKind::WrongStore);
    assert_eq!(other.into_inner().unwrap().n, 2);
    let late = anew.redeem(ticket.parse::<Ticket<Note, Exclusive>>().unwrap()).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::WrongStore);
}

/// The server comes back with older data. A session is lost if it has got replies to requests that these data lack.
#[test]
fn a_server_that_has_lost_its_last_moments_is_found_out() {
    let server = RedisServer::start();
    let store = open(&server.address("a"));
    let mut owned = store.put(1_u64).unwrap();
    let _saved = ask(&server, &["SAVE"]);
    count(&mut owned).unwrap();
    server.kill();
    let server = server.restart(&[]);
    assert_eq!(count(&mut owned).unwrap_err().kind(), ErrorKind::SessionLost);
    assert_eq!(*owned.borrow().unwrap(), 3, "what is loaded stays");
    let anew = open(&server.address("a"));
    assert_eq!(
        owned.reattach(&anew).unwrap_err().kind(),
        ErrorKind::Diverged,
        "it has a change of a version that is lost"
    );
    owned.into_inner().unwrap();
}

#[test]
fn the_library_and_connections_may_go_at_any_time() {
    let server = RedisServer::start();
    let store = open(&server.address("a"));
    let mut owned = store.put(0_u64).unwrap();
    let counted = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let counting = scope.spawn(|| {
            for _ in 0..500 {
                count(&mut owned).unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        while !counting.is_finished() {
            let _gone = ask(&server, &["FUNCTION", "FLUSH"]);
            let _killed = ask(&server, &["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
            let before = counted.load(Ordering::SeqCst);
            while counted.load(Ordering::SeqCst) == before && !counting.is_finished() {
                std::thread::yield_now();
            }
        }
    });
    owned.unload().unwrap();
    assert_eq!(*owned.borrow().unwrap(), 500);
}

#[test]
fn without_memory_nothing_is_lost_and_what_gives_back_works() {
    let server = RedisServer::start();
    let (store, other) = (open(&server.address("a")), open(&server.address("a")));
    let mut owned = store.put(Note::sized(1, 100)).unwrap();
    let second = store.put(Note::sized(2, 100)).unwrap();
    let loan = owned.lend_mut().unwrap();
    let mut lease = other.redeem(loan.ticket().unwrap()).unwrap();
    lease.borrow_mut().unwrap().n = 9;
    let _full = ask(&server, &["CONFIG", "SET", "maxmemory", "1"]);
    let refused = store.put_or_return(Note::sized(3, 100)).unwrap_err();
    assert_eq!((refused.error.kind(), refused.handle.n), (ErrorKind::StoreFull, 3));
    assert!(refused.error.is_retryable());
    let refused = lease.commit_or_return().unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::StoreFull);
    second.remove().unwrap();
    let _room = ask(&server, &["CONFIG", "SET", "maxmemory", "0"]);
    refused.handle.commit().unwrap();
    let _ = loan.end().unwrap();
    assert_eq!(owned.borrow().unwrap().n, 9);
    let _full = ask(&server, &["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(owned.into_inner().unwrap().n, 9);
    drop((store, other));
    assert_eq!(keys(&server), Vec::<String>::new());
}

pub(super) fn owned(options: &[&str]) -> Vec<String> {
    options.iter().map(|&option| option.to_owned()).collect()
}

pub(super) fn said_of_replication(server: &RedisServer, field: &str) -> String {
    let text: String = redis::from_redis_value(ask(server, &["INFO", "replication"])).unwrap();
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(name, _)| *name == field).map(|(_, value)| value.trim().to_owned()).unwrap()
}

/// The replica becomes the primary although it was cut off before the last requests.
#[test]
fn a_failover_to_a_replica_that_lags_behind_is_found_out() {
    let (primary, [port]) =
        RedisServer::start_on_ports(|[port]| owned(&["--port", port, "--repl-diskless-sync-delay", "0"]));
    let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &port]);
    let proxy = Proxy::before(&primary.socket(), 1);
    let address = proxy.address("a");
    let (owner, first, second) = (open(&address), open(&address), open(&address));
    let mut owned = owner.put(Note::sized(1, 100)).unwrap();
    let loan = owned.lend_mut().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    let offset = |server, field| said_of_replication(server, field).parse::<u64>().unwrap();
    let so_far = offset(&primary, "master_repl_offset");
    until("the replica has all of it", || {
        said_of_replication(&replica, "master_link_status") == "up" && offset(&replica, "slave_repl_offset") >= so_far
    });

    let _cut_off = ask(&replica, &["REPLICAOF", "127.0.0.1", "1"]);
    let mut lease = first.redeem(ticket.parse::<Ticket<Note, Exclusive>>().unwrap()).unwrap();
    lease.borrow_mut().unwrap().n = 5;
    primary.kill();
    let _promoted = ask(&replica, &["REPLICAOF", "NO", "ONE"]);
    proxy.lead_to(&replica.socket());

    // The new primary does not know that the ticket was redeemed, so the ticket is granted again, with the same token.
    let mut again = second.redeem(ticket.parse::<Ticket<Note, Exclusive>>().unwrap()).unwrap();
    assert_eq!(again.token(), lease.token(), "two holders with one token");
    let refused = lease.commit().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Fenced, "the borrower from the old primary cannot commit");
    again.borrow_mut().unwrap().n = 6;
    again.commit().unwrap();
    let _ = loan.end().unwrap();
    assert_eq!(owned.borrow().unwrap().n, 6);
}

#[test]
fn a_server_that_is_not_fit_says_why() {
    let kind = |server: &RedisServer| Store::open(&server.address("a")).unwrap_err();
    let error = kind(&RedisServer::start_with(&["--maxmemory-policy", "allkeys-lru"]));
    assert_eq!(error.kind(), ErrorKind::UnsafeConfiguration);
    assert!(error.to_string().contains("`noeviction`"), "{error}");
    let error = kind(&RedisServer::start_with(&["--replicaof", "127.0.0.1", "1"]));
    assert_eq!(error.kind(), ErrorKind::UnsafeConfiguration, "{error}");
    let (cluster, [_]) = RedisServer::start_on_ports(|[port]| owned(&["--cluster-enabled", "yes", "--port", port]));
    let error = kind(&cluster);
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

/// Also, no error and no `Debug` output contains a password.
#[test]
fn a_user_needs_these_rights_and_no_others() {
    let server = RedisServer::start_with(&["--requirepass", "open-sesame"]);
    let path = server.socket();
    let at = |credentials: &str| format!("redis+unix://{credentials}@{}?store=a", path.display());
    for credentials in [":wrong-secret", "me:wrong-secret"] {
        let error = Store::open(&at(credentials)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotPermitted, "{error}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
    assert_eq!(Store::open(&server.address("a")).unwrap_err().kind(), ErrorKind::NotPermitted);
    let store = Store::open(&at(":open-sesame")).unwrap();
    assert!(!format!("{store:?}").contains("sesame"));

    let user = ["SETUSER", "me", "on", ">my-secret", "~{ref:a}:*", "resetchannels", "&{ref:a}:*", "-@all"];
    let mut root = redis::Client::open(redis::ConnectionAddr::Unix(path.clone())).unwrap().get_connection().unwrap();
    let () = redis::cmd("AUTH").arg("open-sesame").query(&mut root).unwrap();
    redis::cmd("ACL").arg(&user).arg(rights("{ref:NAME}:*")).exec(&mut root).unwrap();
    let mine = Store::open(&at("me:my-secret")).unwrap();
    // Values of these sizes are stored in the object's hash, in a key of its own, and by a request of their own.
    for size in [10, 4_000, 3 << 20] {
        let mut owned = mine.put(Note::sized(1, size)).unwrap();
        owned.borrow_mut().unwrap().n = 2;
        owned.flush().unwrap();
        let loan = owned.lend().unwrap();
        drop(mine.redeem(loan.ticket().unwrap()).unwrap());
        let _ = loan.end().unwrap();
        let loan = owned.lend_mut().unwrap();
        let mut lease = mine.redeem(loan.ticket().unwrap()).unwrap();
        lease.borrow_mut().unwrap().n = 3;
        lease.commit().unwrap();
        let _ = loan.end().unwrap();
        let key = owned.detach().unwrap();
        assert_eq!(mine.get(&key).unwrap().n, 3);
        let ticket = mine.adopt(key).unwrap().into_ticket().unwrap();
        assert_eq!(store.claim(ticket).unwrap().borrow().unwrap().n, 3);
    }
    let elsewhere = format!("redis+unix://me:my-secret@{}?store=b", path.display());
    assert_eq!(Store::open(&elsewhere).unwrap_err().kind(), ErrorKind::NotPermitted);
}

#[test]
fn a_server_that_is_not_there_or_says_nothing_is_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let options = || StoreOptions::new().server_timeout(Duration::from_millis(200));
    let address = format!("redis+unix://{}", socket.display());
    assert_eq!(options().open(&address).unwrap_err().kind(), ErrorKind::Unreachable);
    let _mute = UnixListener::bind(&socket).unwrap();
    assert_eq!(options().open(&address).unwrap_err().kind(), ErrorKind::Unreachable);
}

#[test]
fn what_is_no_redis_server_is_an_error() {
    use std::io::{Read as _, Write as _};
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        for (mut client, nonsense) in listener
            .incoming()
            .map_while(Result::ok)
            .zip(["HTTP/1.1 400\r\n\r\n", "+OK\r\n", "$-5\r\n", "*99999999\r\n"].iter().cycle())
        {
            let _heard = client.read(&mut [0; 1000]);
            let _said = client.write_all(nonsense.repeat(4).as_bytes());
        }
    });
    for _ in 0..8 {
        let options = StoreOptions::new().server_timeout(Duration::from_millis(200));
        options.open(&format!("redis+unix://{}", socket.display())).unwrap_err();
    }
}

#[test]
fn an_answer_that_does_not_come_is_asked_for_again() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let (store, last) = (hasty(&proxy.address("a")), open(&server.address("a")));
    let mut owned = surely(1_u64, |value| store.put_or_return(value));
    *owned.borrow_mut().unwrap() = 2;
    lose(&proxy, &store, || {
        let error = owned.flush().unwrap_err();
        assert!(error.is_retryable());
        Err::<(), _>(error)
    });
    proxy.mute(false);
    *owned.borrow_mut().unwrap() = 3;
    sure(|| owned.flush()).unwrap();
    sure(|| owned.unload()).unwrap();
    assert_eq!(sure(|| owned.borrow().map(|value| *value)).unwrap(), 3);

    // The loan whose reply was lost is ended before the object is lent again.
    lose(&proxy, &store, || owned.lend_mut().map(drop));
    proxy.mute(false);
    let loan = loop {
        match owned.lend_mut() {
            Err(error) if is_unanswered(&error) => {}
            lent => break lent.unwrap(),
        }
    };
    let ticket = lose_with(&proxy, &store, loan.ticket().unwrap(), |ticket| store.redeem_or_return(ticket));
    proxy.mute(false);
    let mut lease = surely(ticket, |ticket| store.redeem_or_return(ticket));
    *lease.borrow_mut().unwrap() = 4;
    let lease = lose_with(&proxy, &store, lease, Lease::commit_or_return);
    proxy.mute(false);
    let _token = surely(lease, Lease::commit_or_return);
    let _ = surely(loan, Loan::end_or_return);
    let owned = lose_with(&proxy, &store, owned, Owned::into_ticket_or_return);
    proxy.mute(false);
    let ticket = surely(owned, Owned::into_ticket_or_return);
    let owned = surely(ticket, |ticket| store.claim_or_return(ticket));
    assert_eq!(surely(owned, Owned::into_inner_or_return), 4);
    drop(store); // If the reply to this close is late, the last session recovers the closed one.
    until("the session is over", || last.stats().unwrap().sessions == 1);
    drop(last);
    assert_eq!(keys(&server), Vec::<String>::new());
}

/// The server obeys a commit, but the reply does not come, and the value is changed once more. The next commit is
/// refused as diverged: it does not get the reply to the first one.
#[test]
fn a_commit_that_counted_unseen_is_not_taken_for_a_later_one() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let store = hasty(&proxy.address("a"));
    let owned = surely(1_u64, |value| store.put_or_return(value));
    let loan = surely(owned, Owned::into_loan_mut_or_return);
    let mut lease = surely(loan.ticket().unwrap(), |ticket| store.redeem_or_return(ticket));
    *lease.borrow_mut().unwrap() = 2;
    let mut lease = lose_with(&proxy, &store, lease, Lease::commit_or_return);
    proxy.mute(false);
    *lease.borrow_mut().unwrap() = 3;
    let refused = sure_with(lease, Lease::commit_or_return).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Diverged);
    drop(refused);
    let (owned, _end) = surely(loan, OwnedLoan::end_or_return);
    assert_eq!(sure(|| owned.borrow().map(|value| *value)).unwrap(), 2);
}

#[test]
fn a_store_over_tcp_and_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (key, certificate) = certificate(folder.path());
    let tls = ["--tls-auth-clients", "no", "--tls-cert-file", &certificate, "--tls-key-file", &key];
    let options = |[plain, secret]: &[String; 2]| owned(&[&["--port", plain, "--tls-port", secret][..], &tls].concat());
    let (_server, [plain, secret]) = RedisServer::start_on_ports(options);
    let over_tcp = open(&format!("redis://127.0.0.1:{plain}/0?store=a"));
    let over_tls = open(&format!("rediss://localhost:{secret}/0?store=a&ca={certificate}"));
    let ticket = over_tls.put(Note::sized(1, 3 << 20)).unwrap().into_ticket().unwrap();
    assert!(over_tcp.claim(ticket).unwrap().borrow().unwrap().is_whole());
    let error = Store::open(&format!("rediss://localhost:{secret}")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "no authority of the system has signed that certificate: {error}");
}
