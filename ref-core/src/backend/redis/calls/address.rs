//! The address of a pool of workers: that of a server, and the pool's name.

use crate::backend::name;
use crate::backend::redis::server::{Server, Transport};
use crate::error::{Error, ErrorKind, Result};
use std::fmt;

/// A server, and a pool in it.
pub(super) struct PoolAddress {
    pub(super) server: Server,
    pub(super) pool: String,
}

impl PoolAddress {
    /// Reads `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]/POOL`, or another address of a server with `?pool=POOL`.
    /// The error is `Unsupported`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (rest, query) = text.split_once('?').unwrap_or((text, ""));
        let (named, options): (Vec<_>, Vec<_>) =
            query.split('&').filter(|option| !option.is_empty()).partition(|option| option.starts_with("pool="));
        let (rest, pool) = match named.first().and_then(|option| option.strip_prefix("pool=")) {
            Some(pool) => (rest, pool),
            None => last_part(rest).ok_or_else(|| malformed("the pool's name is missing"))?,
        };
        name::check(pool).map_err(malformed)?;
        if options.iter().any(|option| option.starts_with("store=")) {
            return Err(malformed(
                "`store=` names a store, and a pool is in none: a call's stores are those of its arguments",
            ));
        }
        let question = if options.is_empty() { "" } else { "?" };
        let server = Server::read(&format!("{rest}{question}{}", options.join("&"))).map_err(malformed)?;
        Ok(Self { server, pool: pool.to_owned() })
    }
}

/// Splits the pool's name off the end of an address. `None` if there is none: a number is a database.
fn last_part(rest: &str) -> Option<(&str, &str)> {
    let scheme = rest.find("://")? + 3;
    if rest.starts_with("redis+unix:") {
        return None;
    }
    let (server, pool) = rest[scheme..].rsplit_once('/')?;
    let is_number = pool.bytes().all(|byte| byte.is_ascii_digit());
    (!is_number).then_some((&rest[..scheme + server.len()], pool))
}

/// Returns the error for an address that cannot be read. The error does not repeat the address, which may have a
/// password in it.
fn malformed(why: &str) -> Error {
    let what = format!("this address of a pool of workers cannot be read: {why}");
    Error::new(ErrorKind::Unsupported, what).with_remedy(
        "write `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]/POOL`, the same with `rediss://` for TLS, or \
         `redis+unix:///PATH?pool=POOL`; in a user or password, `%40` is `@`",
    )
}

/// Writes the address without the user, the password and the `ca`.
impl fmt::Display for PoolAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, pool } = self;
        let shown = server.to_string();
        let shown = shown.split('?').next().unwrap_or_default();
        match (&server.transport, server.database) {
            (Transport::Unix(_), 0) => write!(f, "{shown}?pool={pool}"),
            (Transport::Unix(_), database) => write!(f, "{shown}?database={database}&pool={pool}"),
            _ => write!(f, "{shown}/{pool}"),
        }
    }
}

#[test]
fn pools_have_names_and_are_printed_without_user_and_password() {
    for (text, printed) in [
        ("redis://localhost/lab", "redis://localhost:6379/0/lab"),
        ("redis://me:secret@[::1]:7000/3/lab", "redis://[::1]:7000/3/lab"),
        ("redis://h/2?pool=9", "redis://h:6379/2/9"),
        ("rediss://h/lab?ca=/etc/ca.pem", "rediss://h:6379/0/lab"),
        ("redis+unix:///run/r.sock?database=2&pool=lab", "redis+unix:///run/r.sock?database=2&pool=lab"),
    ] {
        assert_eq!(PoolAddress::parse(text).unwrap().to_string(), printed);
    }
    for (text, why) in [
        ("redis://u:secret@h", "the pool's name is missing"),
        ("redis://u:secret@h/2", "the pool's name is missing"),
        ("redis+unix:///run/r.sock", "the pool's name is missing"),
        ("redis://u:secret@h/.lab", "a name consists of"),
        ("redis://u:secret@h:port/lab", "a port is a number"),
        ("redis://u:secret@h/lab?store=x", "`store=` names a store"),
    ] {
        let error = PoolAddress::parse(text).err().unwrap().to_string();
        assert!(error.contains(why) && error.contains("/POOL"), "{error}");
        assert!(!error.contains("secret") && !error.contains("?store="), "{error}");
    }
}
