//! A connection to a server: requests go out, and replies come in.

use super::socket::Socket;
use redis::{ConnectionLike, RedisResult, Value};
use std::time::Duration;

/// A piece of so many bytes is sent by a write of its own.
const LONG: usize = 16 << 10;

/// A connection to a server. Over TLS it is one of the `redis` crate, and otherwise a socket.
pub(super) enum Connection {
    Plain(Socket),
    Tls(Box<redis::Connection>),
}

impl Connection {
    /// Sets how long the connection waits for a reply, and how long it may take to send a request.
    pub(super) fn limit(&self, answer: Duration) -> RedisResult<()> {
        match self {
            Self::Plain(socket) => Ok(socket.limit(answer)?),
            Self::Tls(connection) => {
                connection.set_read_timeout(Some(answer)).and_then(|()| connection.set_write_timeout(Some(answer)))
            }
        }
    }

    /// Sends requests, whose bytes may come in pieces. Does not copy a long piece.
    pub(super) fn send(&mut self, pieces: &[&[u8]]) -> RedisResult<()> {
        let mut gathered = Vec::new();
        for piece in pieces {
            if piece.len() >= LONG || pieces.len() == 1 {
                self.write(&std::mem::take(&mut gathered))?;
                self.write(piece)?;
            } else {
                gathered.extend_from_slice(piece);
            }
        }
        self.write(&gathered)
    }

    fn write(&mut self, bytes: &[u8]) -> RedisResult<()> {
        match self {
            _ if bytes.is_empty() => Ok(()),
            Self::Plain(socket) => Ok(socket.send(bytes)?),
            Self::Tls(connection) => connection.send_packed_command(bytes),
        }
    }

    /// Reads the next reply.
    pub(super) fn receive(&mut self) -> RedisResult<Value> {
        match self {
            Self::Plain(socket) => socket.receive(),
            Self::Tls(connection) => connection.recv_response(),
        }
    }

    /// Reads the next reply. Appends it to `to` if it is a string, and otherwise returns it. After an error, `to` may have
    /// a part of the string.
    pub(super) fn receive_string(&mut self, to: &mut Vec<u8>) -> RedisResult<Option<Value>> {
        match self {
            Self::Plain(socket) => socket.receive_string(to),
            Self::Tls(connection) => Ok(match connection.recv_response()? {
                Value::BulkString(bytes) => {
                    to.extend_from_slice(&bytes);
                    None
                }
                other => Some(other),
            }),
        }
    }
}

/// So that the requests of the `redis` crate can be made on it: `cmd("GET").arg(key).query(&mut connection)`.
impl ConnectionLike for Connection {
    fn req_packed_command(&mut self, packed: &[u8]) -> RedisResult<Value> {
        self.send(&[packed])?;
        self.receive()
    }

    fn req_packed_commands(&mut self, packed: &[u8], offset: usize, count: usize) -> RedisResult<Vec<Value>> {
        self.send(&[packed])?;
        let replies: Vec<Value> = (0..offset + count).map(|_| self.receive()).collect::<RedisResult<_>>()?;
        Ok(replies.into_iter().skip(offset).collect())
    }

    fn get_db(&self) -> i64 {
        0
    }

    fn check_connection(&mut self) -> bool {
        redis::cmd("PING").query::<Value>(self).is_ok()
    }

    fn is_open(&self) -> bool {
        true
    }
}
