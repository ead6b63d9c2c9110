//! Failures of a server or of a connection, as errors. No error has the user's name or password in it.

use crate::error::{Error, ErrorKind};
use redis::{RedisError, ServerErrorKind};
use std::time::Duration;

/// A failure, by what can be done about it.
#[derive(Debug)]
pub(super) enum ServerFault {
    /// Nothing was done. Another attempt may succeed.
    Retry(Error),
    /// The connection is of no use any more. It is not known whether anything was done.
    Broken(Error),
    /// The server takes no more clients. Nothing was done.
    Crowded(Error),
    /// Nothing was done, and another attempt will fail too.
    Final(Error),
    /// The server does not have the library.
    NoScript,
    /// The server has the library that it was to load.
    HasLibrary,
}

impl ServerFault {
    /// Sorts an error of the client library.
    pub(super) fn of(error: &RedisError) -> Self {
        use redis::ErrorKind as Kind;
        match error.kind() {
            Kind::Io => Self::Broken(unreachable(&reason(error))),
            Kind::AuthenticationFailed => Self::Final(not_permitted()),
            Kind::Server(kind) => Self::of_reply(kind, error),
            Kind::Extension => Self::of_code(error),
            Kind::InvalidClientConfig => Self::Final(refused(&format!("the connection: {}", error.category()))),
            _ => Self::Broken(unreachable(error.category())),
        }
    }

    fn of_reply(kind: ServerErrorKind, error: &RedisError) -> Self {
        match kind {
            ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown | ServerErrorKind::TryAgain => {
                Self::Retry(unreachable("it is still loading its data, or has lost its primary"))
            }
            ServerErrorKind::ReadOnly => Self::Broken(unreachable("it has become a replica")),
            ServerErrorKind::NoPerm => Self::Final(not_permitted()),
            ServerErrorKind::Moved | ServerErrorKind::Ask | ServerErrorKind::ClusterDown => Self::Final(cluster()),
            _ => Self::of_code(error),
        }
    }

    fn of_code(error: &RedisError) -> Self {
        match error.code() {
            Some("OOM") => Self::Final(full()),
            Some("BUSY") => Self::Retry(unreachable("it is busy with another script")),
            Some("NOAUTH" | "WRONGPASS") => Self::Final(not_permitted()),
            Some("MISCONF") => Self::Final(
                Error::new(ErrorKind::StoreFull, "the Redis server cannot write to its disk, and takes no changes")
                    .with_remedy("look at its log, and make room for it"),
            ),
            Some("NOREPLICAS") => Self::Retry(unreachable("it has too few replicas to take changes")),
            _ if is_crowded(error) => Self::Crowded(crowded()),
            _ if reason(error).contains("Function not found") => Self::NoScript,
            _ if reason(error).contains("already exists") => Self::HasLibrary,
            _ => Self::Final(refused(&reason(error))),
        }
    }

    /// Returns whether the fault is in the request, so that the request fails however often it is made.
    pub(super) fn is_of_request(&self) -> bool {
        matches!(self, Self::Final(error) if error.kind() == ErrorKind::Io)
    }

    pub(super) fn error(self) -> Error {
        match self {
            Self::Retry(error) | Self::Broken(error) | Self::Crowded(error) | Self::Final(error) => error,
            Self::NoScript | Self::HasLibrary => refused("its function library is lost again and again"),
        }
    }
}

/// Why the work on the window stopped.
pub(super) enum Stop {
    Fault(ServerFault),
    /// The caller gets this error at once.
    Report(Error),
}

/// Returns the fault of a connection on which the replies do not fit the window's requests, one by one. All these
/// requests are then sent again on another connection.
pub(super) fn out_of_step() -> Stop {
    Stop::Fault(ServerFault::Broken(unreachable("a request was lost on its way")))
}

impl From<ServerFault> for Stop {
    fn from(fault: ServerFault) -> Self {
        Self::Fault(fault)
    }
}

/// Returns whether the error says that the server has as many clients as it takes. The server says so in place of a
/// reply, and closes the connection.
fn is_crowded(error: &RedisError) -> bool {
    reason(error).contains("max number of clients")
}

fn crowded() -> Error {
    let what = "the Redis server cannot be reached: it has as many clients as it takes (`maxclients`)";
    Error::new(ErrorKind::Unreachable, what).with_remedy(
        "nothing was changed; raise its `maxclients`, or have fewer processes or threads: each process has a connection \
         for its sessions, and one more for each call at a time",
    )
}

fn reason(error: &RedisError) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.category()),
        None if error.is_timeout() => "no answer in time".to_owned(),
        None => error.to_string(),
    }
}

pub(super) fn unreachable(why: &str) -> Error {
    Error::new(ErrorKind::Unreachable, format!("the Redis server cannot be reached: {why}"))
        .with_remedy("nothing was changed; try again when it is back")
}

/// Returns the error of a session after the server has lost data.
pub(super) fn forgotten() -> Error {
    let what = "the Redis server does not know this session any more: its data were removed, or are from before";
    Error::new(ErrorKind::SessionLost, what).with_remedy(
        "read and take out what is loaded, and open the store again; see who called `FLUSHALL`, or have the server \
         write its data down (`appendonly`), if it was restarted",
    )
}

/// Returns the error for a store that should exist and does not.
pub(super) fn removed() -> Error {
    Error::new(ErrorKind::StoreRemoved, "the store is in the Redis server no more, and none is made in its place")
        .with_remedy(
            "see who called `FLUSHALL`, or have the server write its data down (`appendonly`), if it was restarted",
        )
}

/// Returns the error for a request that was sent and got no reply in time.
pub(super) fn indeterminate(what: &str, timeout: Duration) -> Error {
    let message = format!("it is not known whether `{what}` was done: the Redis server gave no answer for {timeout:?}");
    Error::new(ErrorKind::Indeterminate, message)
        .with_remedy("try again: what was done already is not done twice; what this call took is given back, unless you ask for it again")
}

pub(super) fn not_permitted() -> Error {
    Error::new(ErrorKind::NotPermitted, "the Redis server does not let this user in, or not do this")
        .with_remedy("give user and password in the address, and the user the rights that the page on layout lists")
}

fn full() -> Error {
    Error::new(ErrorKind::StoreFull, "the Redis server is out of memory (`maxmemory`)")
        .with_remedy("drop what is not needed, or raise `maxmemory`; nothing was changed")
}

fn cluster() -> Error {
    Error::new(ErrorKind::Unsupported, "this is a Redis Cluster")
        .with_remedy("a cluster fails over without telling its clients; open the store on one primary")
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::Io, format!("the Redis server refused: {why}"))
}
