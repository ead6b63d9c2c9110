//! A backend that observes what another one is asked for: it writes the calls into a file, and makes the spans of
//! `tracing`. If `REF_RECORD` is not set, no session of a build without the feature `tracing` has it: then a recording
//! takes no instruction of any command.

mod asked;
#[allow(dead_code, reason = "only `remote` makes calls")]
mod calls;
mod file;
mod observed;
mod tries;
mod warnings;
mod words;

#[allow(unused_imports, reason = "only `remote` makes calls")]
pub(crate) use calls::{CallRecorder, SentCall};
pub(super) use file::{RecordedCall, RecordingFile};
#[allow(unused_imports, reason = "only async calls are tried again")]
pub(crate) use tries::trying_again;
pub(crate) use warnings::WarningLimits;

use super::{
    Address, Awaited, Backend, Bytes, Caller, Doorbell, Hold, Inspect, Liveness, LocalRecorder, ObjectName, Pieces,
    QueuePlace, Stats, VersionFile, VersionHead, Watch,
};
use crate::error::{Holder, Result};
use crate::event;
use crate::id::{Epoch, ObjectId, StoreId};
use crate::ledger::{Command, Reply};
use crate::sync::{Arc, Instant};
use asked::AskedRecording;
use std::fs::File;
use std::time::Duration;
use tries::BegunCall;
use warnings::SessionWarnings;
use words::{act, length};

/// Returns the session, or a session that is also observed if the user has asked for it. Also returns where the
/// session's handles record borrows.
pub(crate) fn observed(
    inner: Arc<dyn Backend>,
    address: &Address,
    limits: WarningLimits,
) -> Result<(Arc<dyn Backend>, LocalRecorder)> {
    let warnings = event::ARE_SPANS_MADE.then(|| SessionWarnings::new(limits));
    let Some(asked) = AskedRecording::by_the_user()? else {
        let session = match warnings {
            None => inner,
            warnings => Arc::new(ObservedSession { inner, recording: None, warnings }),
        };
        return Ok((session, LocalRecorder::default()));
    };
    let recording = Recording::new(RecordingFile::of_process(&asked.folder)?, &*inner, address);
    let local = match asked.has_borrows {
        true => LocalRecorder::new(Arc::clone(&recording.file), recording.number),
        false => LocalRecorder::default(),
    };
    Ok((Arc::new(ObservedSession { inner, recording: Some(recording), warnings }), local))
}

/// A session whose commands are written into the process's file, or have spans.
struct ObservedSession {
    inner: Arc<dyn Backend>,
    /// `None` if only spans are asked for.
    recording: Option<Recording>,
    /// `None` in a build that makes no events.
    warnings: Option<SessionWarnings>,
}

/// Where a session is recorded.
struct Recording {
    file: Arc<RecordingFile>,
    /// The session's number in the file.
    number: u64,
}

impl Recording {
    fn new(file: Arc<RecordingFile>, session: &dyn Backend, address: &Address) -> Self {
        let recording = Self { number: file.next_session(), file };
        let note = format!("{:016x} {address}", session.id().0);
        recording.file.write(&RecordedCall { note, ..recording.call("open", Instant::now()) });
        recording
    }

    fn call(&self, act: &'static str, began: Instant) -> RecordedCall {
        RecordedCall::new(self.number, act, began)
    }
}

impl Backend for ObservedSession {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    fn put(&self, bytes: Pieces<'_>, at: Caller) -> Result<(ObjectId, Epoch)> {
        let call = self.begin("put", None, Some(at));
        let put = self.inner.put(bytes, at);
        self.end_put(call, &put, length(bytes));
        self.has_put(length(bytes), &put);
        put
    }

    fn put_in_place(&self, length: usize, fill: &mut dyn FnMut(&mut [u8]), at: Caller) -> Result<(ObjectId, Epoch)> {
        let call = self.begin("put", None, Some(at));
        let put = self.inner.put_in_place(length, fill, at);
        self.end_put(call, &put, length);
        self.has_put(length, &put);
        put
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: Pieces<'_>, at: Caller) -> Result<Reply> {
        let call = self.begin(act(command), Some(object), Some(at));
        let reply = self.inner.apply(object, command, bytes, at);
        self.end_command(call, length(bytes), reply, command == Command::Get)
    }

