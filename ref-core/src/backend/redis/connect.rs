//! Makes connections, and checks whether a server may have a store.

use super::call::received;
use super::client;
use super::connection::Connection;
use super::fault::{ServerFault, not_permitted};
use super::server::{Server, Transport};
use super::socket::Socket;
use crate::backend::Persistence;
use crate::backend::refusal::not_in_this_build;
use crate::error::{Error, ErrorKind, Result};
use redis::{Client, ConnectionAddr, ConnectionLike, IntoConnectionInfo as _, RedisConnectionInfo, RedisError};
use std::time::Duration;

/// Makes connections to one server.
pub(super) struct Connector {
    server: Server,
    /// Makes the connections over TLS, and those for messages.
    client: Client,
}

/// What a server reports about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServerStatus {
    version: (u32, u32),
    mode: String,
    role: String,
    policy: String,
    pub(super) persistence: Persistence,
}

impl Connector {
    pub(super) fn new(server: &Server) -> Result<Self> {
        let mut settings = RedisConnectionInfo::default().set_db(server.database.into()).set_skip_set_lib_name();
        if !server.user.is_empty() {
            settings = settings.set_username(&server.user);
        }
        if server.has_user() {
            settings = settings.set_password(&server.password);
        }
        let (address, authority) = match &server.transport {
            Transport::Tcp { host, port } => (ConnectionAddr::Tcp(host.clone(), *port), None),
            Transport::Unix(path) => (ConnectionAddr::Unix(path.clone()), None),
            Transport::Tls { host, port, authority } => {
                let (host, port) = (host.clone(), *port);
                (ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }, authority.as_deref())
            }
        };
        if !address.is_supported() {
            return Err(not_in_this_build("rediss://", "build it with its feature `redis-tls`"));
        }
        let info = address.into_connection_info().map_err(|error| ServerFault::of(&error).error())?;
        let client = client(info.set_redis_settings(settings), authority)?;
        Ok(Self { server: server.clone(), client })
    }

    /// Connects, and checks the server. Each connection is checked, since the server may have become a replica.
    /// `answer` is how long to wait for the connection, and for each reply on it.
    pub(super) fn connect(&self, answer: Duration) -> Result<(Connection, ServerStatus), ServerFault> {
        let mut connection = self.connect_unchecked(answer)?;
        match ServerStatus::ask(&mut connection) {
            Ok(status) => Ok((connection, status)),
            Err(fault @ ServerFault::Broken(_)) => Err(said_before_its_end(&mut connection).unwrap_or(fault)),
            Err(fault) => Err(fault),
        }
    }

    /// Connects. Waits for a reply of the server only if the address has a user, a password, or a database other than
    /// 0.
    pub(super) fn connect_unchecked(&self, answer: Duration) -> Result<Connection, ServerFault> {
        let fault = |error: RedisError| ServerFault::of(&error);
        let mut connection = match &self.server.transport {
            Transport::Tls { .. } => Connection::Tls(Box::new(self.for_messages(answer)?)),
            Transport::Tcp { host, port } => Connection::Plain(Socket::to_host(host, *port, answer).map_err(fault)?),
            Transport::Unix(path) => Connection::Plain(Socket::to_path(path).map_err(fault)?),
        };
        connection.limit(answer).map_err(fault)?;
        if let Connection::Plain(_) = &connection {
            self.introduce(&mut connection)?;
        }
        Ok(connection)
    }

    /// Makes a connection of the `redis` crate, which also reads messages.
    pub(super) fn for_messages(&self, answer: Duration) -> Result<redis::Connection, ServerFault> {
        self.client.get_connection_with_timeout(answer).map_err(|error| ServerFault::of(&error))
    }

    /// Tells the server the user, the password and the database, if the address has them.
    fn introduce(&self, connection: &mut Connection) -> Result<(), ServerFault> {
        let Server { user, password, database, .. } = &self.server;
        let mut requests = Vec::new();
        if self.server.has_user() {
            let mut login = redis::cmd("AUTH");
            login.arg(Some(user).filter(|user| !user.is_empty())).arg(password).write_packed_command(&mut requests);
        }
        if *database != 0 {
            redis::cmd("SELECT").arg(database).write_packed_command(&mut requests);
        }
        connection.send(&[&requests]).map_err(|error| ServerFault::of(&error))?;
        if self.server.has_user() {
            received(connection).map_err(|fault| match fault {
                ServerFault::Final(_) => ServerFault::Final(not_permitted()),
                fault => fault,
            })?;
        }
        if *database != 0 {
            received(connection)?;
        }
        Ok(())
    }
}

