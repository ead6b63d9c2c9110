//! A backend that writes what another one is asked for into a file. If [`VARIABLE`] is not set, no session has it: then a
//! recording takes no instruction of any command.

mod file;

use super::{Address, Backend, Bytes, Caller, Hold, Inspect, Liveness, ObjectName, Pieces, QueuePlace, Stats, Watch};
use crate::error::{Holder, Result};
use crate::id::{Epoch, ObjectId, StoreId};
use crate::ledger::{Command, Reply};
use crate::sync::{Arc, Instant};
use file::{RecordedCall, RecordingFile};
use std::time::Duration;

/// The environment variable that has the folder of the recording. If it is empty or not set, nothing is recorded.
const VARIABLE: &str = "REF_RECORD";

/// Returns the session, or a session that also records if the user has asked for it.
pub(crate) fn recorded(inner: Arc<dyn Backend>, address: &Address) -> Result<Arc<dyn Backend>> {
    match std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
        None => Ok(inner),
        Some(folder) => Ok(Arc::new(RecordedSession::new(inner, RecordingFile::of_process(folder.as_ref())?, address))),
    }
}

/// A session whose commands are written into the process's file.
struct RecordedSession {
    inner: Arc<dyn Backend>,
    file: Arc<RecordingFile>,
    /// The session's number in the file.
    number: u64,
}

impl RecordedSession {
    fn new(inner: Arc<dyn Backend>, file: Arc<RecordingFile>, address: &Address) -> Self {
        let session = Self { number: file.next_session(), inner, file };
        let note = format!("{:016x} {address}", session.inner.id().0);
        session.file.write(&RecordedCall { note, ..session.call("open", Instant::now()) });
        session
    }

    fn call(&self, act: &'static str, began: Instant) -> RecordedCall {
        RecordedCall { session: self.number, act, began, object: None, refused: None, at: None, note: String::new() }
    }

    /// Writes that a call which began at `began` has returned `result`. In a forked child writes nothing.
    fn note<T>(
        &self,
        act: &'static str,
        object: Option<ObjectId>,
        at: Option<Caller>,
        began: Instant,
        result: &Result<T>,
        note: String,
    ) {
        if !self.inner.is_opener() {
            return;
        }
        let (refused, note) = match result {
            Ok(_) => (None, note),
            Err(error) => (Some(error.kind()), error.to_string()),
        };
        self.file.write(&RecordedCall { object, refused, at, note, ..self.call(act, began) });
    }
}

/// Returns the word for a command. `docs/command.md` has the words.
fn act(command: Command) -> &'static str {
    match command {
        Command::Put => "put",
        Command::OpenShared => "lend",
        Command::OpenExclusive { .. } => "lend_mut",
        Command::Reissue { .. } => "reissue",
        Command::RedeemShared { .. } => "borrow",
        Command::RedeemExclusive { .. } => "borrow_mut",
        Command::Return { .. } => "return",
        Command::Abort { .. } => "abort",
        Command::Commit { .. } => "commit",
        Command::Checkpoint { .. } => "checkpoint",
        Command::OwnerCommit { .. } => "write",
        Command::End => "end",
        Command::Revoke => "revoke",
        Command::DropOwner => "drop",
        Command::Keep => "keep",
        Command::Send { .. } => "send",
        Command::Claim { .. } => "claim",
        Command::TransitExpired { .. } => "expire",
        Command::Detach => "detach",
        Command::Publish => "publish",
        Command::Adopt => "adopt",
        Command::Get => "get",
        Command::Evict => "remove",
        Command::Share => "share",
        Command::Reserve => "reserve",
        Command::Grant => "grant",
    }
}

/// Says what a reply adds to its command.
fn added(reply: &Result<Reply>) -> String {
    match reply {
        Ok(Reply::Exclusive { version, .. } | Reply::Shared { version } | Reply::Version(version)) => {
            format!("version {}", version.0)
        }
        Ok(Reply::Revoked { moved: Some(object), .. }) => format!("moved {object}"),
        _ => String::new(),
    }
}

