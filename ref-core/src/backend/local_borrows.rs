//! Borrows inside this process, for a recording that is asked to have them. `without_lessons.rs` has the same items for
//! a build without the feature `lessons`.
//!
//! A `Ref` has no destructor: for the compiler, a borrow ends at its last use. So each use of a `Ref` or `RefMut` notes
//! the time, and the recording has the last one as the end. The end is written when it is certain: at the next
//! borrow of the handle that excludes this one, or when the handle is dropped.

use super::Caller;
use super::recording::{RecordedCall, RecordingFile};
use crate::error::AccessKind;
use crate::id::ObjectId;
use crate::sync::{Arc, Instant, Mutex, lock};
use std::collections::VecDeque;

/// Whether this build can record borrows inside the process.
pub(crate) const ARE_BORROWS_RECORDED: bool = true;

/// The most borrows of a session whose last use is waited for. The end of an older one is its last use so far.
const MOST_OPEN: usize = 1000;

/// Where the handles of a session record borrows; nowhere by default.
#[derive(Default)]
pub(crate) struct LocalRecorder(Option<Box<LocalLines>>);

struct LocalLines {
    file: Arc<RecordingFile>,
    /// The session's number in the file.
    session: u64,
    /// The borrows whose end is not recorded.
    open: Mutex<VecDeque<OpenBorrow>>,
}

struct OpenBorrow {
    /// The borrow's number in the process.
    number: u64,
    handle: LocalHandle,
    object: ObjectId,
    access: AccessKind,
    /// `None` if the program has taken the reference out of the `Ref`, so that its last use is not seen.
    last_use: Option<Instant>,
}

/// Which handle of an object has the borrow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalHandle(u64);

/// What a `Ref` or `RefMut` knows of its borrow in the recording.
#[derive(Clone, Copy)]
pub(crate) struct LocalBorrow<'a>(Option<(&'a LocalLines, u64)>);

impl LocalRecorder {
    pub(super) fn new(file: Arc<RecordingFile>, session: u64) -> Self {
        Self(Some(Box::new(LocalLines { file, session, open: Mutex::default() })))
    }

    /// Returns the lines, if borrows are recorded. A forked child records nothing.
    fn lines(&self) -> Option<&LocalLines> {
        self.0.as_deref().filter(|lines| lines.file.is_of_this_process())
    }

    /// Records that `at` borrows `object` through `handle`. The borrows that this one excludes have ended.
    pub(crate) fn begin(
        &self,
        handle: LocalHandle,
        access: AccessKind,
        object: impl FnOnce() -> ObjectId,
        at: Caller,
    ) -> LocalBorrow<'_> {
        let Some(lines) = self.lines() else { return LocalBorrow(None) };
        let (object, is_shared) = (object(), access == AccessKind::Borrow);
        lines.end_those(|open| {
            (open.handle, open.object) == (handle, object) && !(is_shared && open.access == AccessKind::Borrow)
        });
        let (began, number) = (Instant::now(), lines.file.next_number());
        let act = if is_shared { "local" } else { "local_mut" };
        lines.file.write(&RecordedCall { at: Some(at), ..lines.line(act, object, began, number) });
        let mut open = lock(&lines.open);
        if open.len() >= MOST_OPEN
            && let Some(oldest) = open.pop_front()
        {
            lines.end(&oldest);
        }
        open.push_back(OpenBorrow { number, handle, object, access, last_use: Some(began) });
        LocalBorrow(Some((lines, number)))
    }

    /// Records that the handle is dropped, and its borrows have ended.
    pub(crate) fn dropped(&self, handle: LocalHandle, object: ObjectId) {
        if let Some(lines) = self.lines() {
            lines.end_those(|open| (open.handle, open.object) == (handle, object));
        }
    }
}

impl LocalLines {
    fn line(&self, act: &'static str, object: ObjectId, began: Instant, number: u64) -> RecordedCall {
        RecordedCall { object: Some(object), note: number.to_string(), ..RecordedCall::new(self.session, act, began) }
    }

    fn end(&self, borrow: &OpenBorrow) {
        let ended = borrow.last_use.unwrap_or_else(Instant::now);
        self.file.write(&self.line("local_end", borrow.object, ended, borrow.number));
    }

    fn end_those(&self, have_ended: impl Fn(&OpenBorrow) -> bool) {
        lock(&self.open).retain(|open| {
            let has_ended = have_ended(open);
            if has_ended {
                self.end(open);
            }
            !has_ended
        });
    }

    fn note(&self, number: u64, last_use: Option<Instant>) {
        if self.file.is_of_this_process()
            && let Some(open) =
                lock(&self.open).iter_mut().find(|open| open.number == number && open.last_use.is_some())
        {
            open.last_use = last_use;
        }
    }
}

impl Drop for LocalRecorder {
    fn drop(&mut self) {
        if let Some(lines) = self.lines() {
            lines.end_those(|_| true);
        }
    }
}

impl LocalHandle {
    /// Returns the owner of an object: a session has no two of them.
    pub(crate) fn owner() -> Self {
        Self(0)
    }

    /// Returns a lease that no other is equal to.
    pub(crate) fn lease(recorder: &LocalRecorder) -> Self {
        Self(recorder.lines().map_or(0, |lines| lines.file.next_number()))
    }
}

impl LocalBorrow<'_> {
    /// Returns what a borrow of a field knows: nothing, since the borrow of the whole value is recorded.
    pub(crate) fn of_field() -> Self {
        Self(None)
    }

    /// Notes that the borrow is used now.
    pub(crate) fn used(self) {
        if let Some((lines, number)) = self.0 {
            lines.note(number, Some(Instant::now()));
        }
    }

    /// Notes that the program takes the plain reference. From then on the uses are not seen.
    pub(crate) fn taken_out(self) {
        if let Some((lines, number)) = self.0 {
            lines.note(number, None);
        }
    }
}
