//! Waits until replicas have acknowledged a commit, for sessions that ask for it.
//!
//! A request of the session, which changes no object, comes first. Its reply shows that the server on that connection
//! has the commit: after a failover, another server may answer, and a server that lacks an earlier request says so.
//! `WAIT` counts the replicas that have the last write of its connection. But the server may have obeyed the request on
//! an earlier connection (idempotent retry), and then the request is no write on this one. So an empty message is
//! published before `WAIT`: a replica gets the message after the commit. Valkey 8 needs the message. For Redis 7.0,
//! which counts the replicas that have everything from before the connection's last request, any request would do.

use super::call::replicas_with_all;
use super::fault::ServerFault;
use super::pool::PooledConnection;
use super::reply::CallOutcome;
use super::session::RedisSession;
use super::{answer, fault, script};
use crate::backend::Caller;
use crate::error::{Error, ErrorKind, Result};
use crate::id::ObjectId;

impl RedisSession {
    /// Waits until as many replicas as the settings ask for have all that this session has committed. Returns
    /// `CommittedNotReplicated` if too few replicas have it in time, or if it is not known how many have it. If the
    /// session is over, or this process is a fork, returns the error that says so.
    pub(super) fn await_replicas(&self, object: ObjectId, at: Caller) -> Result<()> {
        let (wanted, timeout) = (self.settings.replicas, self.settings.server_timeout);
        if wanted == 0 {
            return Ok(());
        }
        let counted = self.confirmed(object, at).and_then(|mut connection| {
            // The server replies at the latest when the time is over. The reply itself may take a while.
            connection.limit(timeout.saturating_add(self.connections.answer)).map_err(ServerFault::error)?;
            let counted = replicas_with_all(&mut connection, &self.keys.replicated(), wanted, timeout);
            match &counted {
                Ok(_) => self.connections.give_back(connection),
                Err(_) => self.connections.discard_idle(),
            }
            counted.map_err(ServerFault::error)
        });
        match counted {
            Ok(there) if there >= i64::from(wanted) => Ok(()),
            Ok(there) => {
                Err(not_replicated(format!("{there} of {wanted} replicas have acknowledged it within {timeout:?}")))
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::SessionLost | ErrorKind::StoreClosed | ErrorKind::Forked) =>
            {
                Err(error)
            }
            Err(error) => Err(not_replicated("it is not known which replicas have it".to_owned()).with_source(error)),
        }
    }

    /// Returns a connection to a server that has all that this session has committed.
    fn confirmed(&self, object: ObjectId, at: Caller) -> Result<PooledConnection> {
        let mut channel = self.own_channel()?;
        let call = self.context(object, "", at).script(&script::CONFIRM);
        let outcome = self.note_end(channel.call_and_keep(call));
        let connection = channel.connection.take().filter(|_| channel.is_quiet());
        self.settle_later(&mut channel);
        match outcome? {
            CallOutcome::Ok(_) => connection.ok_or_else(|| fault::unreachable("no answer")),
            _ => Err(answer::not_a_store()),
        }
    }
}

fn not_replicated(why: String) -> Error {
    Error::new(ErrorKind::CommittedNotReplicated, format!("the value is committed in the Redis server, and {why}"))
        .with_remedy(
            "make the same call again, which commits nothing twice and waits once more; see which replicas the server \
             has (`INFO replication`)",
        )
}

/// Returns the error of a `put` that too few replicas have acknowledged, and whose object was removed again.
pub(super) fn not_put(error: Error) -> Error {
    let (why, _) = error.message_and_remedy();
    Error::new(ErrorKind::Timeout, format!("the new object was removed again: {why}"))
        .with_remedy("put the value again, or see which replicas the server has (`INFO replication`)")
        .with_source(error)
}
