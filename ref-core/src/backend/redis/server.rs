//! Addresses of Redis servers, and of stores in them.

use crate::backend::name;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::path::PathBuf;

/// A parsed address: how to reach a server, as which user, and the store in it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) transport: Transport,
    /// Empty for the server's default user.
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) database: u32,
    pub(crate) store: String,
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp {
        host: String,
        port: u16,
    },
    /// `authority` is a file of certificates to trust in place of the system's.
    Tls {
        host: String,
        port: u16,
        authority: Option<PathBuf>,
    },
    Unix(PathBuf),
}

/// The port of an address that names none: the usual port of a Redis server.
const PORT: u16 = 6379;
/// The store of an address that names none.
const STORE: &str = "ref";

impl Server {
    /// Reads the address of a store. Returns `Unsupported` if the address cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Self::read(text).map_err(|why| if is_of_pool(text) { not_a_pool() } else { malformed(why) })
    }

    /// Reads an address, or returns why it cannot be read.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let schemes = [("redis://", Scheme::Tcp), ("rediss://", Scheme::Tls), ("redis+unix://", Scheme::Unix)];
        let found = schemes.iter().find_map(|(prefix, scheme)| Some((text.strip_prefix(prefix)?, *scheme)));
        let (rest, scheme) = found.ok_or("it is of no kind that is known")?;
        parts(rest, scheme)
    }

    /// Returns whether the server is told a user. A user without a password is named to it too: the server may take any
    /// password from that user.
    pub(super) fn has_user(&self) -> bool {
        !(self.user.is_empty() && self.password.is_empty())
    }

    /// Returns whether `other` is the same server, user, password, database and `ca`. The stores may differ.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let of = |server: &Self| Self { store: String::new(), ..server.clone() };
        of(self) == of(other)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Tcp,
    Tls,
    Unix,
}

/// Reads the part of an address after the scheme: `[user[:password]@]host[:port][/database][?store=NAME&ca=FILE]`, with
/// `ca` for TLS only, or `[user[:password]@]/path[?database=N&store=NAME]`.
fn parts(text: &str, scheme: Scheme) -> Result<Server, &'static str> {
    let (rest, query) = text.split_once('?').unwrap_or((text, ""));
    let (credentials, endpoint) = match scheme {
        Scheme::Unix => match rest.find('/') {
            Some(at) => (rest[..at].strip_suffix('@').unwrap_or(&rest[..at]), &rest[at..]),
            None => return Err("the socket's path is missing"),
        },
        Scheme::Tcp | Scheme::Tls => rest.rsplit_once('@').unwrap_or(("", rest)),
    };
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let (user, password) = (decoded(user)?, decoded(password)?);
    let mut server =
        Server { transport: transport(endpoint, scheme)?, user, password, database: 0, store: STORE.to_owned() };
    if scheme != Scheme::Unix {
        server.database = database(endpoint.split_once('/').map_or("", |(_, database)| database))?;
    }
    for option in query.split('&').filter(|option| !option.is_empty()) {
        server.set(option)?;
    }
    Ok(server)
}

fn transport(endpoint: &str, scheme: Scheme) -> Result<Transport, &'static str> {
    if scheme == Scheme::Unix {
        return match decoded(endpoint)? {
            path if path.contains('\0') => Err("a path has no NUL in it"),
            path => Ok(Transport::Unix(path.into())),
        };
    }
    let endpoint = endpoint.split('/').next().unwrap_or_default();
    let (host, port) = match endpoint.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => endpoint.split_once(':').map_or((endpoint, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Ok(PORT), str::parse).map_err(|_| "a port is a number of at most 65535")?;
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("a host is missing");
    }
    let host = host.to_owned();
    Ok(if scheme == Scheme::Tls {
        Transport::Tls { host, port, authority: None }
    } else {
        Transport::Tcp { host, port }
    })
}

fn database(text: &str) -> Result<u32, &'static str> {
    if text.is_empty() { Ok(0) } else { text.parse().map_err(|_| "a database is a number") }
}

impl Server {
    fn set(&mut self, option: &str) -> Result<(), &'static str> {
        match option.split_once('=') {
            Some(("store", name)) => self.store = store(name)?,
            Some(("database", number)) if matches!(self.transport, Transport::Unix(_)) => {
                self.database = database(number)?
            }
            Some(("ca", path)) => match &mut self.transport {
                Transport::Tls { authority, .. } => *authority = Some(rooted(decoded(path)?.into())?),
                _ => return Err("certificates are for `rediss://`"),
            },
            _ => {
                return Err(
                    "the options are `store=NAME` of a store, `pool=NAME` of a pool of workers, `ca=FILE` for \
                     `rediss://`, `database=N` for `redis+unix://`",
                );
            }
        }
        Ok(())
    }
}

/// Refuses a path that depends on the current folder: workers and other processes open the store by the same address.
fn rooted(path: PathBuf) -> Result<PathBuf, &'static str> {
    if path.is_absolute() { Ok(path) } else { Err("the path in `ca=` is written in full, from `/` on") }
}

fn store(name: &str) -> Result<String, &'static str> {
    name::check(name).map(|()| name.to_owned())
}

