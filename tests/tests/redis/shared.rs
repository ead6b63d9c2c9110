//! What the sessions of a process with one server share: a thread and a connection for renewals, a thread for what no
//! call waits for, and the connections for requests.

use crate::{LONG, hasty, open, surely, until};
use ref_core::{Owned, Store, StoreOptions};
use ref_tests::proxy::{Proxy, Silence};
use ref_tests::{Note, RedisServer};
use std::process::Command;
use std::time::{Duration, Instant};

/// Returns how many threads of this process have names of this crate. A thread gives itself its name, so a thread that
/// has just begun is not counted.
fn threads() -> usize {
    let of = |task: std::io::Result<std::fs::DirEntry>| std::fs::read_to_string(task.unwrap().path().join("comm"));
    let names = std::fs::read_dir("/proc/self/task").unwrap().map(|task| of(task).unwrap_or_default());
    names.filter(|name| name.starts_with("ref-redis")).count()
}

/// Returns how many clients the server has besides the one that asks. The server notices a closed connection later.
fn clients(server: &RedisServer) -> usize {
    let text: String = redis::from_redis_value(crate::ask(server, &["CLIENT", "LIST"])).unwrap();
    text.lines().count() - 1
}

/// The threads of a process are counted, so the test runs in a process of its own.
#[test]
fn many_sessions_of_a_process_have_two_threads_and_two_connections() {
    let arguments = ["--exact", "shared::many_sessions", "--ignored", "--nocapture"];
    let ran = Command::new(std::env::current_exe().unwrap()).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
#[ignore = "the test above runs it"]
fn many_sessions() {
    let server = RedisServer::start();
    let stores: Vec<Store> = (0..500).map(|_| open(&server.address("a"))).collect();
    until("each session has the same two threads and connections", || (threads(), clients(&server)) == (2, 2));
    let owned: Vec<_> = stores.iter().map(|store| store.put(1_u64).unwrap()).collect();
    std::thread::scope(|scope| {
        for chunk in owned.chunks(50) {
            scope.spawn(|| chunk.iter().for_each(|owned| drop(owned.lend().unwrap())));
        }
    });
    assert!(clients(&server) <= 2 + 10, "one connection for each thread at most");
    until("connections that are not used are closed", || clients(&server) == 2);
    until("the threads are two", || threads() == 2);
    drop((owned, stores));
    until("the last session takes them along", || threads() == 0 && clients(&server) == 0);
    let again = open(&server.address("a"));
    assert_eq!(again.put(2_u64).unwrap().into_inner().unwrap(), 2);
    until("a later session has two of each again", || (threads(), clients(&server)) == (2, 2));
}

/// Each call has a connection of its own while it waits.
#[test]
fn a_call_does_not_wait_for_the_reply_to_another_session_s_request() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let options =
        StoreOptions::new().session_timeout(Duration::from_millis(LONG)).server_timeout(Duration::from_millis(LONG));
    let [first, second] = [0; 2].map(|_| options.open(&proxy.address("a")).unwrap());
    let requests = || proxy.counts().requests.load(std::sync::atomic::Ordering::SeqCst);
    proxy.silence(Silence::Only(1)); // The connection for renewals is number 0.
    std::thread::scope(|scope| {
        let before = requests();
        let waiting = scope.spawn(|| first.put(1_u64).map(drop));
        until("the request is sent", || requests() > before);
        assert_eq!(second.put(2_u64).unwrap().into_inner().unwrap(), 2);
        assert!(!waiting.is_finished(), "its reply is lost");
        proxy.mute(false);
        waiting.join().unwrap().unwrap();
    });
}

/// That a connection is broken shows only when it is used. No call fails because of this.
#[test]
fn connections_that_broke_while_they_were_idle_fail_no_call() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let store = open(&proxy.address("a"));
    let mut large = store.put(Note::sized(1, 3 << 20)).unwrap();
    let spread = || {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| open(&proxy.address("a")).stats().unwrap());
            }
        });
        proxy.break_all();
    };
    spread();
    assert_eq!(store.stats().unwrap().objects, 1);
    spread();
    assert_eq!(store.reap().unwrap(), 0);
    spread();
    assert!(large.unload().is_ok() && large.borrow().unwrap().is_whole());
    spread();
    assert_eq!(open(&proxy.address("a")).put(2_u64).unwrap().into_inner().unwrap(), 2);
    spread();
    drop(store); // Its close is a request, too.
    drop(large);
    assert_eq!(crate::keys(&server), Vec::<String>::new());
}

/// After the first failed attempt the pause is 40 ms, and then it doubles, up to a second.
#[test]
fn a_server_that_is_away_is_asked_less_and_less_often() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let (lender, borrower) = (open(&server.address("a")), hasty(&proxy.address("a")));
    let owned = lender.put(1_u64).unwrap();
    let loan = owned.lend().unwrap();
    let lease = surely(loan.ticket().unwrap(), |ticket| borrower.redeem_or_return(ticket));
    proxy.lead_to(&server.folder().join("nowhere"));
    drop(lease);
    let (began, before) = (Instant::now(), proxy.tried());
    until("ten attempts were made", || proxy.tried() >= before + 10);
    let without_growth = Duration::from_millis(20) * 10;
    assert!(began.elapsed() > without_growth * 10, "the pauses do not grow: {:?}", began.elapsed());
    proxy.lead_to(&server.socket());
    let _ = loan.end().unwrap();
    drop::<Owned<u64>>(owned);
}
