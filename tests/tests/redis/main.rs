//! Stores in real Redis servers, while processes pause and die, servers restart and fail over, and connections are bad.

mod bystanders;
mod causes;
mod described;
mod faults;
mod hosts;
mod inspected;
mod named;
mod promised;
mod removed;
mod repeated;
mod replicas;
mod requests;
mod servers;
mod sessions;
mod shared;
mod unanswered;
mod waits;

use ref_core::{Error, ErrorKind, Refused, Store, StoreOptions};
use ref_tests::RedisServer;
use ref_tests::proxy::Proxy;
use std::time::Duration;

/// Longer than any test, in milliseconds.
const LONG: u64 = 600_000;

/// Opens a store for a test's own session, whose lease lasts for longer than the test.
fn open(address: &str) -> Store {
    StoreOptions::new().session_timeout(Duration::from_millis(LONG)).open(address).unwrap()
}

/// Returns the server's reply to a command.
fn ask(server: &RedisServer, words: &[&str]) -> redis::Value {
    ask_at(&server.socket(), words)
}

fn ask_at(socket: &std::path::Path, words: &[&str]) -> redis::Value {
    let mut connection =
        redis::Client::open(redis::ConnectionAddr::Unix(socket.to_owned())).unwrap().get_connection().unwrap();
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]).query(&mut connection).unwrap()
}

/// Returns every key in the server.
fn keys(server: &RedisServer) -> Vec<String> {
    redis::from_redis_value(ask(server, &["KEYS", "*"])).unwrap()
}

/// Waits until `is_so` returns true. Prints `what` once if that takes longer than a minute.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    let mut told = false;
    while !is_so() {
        if !told && began.elapsed() > Duration::from_secs(60) {
            eprintln!("still waiting: {what}");
            told = true;
        }
        std::thread::yield_now();
    }
}

/// Returns whether a call failed for want of a reply.
fn is_unanswered(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Indeterminate | ErrorKind::Unreachable)
}

/// Repeats a call until it returns something other than `Indeterminate` or `Unreachable`.
fn sure<T>(mut ask: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match ask() {
            Err(error) if is_unanswered(&error) => {}
            answer => return answer,
        }
    }
}

/// Does what [`sure`] does, for a call that takes a handle and gives it back with its error.
fn sure_with<H, T>(mut handle: H, mut ask: impl FnMut(H) -> Result<T, Refused<H>>) -> Result<T, Refused<H>> {
    loop {
        match ask(handle) {
            Err(refused) if is_unanswered(&refused.error) => handle = refused.handle,
            answer => return answer,
        }
    }
}

/// Returns what [`sure_with`] returns, for a call that succeeds.
fn surely<H, T: std::fmt::Debug>(handle: H, ask: impl FnMut(H) -> Result<T, Refused<H>>) -> T {
    sure_with(handle, ask).map_err(|refused| refused.error).unwrap()
}

/// Makes a call of a [`hasty`] session, and loses the reply to it and all later replies, until [`Proxy::mute`] lets
/// replies come again. The server has obeyed the call by then. A call that was not sent, since the session had no open
/// connection, is made again. If the call writes a value, the session has written one of that type before: otherwise it
/// first sends the type's description, and breaks its connection for want of a reply.
fn lose<T>(proxy: &Proxy, hasty: &Store, mut call: impl FnMut() -> Result<T, Error>) {
    loop {
        proxy.mute(true);
        let error = call().map(drop).unwrap_err();
        if error.kind() != ErrorKind::Unreachable {
            assert_eq!(error.kind(), ErrorKind::Indeterminate, "{error}");
            return;
        }
        proxy.mute(false);
        let _connected = sure(|| hasty.stats()).unwrap();
    }
}

/// Does what [`lose`] does, for a call that takes a handle and gives it back with its error. Returns the handle.
fn lose_with<H, T>(proxy: &Proxy, hasty: &Store, handle: H, mut call: impl FnMut(H) -> Result<T, Refused<H>>) -> H {
    let mut handle = Some(handle);
    lose(proxy, hasty, || {
        call(handle.take().unwrap()).map_err(|refused| {
            handle = Some(refused.handle);
            refused.error
        })
    });
    handle.unwrap()
}

/// Opens a session that soon gives up a request without a reply: on a busy machine also a request whose reply is only
/// late. So tests make the calls of such a session by [`sure`], [`surely`] or [`lose`]. `address` leads through a proxy
/// or to the server itself.
fn hasty(address: &str) -> Store {
    let options =
        StoreOptions::new().server_timeout(Duration::from_millis(300)).session_timeout(Duration::from_millis(LONG));
    sure(|| options.open(address)).unwrap()
}