    fn write_unnamed(&self, bytes: Pieces<'_>) -> Option<File> {
        self.inner.write_unnamed(bytes)
    }

    fn write_file(&self, object: ObjectId, base: Epoch, file: &VersionFile, at: Caller) -> Result<Reply> {
        let call = self.begin(act(Command::OwnerCommit { base }), Some(object), Some(at));
        let reply = self.inner.write_file(object, base, file, at);
        self.end_command(call, file.bytes().len(), reply, false)
    }

    fn confirm(&self, object: ObjectId, at: Caller) -> Result<()> {
        self.inner.confirm(object, at)
    }

    fn let_go(&self, object: ObjectId, command: Command, at: Caller) -> Result<()> {
        let call = self.begin(act(command), Some(object), Some(at));
        let gone = self.inner.let_go(object, command, at);
        self.end(call, &gone, String::new);
        gone
    }

    fn publish(&self, object: ObjectId, name: &ObjectName, at: Caller) -> Result<()> {
        let call = self.begin("publish", Some(object), Some(at));
        let published = self.inner.publish(object, name, at);
        self.end(call, &published, || name.to_string());
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
        // A recording has no line for it: a version never changes.
        let span = event::of_session("read", Some(object), None);
        let read = self.inner.read(object, version);
        span.version(version.0);
        if let Ok(bytes) = &read {
            span.bytes(bytes.len());
        }
        span.result(&read);
        read
    }

    fn maps(&self, length: usize) -> bool {
        self.inner.maps(length)
    }

    fn is_newest(&self, _object: ObjectId, _version: Epoch) -> Result<bool> {
        // The caller asks by a command then, which is seen.
        Ok(false)
    }

    fn snapshot(&self, object: ObjectId, known: Option<Epoch>, at: Caller) -> Result<(Epoch, Option<Bytes>)> {
        let call = self.begin("get", Some(object), Some(at));
        let found = self.inner.snapshot(object, known, at);
        let Some(call) = self.returned(call, &found, matches!(found, Ok((_, None)))) else { return found };
        if let Ok((version, bytes)) = &found {
            call.span.version(version.0);
            call.span.bytes(bytes.as_ref().map_or(0, |bytes| bytes.len()));
        }
        self.write(call, &found, || {
            found.as_ref().map(|(version, _)| format!("version {}", version.0)).unwrap_or_default()
        });
        found
    }

    fn head(&self, object: ObjectId, at: Caller) -> Result<VersionHead> {
        let call = self.begin("get", Some(object), Some(at));
        let found = self.inner.head(object, at);
        let Some(call) = self.returned(call, &found, false) else { return found };
        if let Ok(head) = &found {
            call.span.version(head.version.0);
            call.span.bytes(head.bytes.len());
        }
        self.write(call, &found, || {
            found.as_ref().map(|head| format!("version {}", head.version.0)).unwrap_or_default()
        });
        found
    }

    fn current(&self, object: ObjectId) -> Result<Epoch> {
        self.inner.current(object)
    }

    fn watch(&self, object: ObjectId) -> Watch {
        self.inner.watch(object)
    }

    fn watch_version(&self, object: ObjectId) -> Watch {
        self.inner.watch_version(object)
    }

    fn slice(&self) -> Duration {
        self.inner.slice()
    }

    fn wait(&self, object: ObjectId, watch: Watch, slice: Duration) {
        let call = self.begin("wait", Some(object), None);
        self.inner.wait(object, watch, slice);
        self.end(call, &Ok(()), String::new);
    }

    fn wait_for_version(&self, object: ObjectId, known: Epoch, watch: Watch, slice: Duration) {
        let call = self.begin("wait", Some(object), None);
        self.inner.wait_for_version(object, known, watch, slice);
        self.end(call, &Ok(()), String::new);
    }