impl Backend for RecordedSession {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    fn put(&self, bytes: Pieces<'_>, at: Caller) -> Result<(ObjectId, Epoch)> {
        let began = Instant::now();
        let put = self.inner.put(bytes, at);
        let length: usize = bytes.iter().map(|piece| piece.len()).sum();
        self.note("put", put.as_ref().ok().map(|put| put.0), Some(at), began, &put, format!("{length} bytes"));
        put
    }

    fn put_in_place(&self, length: usize, fill: &mut dyn FnMut(&mut [u8]), at: Caller) -> Result<(ObjectId, Epoch)> {
        let began = Instant::now();
        let put = self.inner.put_in_place(length, fill, at);
        self.note("put", put.as_ref().ok().map(|put| put.0), Some(at), began, &put, format!("{length} bytes"));
        put
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: Pieces<'_>, at: Caller) -> Result<Reply> {
        let began = Instant::now();
        let reply = self.inner.apply(object, command, bytes, at);
        self.note(act(command), Some(object), Some(at), began, &reply, added(&reply));
        reply
    }

    fn confirm(&self, object: ObjectId, at: Caller) -> Result<()> {
        self.inner.confirm(object, at)
    }

    fn let_go(&self, object: ObjectId, command: Command, at: Caller) -> Result<()> {
        let began = Instant::now();
        let gone = self.inner.let_go(object, command, at);
        self.note(act(command), Some(object), Some(at), began, &gone, String::new());
        gone
    }

    fn publish(&self, object: ObjectId, name: &ObjectName, at: Caller) -> Result<()> {
        let began = Instant::now();
        let published = self.inner.publish(object, name, at);
        self.note("publish", Some(object), Some(at), began, &published, name.to_string());
        published
    }

    fn named(&self, name: &ObjectName) -> Result<Option<ObjectId>> {
        self.inner.named(name)
    }

    fn settle_name(&self, name: &ObjectName) -> Result<()> {
        self.inner.settle_name(name)
    }

    fn forget_name(&self, name: &ObjectName, object: ObjectId) -> Result<()> {
        self.inner.forget_name(name, object)
    }

    fn names(&self, prefix: &str) -> Result<Vec<(ObjectName, ObjectId)>> {
        self.inner.names(prefix)
    }

    fn read(&self, object: ObjectId, version: Epoch) -> Result<Bytes> {
        self.inner.read(object, version)
    }

    fn maps(&self, length: usize) -> bool {
        self.inner.maps(length)
    }

    fn snapshot(&self, object: ObjectId, known: Option<Epoch>, at: Caller) -> Result<(Epoch, Option<Bytes>)> {
        let began = Instant::now();
        let found = self.inner.snapshot(object, known, at);
        let version = found.as_ref().map(|(version, _)| format!("version {}", version.0)).unwrap_or_default();
        self.note("get", Some(object), Some(at), began, &found, version);
        found
    }

    fn current(&self, object: ObjectId) -> Result<Epoch> {
        self.inner.current(object)
    }

    fn watch(&self, object: ObjectId) -> Watch {
        self.inner.watch(object)
    }

    fn slice(&self) -> Duration {
        self.inner.slice()
    }

    fn wait(&self, object: ObjectId, watch: Watch, slice: Duration) {
        let began = Instant::now();
        self.inner.wait(object, watch, slice);
        self.note("wait", Some(object), None, began, &Ok(()), String::new());
    }

    fn wait_for_version(&self, object: ObjectId, known: Epoch, watch: Watch, slice: Duration) {
        let began = Instant::now();
        self.inner.wait_for_version(object, known, watch, slice);
        self.note("wait", Some(object), None, began, &Ok(()), String::new());
    }

    fn wait_for_detach(&self, object: ObjectId, watch: Watch, slice: Duration) {
        let began = Instant::now();
        self.inner.wait_for_detach(object, watch, slice);
        self.note("wait", Some(object), None, began, &Ok(()), String::new());
    }

    fn watch_name(&self, name: &ObjectName) -> Watch {
        self.inner.watch_name(name)
    }