/// Returns the fault if the server has said that it takes no more clients. Such a server closes the connection right
/// after its reply, so that the request can fail before the reply is read.
fn said_before_its_end(connection: &mut Connection) -> Option<ServerFault> {
    received(connection).err().filter(|fault| matches!(fault, ServerFault::Crowded(_)))
}

impl ServerStatus {
    /// Asks the server what it is like. Returns an error if it does not answer, or if a store on it could not keep its
    /// promises.
    pub(super) fn ask(connection: &mut impl ConnectionLike) -> Result<Self, ServerFault> {
        let text: String = redis::cmd("INFO").query(connection).map_err(|error| ServerFault::of(&error))?;
        let status = Self::read(&text);
        status.check().map_err(ServerFault::Final)?;
        Ok(status)
    }

    pub(super) fn read(info: &str) -> Self {
        let field = |name: &str| {
            let mut lines = info.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(key, _)| *key == name).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let version = field("redis_version");
        let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        let snapshots = field("rdb_last_save_time") != "0" && field("rdb_saves") != "0";
        let persistence = match (field("aof_enabled") == "1", snapshots) {
            (true, _) => Persistence::Log,
            (false, true) => Persistence::Snapshots,
            (false, false) => Persistence::Nothing,
        };
        Self {
            version: (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)),
            mode: field("redis_mode"),
            role: field("role"),
            policy: field("maxmemory_policy"),
            persistence,
        }
    }

    /// Returns an error if a store on this server could not keep its promises.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |kind, what: &str, remedy: &'static str| Err(Error::new(kind, what).with_remedy(remedy));
        match self {
            Self { mode, .. } if mode == "sentinel" => refuse(
                ErrorKind::Unsupported,
                "this is a Redis Sentinel, which keeps no data",
                "ask it for the primary, `SENTINEL GET-MASTER-ADDR-BY-NAME`, and open the store there",
            ),
            Self { mode, .. } if mode == "cluster" => refuse(
                ErrorKind::Unsupported,
                "this is a Redis Cluster, which fails over without telling its clients",
                "open the store on one primary of its own",
            ),
            Self { version, .. } if *version < (7, 0) => refuse(
                ErrorKind::Unsupported,
                "this Redis server is too old: it cannot refuse a script before its first write",
                "use Redis 7.0 or newer, or Valkey",
            ),
            Self { role, .. } if role != "master" => refuse(
                ErrorKind::UnsafeConfiguration,
                "this Redis server is a replica: what it says may be old",
                "open the store on its primary",
            ),
            Self { policy, .. } if policy != "noeviction" => refuse(
                ErrorKind::UnsafeConfiguration,
                "this Redis server may evict any key when it is out of memory, a ledger's too",
                "set its `maxmemory-policy` to `noeviction`",
            ),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(lines: &str) -> ServerStatus {
        let usual = "redis_version:7.0.15\r\nredis_mode:standalone\r\nrole:master\r\nmaxmemory_policy:noeviction\r\n";
        ServerStatus::read(&format!("{lines}\r\n{usual}"))
    }

    #[test]
    fn what_is_unsafe_is_refused_and_told_why() {
        info("").check().unwrap();
        for (line, kind, word) in [
            ("redis_version:6.2.7", ErrorKind::Unsupported, "7.0"),
            ("redis_mode:sentinel", ErrorKind::Unsupported, "SENTINEL"),
            ("redis_mode:cluster", ErrorKind::Unsupported, "one primary"),
            ("role:slave", ErrorKind::UnsafeConfiguration, "primary"),
            ("maxmemory_policy:allkeys-lru", ErrorKind::UnsafeConfiguration, "noeviction"),
        ] {
            let error = info(line).check().unwrap_err();
            assert_eq!(error.kind(), kind, "{line}");
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn persistence_is_reported() {
        assert_eq!(info("aof_enabled:1").persistence, Persistence::Log);
        assert_eq!(info("aof_enabled:0\nrdb_saves:2").persistence, Persistence::Snapshots);
        assert_eq!(info("aof_enabled:0\nrdb_saves:0").persistence, Persistence::Nothing);
    }
}