    fn wait_for_detach(&self, object: ObjectId, watch: Watch, slice: Duration) {
        let call = self.begin("wait", Some(object), None);
        self.inner.wait_for_detach(object, watch, slice);
        self.end(call, &Ok(()), String::new);
    }

    fn watch_name(&self, name: &ObjectName) -> Watch {
        self.inner.watch_name(name)
    }

    fn wait_for_name(&self, name: &ObjectName, watch: Watch, slice: Duration) {
        let call = self.begin("wait", None, None);
        self.inner.wait_for_name(name, watch, slice);
        self.end(call, &Ok(()), || name.to_string());
    }

    fn reserve_in_turn(&self, object: ObjectId, place: &mut Option<QueuePlace>, at: Caller) -> Result<Option<Reply>> {
        let call = self.begin(act(Command::Reserve), Some(object), Some(at));
        let reply = self.inner.reserve_in_turn(object, place, at);
        // A recording has no line for a session that has to wait for its turn: `wait_in_queue` writes one.
        if !matches!(reply, Ok(None)) {
            self.end(call, &reply, String::new);
        }
        reply
    }

    fn wait_in_queue(&self, object: ObjectId, place: &mut QueuePlace, slice: Duration) {
        let call = self.begin("wait", Some(object), None);
        self.inner.wait_in_queue(object, place, slice);
        self.end(call, &Ok(()), String::new);
    }

    fn leave_queue(&self, object: ObjectId, place: &QueuePlace) {
        self.inner.leave_queue(object, place);
    }

    fn arm(&self, awaited: &Awaited, watch: Watch) -> bool {
        self.inner.arm(awaited, watch)
    }

    fn is_changed(&self, awaited: &Awaited, watch: Watch) -> bool {
        self.inner.is_changed(awaited, watch)
    }

    fn recover_awaited(&self, awaited: &Awaited) {
        self.inner.recover_awaited(awaited);
    }

    fn doorbell(&self) -> Result<Option<Arc<dyn Doorbell>>> {
        self.inner.doorbell()
    }

    fn server(&self) -> Option<usize> {
        self.inner.server()
    }

    fn has_waited(&self, awaited: &Awaited, since: Instant) {
        let call = BegunCall::new("wait", awaited.object(), None, Some(since));
        self.end(call, &Ok(()), || awaited.name().map(ToString::to_string).unwrap_or_default());
    }

    fn hold(&self, object: ObjectId) -> Result<Option<Hold>> {
        self.inner.hold(object)
    }

    fn is_offered(&self, object: ObjectId) -> Result<bool> {
        self.inner.is_offered(object)
    }

    fn end_redeemed(&self, object: ObjectId, at: Caller) -> Result<Option<Reply>> {
        let call = self.begin("end", Some(object), Some(at));
        let ended = self.inner.end_redeemed(object, at);
        if !matches!(ended, Ok(None)) {
            self.end(call, &ended, String::new);
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
            event::borrower_died(&object, holder);
            if let Some(recording) = self.recording.as_ref().filter(|_| self.inner.is_opener()) {
                let (object, note) = (Some(object), holder.to_string());
                recording.file.write(&RecordedCall { object, note, ..recording.call("died", began) });
            }
        }
        died
    }

    fn reap(&self) -> Result<usize> {
        let call = self.begin("reap", None, None);
        let reaped = self.inner.reap();
        self.end(call, &reaped, || reaped.as_ref().map(|count| format!("{count} reclaimed")).unwrap_or_default());
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

impl Drop for ObservedSession {
    fn drop(&mut self) {
        if let Some(recording) = self.recording.as_ref().filter(|_| self.inner.is_opener()) {
            recording.file.write(&recording.call("close", Instant::now()));
        }
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
        let passed = functions(include_str!("mod.rs"), "\nimpl Backend for ObservedSession {");
        assert!(all.len() > 25, "the functions were not found");
        assert_eq!(all, passed);
    }
}