    fn wait_for_name(&self, name: &ObjectName, watch: Watch, slice: Duration) {
        let began = Instant::now();
        self.inner.wait_for_name(name, watch, slice);
        self.note("wait", None, None, began, &Ok(()), name.to_string());
    }

    fn reserve_in_turn(&self, object: ObjectId, place: &mut Option<QueuePlace>, at: Caller) -> Result<Option<Reply>> {
        let began = Instant::now();
        let reply = self.inner.reserve_in_turn(object, place, at);
        if !matches!(reply, Ok(None)) {
            self.note(act(Command::Reserve), Some(object), Some(at), began, &reply, String::new());
        }
        reply
    }

    fn wait_in_queue(&self, object: ObjectId, place: &QueuePlace, slice: Duration) {
        let began = Instant::now();
        self.inner.wait_in_queue(object, place, slice);
        self.note("wait", Some(object), None, began, &Ok(()), String::new());
    }

    fn leave_queue(&self, object: ObjectId, place: &QueuePlace) {
        self.inner.leave_queue(object, place);
    }

    fn hold(&self, object: ObjectId) -> Result<Option<Hold>> {
        self.inner.hold(object)
    }

    fn is_offered(&self, object: ObjectId) -> Result<bool> {
        self.inner.is_offered(object)
    }

    fn end_redeemed(&self, object: ObjectId, at: Caller) -> Result<Option<Reply>> {
        let began = Instant::now();
        let ended = self.inner.end_redeemed(object, at);
        if !matches!(ended, Ok(None)) {
            self.note("end", Some(object), Some(at), began, &ended, String::new());
        }
        ended
    }

    fn describe(&self, fingerprint: u64, description: &str) -> bool {
        self.inner.describe(fingerprint, description)
    }

    fn description(&self, fingerprint: u64) -> Option<String> {
        self.inner.description(fingerprint)
    }

    fn detached(&self) -> Result<Vec<ObjectId>> {
        self.inner.detached()
    }

    fn stats(&self) -> Result<Stats> {
        self.inner.stats()
    }

    fn inspect(&self) -> Result<&dyn Inspect> {
        self.inner.inspect()
    }

    fn may_have_died(&self, object: ObjectId) -> bool {
        self.inner.may_have_died(object)
    }

    fn died(&self, object: ObjectId) -> Option<Holder> {
        let began = Instant::now();
        let died = self.inner.died(object);
        if let Some(holder) = &died {
            self.note("died", Some(object), None, began, &Ok(()), holder.to_string());
        }
        died
    }

    fn reap(&self) -> Result<usize> {
        let began = Instant::now();
        let reaped = self.inner.reap();
        let count = reaped.as_ref().map(|count| format!("{count} reclaimed")).unwrap_or_default();
        self.note("reap", None, None, began, &reaped, count);
        reaped
    }

    fn is_opener(&self) -> bool {
        self.inner.is_opener()
    }

    fn is_open_in(&self, pid: u32) -> Option<bool> {
        self.inner.is_open_in(pid)
    }

    fn is_superseded(&self, object: ObjectId, version: Epoch) -> bool {
        self.inner.is_superseded(object, version)
    }

    fn liveness(&self) -> Option<Arc<Liveness>> {
        self.inner.liveness()
    }
}

impl Drop for RecordedSession {
    fn drop(&mut self) {
        self.note("close", None, None, Instant::now(), &Ok(()), String::new());
    }
}

#[cfg(test)]
mod tests {
    /// Returns the names of the functions in the block of `text` that begins with `start`.
    fn functions<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
        let block = text.split(start).nth(1).unwrap().split("\n}\n").next().unwrap();
        let names = block.split("\n    fn ").skip(1).map(|rest| rest.split(['(', '<']).next().unwrap());
        names.collect()
    }

    /// A function of the trait that has a body would otherwise run here, and not in the backend that has its own.
    #[test]
    fn every_call_reaches_the_session() {
        let all = functions(include_str!("../mod.rs"), "pub(crate) trait Backend: Send + Sync {");
        let passed = functions(include_str!("mod.rs"), "\nimpl Backend for RecordedSession {");
        assert!(all.len() > 25, "the functions were not found");
        assert_eq!(all, passed);
    }
}
