//! Errors of one kind that have different causes. The error for each cause has its own remedy.

use crate::{ask, open, until};
use ref_core::{Error, ErrorKind, Store};
use ref_tests::RedisServer;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

/// A session is also lost when its lease runs out, but the error for that has another remedy.
#[test]
fn a_server_whose_data_were_removed_is_told_as_such() {
    let server = RedisServer::start();
    let owner = open(&server.address("a"));
    let mut owned = owner.put(1_u64).unwrap();
    let _removed = ask(&server, &["FLUSHALL"]);
    let text = owned.lend_mut().map(drop).unwrap_err().to_string();
    assert!(text.contains("its data were removed") && text.contains("see who called `FLUSHALL`"), "{text}");
    let anew = open(&server.address("a"));
    let error = owner.stats().and_then(|_| owned.lend_mut().map(drop)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionLost);
    assert!(error.to_string().contains("FLUSHALL"), "another store is there now: {error}");
    assert_eq!(anew.put(3_u64).unwrap().into_inner().unwrap(), 3);
}

#[test]
fn a_server_that_takes_no_more_clients_says_what_to_raise() {
    let server = RedisServer::start_with(&["--maxclients", "1"]);
    let mut the_only_one = UnixStream::connect(server.socket()).unwrap();
    // The server may still count the connection with which the test kit waited for its start, and refuse this one.
    until("the only client is served", || {
        let mut reply = [0; 7];
        let asked = the_only_one.write_all(b"PING\r\n").and_then(|()| the_only_one.read_exact(&mut reply));
        let served = asked.is_ok() && reply == *b"+PONG\r\n";
        if !served {
            the_only_one = UnixStream::connect(server.socket()).unwrap();
        }
        served
    });
    // The server closes the connection right after its reply, so the reply may be lost.
    until("the server's reply arrives", || {
        let error = Store::open(&server.address("a")).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
        error.to_string().contains("`maxclients`); nothing was changed; raise its `maxclients`")
    });
}

/// The function library needs memory, too. A release that finds the library missing is repeated until it can be loaded.
#[test]
fn a_server_without_memory_for_the_library_is_told_as_full() {
    let server = RedisServer::start();
    let limit = |bytes| ask(&server, &["CONFIG", "SET", "maxmemory", bytes]);
    let is_full = |error: Error| {
        assert_eq!(error.kind(), ErrorKind::StoreFull, "{error}");
        assert!(error.to_string().contains("drop what is not needed, or raise `maxmemory`"), "{error}");
    };
    let _full = limit("1");
    is_full(Store::open(&server.address("a")).map(drop).unwrap_err());
    let _room = limit("0");
    let (lender, borrower) = (open(&server.address("a")), open(&server.address("a")));
    let owned = lender.put(1_u64).unwrap();
    let loan = owned.lend().unwrap();
    let lease = borrower.redeem(loan.ticket().unwrap()).unwrap();
    let _full = limit("1");
    let _lost = ask(&server, &["FUNCTION", "FLUSH"]);
    drop(lease);
    is_full(borrower.stats().unwrap_err()); // The call comes after the release.
    let _room = limit("0");
    let _ = loan.end().unwrap();
}

/// The server may take any password from a user. Without a name, the server would take the session for one of the
/// default user.
#[test]
fn a_user_without_a_password_is_named_to_the_server() {
    let server = RedisServer::start();
    let _made = ask(&server, &["ACL", "SETUSER", "guest", "on", "nopass", "~{ref:a}:*", "+@all"]);
    let address = |user: &str, store: &str| format!("redis+unix://{user}@{}?store={store}", server.socket().display());
    let store = Store::open(&address("guest", "a")).unwrap();
    assert_eq!(store.put(1_u64).unwrap().into_inner().unwrap(), 1);
    assert_eq!(Store::open(&address("guest", "b")).unwrap_err().kind(), ErrorKind::NotPermitted);
    assert_eq!(Store::open(&address("stranger", "a")).unwrap_err().kind(), ErrorKind::NotPermitted);
}