/// Decodes percent-encoded bytes: `%2F` becomes `/`.
fn decoded(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        (rest, _) = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |c: &u8| char::from(*c).to_digit(16);
                let (high, low) = digit(high).zip(digit(low)).ok_or("after `%` stand two hexadecimal digits")?;
                (after, bytes.push((high * 16 + low) as u8))
            }
            (b'%', _) => return Err("after `%` stand two hexadecimal digits"),
            _ => (after, bytes.push(*first)),
        };
    }
    String::from_utf8(bytes).map_err(|_| "the text is not UTF-8")
}

/// Returns whether an address that is none of a store looks like that of a pool of workers: `.../POOL`, or `?pool=POOL`.
fn is_of_pool(text: &str) -> bool {
    let (rest, query) = text.split_once('?').unwrap_or((text, ""));
    let path = rest.split_once("://").and_then(|(_, rest)| rest.rsplit_once('/')).map_or("", |(_, last)| last);
    let has_name = !text.starts_with("redis+unix:")
        && name::check(path).is_ok()
        && !path.bytes().all(|byte| byte.is_ascii_digit());
    has_name || query.split('&').any(|option| option.starts_with("pool="))
}

fn not_a_pool() -> Error {
    let what = "this is the address of a pool of workers, and not of a store";
    Error::new(ErrorKind::Unsupported, what).with_remedy(
        "open the store by `redis://HOST[:PORT][/DATABASE]`, where a database is a number, with `?store=NAME` where there \
         are several; `Workers::on` takes the address of a pool",
    )
}

/// Returns the error for an address that cannot be read. The error does not repeat the address, which may have a
/// password in it.
fn malformed(why: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("this address of a Redis server cannot be read: {why}")).with_remedy(
        "write `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, the same with `rediss://` for TLS, or \
         `redis+unix:///PATH`, with `?store=NAME` where there are several; in a user or password, `%40` is `@`",
    )
}

/// Writes the address without the user, the password and the `ca`.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracketed = |host: &str| if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        match &self.transport {
            Transport::Tcp { host, port } => write!(f, "redis://{}:{port}/{}", bracketed(host), self.database)?,
            Transport::Tls { host, port, .. } => write!(f, "rediss://{}:{port}/{}", bracketed(host), self.database)?,
            Transport::Unix(path) => write!(f, "redis+unix://{}", path.display())?,
        }
        match (&self.transport, self.database) {
            (Transport::Unix(_), 1..) => write!(f, "?database={}&store={}", self.database, self.store),
            _ => write!(f, "?store={}", self.store),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Server {
        Server::parse(text).unwrap()
    }

    #[test]
    fn addresses_are_read_and_printed_without_user_and_password() {
        for (text, printed) in [
            ("redis://localhost", "redis://localhost:6379/0?store=ref"),
            ("redis://me:secret@[::1]:7000/3?store=lab", "redis://[::1]:7000/3?store=lab"),
            ("redis://:p%40ss@h/", "redis://h:6379/0?store=ref"),
            ("rediss://h:1?ca=/etc/ca.pem", "rediss://h:1/0?store=ref"),
            ("redis+unix:///run/r.sock?database=2&store=x", "redis+unix:///run/r.sock?database=2&store=x"),
            ("redis+unix://me:secret@/run/r.sock", "redis+unix:///run/r.sock?store=ref"),
        ] {
            let server = parsed(text);
            assert_eq!(server.to_string(), printed);
            assert_eq!(format!("{server:?}"), printed);
        }
        let server = parsed("redis://me:p%40s:s@h");
        assert_eq!((&*server.user, &*server.password), ("me", "p@s:s"));
        assert!(Server::parse("shm://lab").is_err());
    }

    #[test]
    fn the_address_of_a_pool_is_told_as_one() {
        for text in [
            "redis://u:secret@h/lab",
            "rediss://h:1/2/lab?ca=/c",
            "redis+unix:///run/r.sock?pool=lab",
            "redis://h?pool=9",
        ] {
            let error = Server::parse(text).unwrap_err().to_string();
            assert!(
                error.contains("a pool of workers, and not of a store") && error.contains("?store=NAME"),
                "{error}"
            );
            assert!(!error.contains("secret"), "{error}");
        }
        for text in ["redis://h/..", "redis://h:port", "redis+unix://u@", "redis://h/1?colour=red"] {
            let error = Server::parse(text).unwrap_err().to_string();
            assert!(!error.contains("a pool of workers, and"), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_its_password() {
        for text in [
            "redis://",
            "redis://:secret@",
            "redis://u:secret@h:port",
            "redis://u:secret@h/db",
            "redis://u:secret%4@h",
            "redis://u:secret@h?store=a/b",
            "redis://u:secret@h?store=.lab",
            "redis://u:secret@h?colour=red",
            "redis://u:secret@h?ca=x",
            "rediss://u:secret@h?ca=certificates/ca.pem",
            "redis+unix://u:secret@",
        ] {
            let error = Server::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{text}");
            assert!(!error.to_string().contains("secret") && !format!("{error:?}").contains("secret"), "{error}");
        }
    }
}
