//! Stores in real Redis servers, while processes pause and die, servers restart and fail over, and connections are bad.

mod bystanders;
mod causes;
mod described;
mod faults;
mod hosts;
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

/// Repeats a call until it returns something other than `Indeterminate` or `Unreachable`.
fn sure<T>(mut ask: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match ask() {
            Err(error) if matches!(error.kind(), ErrorKind::Indeterminate | ErrorKind::Unreachable) => {}
            answer => return answer,
        }
    }
}

/// Does what [`sure`] does, for a call that takes a handle and gives it back with its error.
fn surely<H, T: std::fmt::Debug>(handle: H, mut ask: impl FnMut(H) -> Result<T, Refused<H>>) -> T {
    let mut handle = Some(handle);
    sure(|| {
        ask(handle.take().unwrap()).map_err(|refused| {
            handle = Some(refused.handle);
            refused.error
        })
    })
    .unwrap()
}

/// Opens a session that soon gives up a request without a reply. `address` leads through a proxy or to the server
/// itself.
fn hasty(address: &str) -> Store {
    let options =
        StoreOptions::new().server_timeout(Duration::from_millis(300)).session_timeout(Duration::from_millis(LONG));
    sure(|| options.open(address)).unwrap()
}
