//! How an owner's change is written.

use super::Store;
use super::object::{OwnerState, unexpected};
use super::unwritten::{LeaveBehind, Unwritten};
use crate::backend::{Caller, Pieces, VersionFile};
use crate::codec::Encode;
use crate::error::Result;
use crate::ledger::{Command, Reply};
use crate::schema::Known;
use crate::sync::Arc;

impl OwnerState {
    /// Returns what the loaded value has that the store lacks.
    pub(crate) fn unwritten(&self) -> Unwritten {
        self.unwritten
    }

    /// Notes that the loaded value may have changed, or has been written. Drops the file that an earlier value came in.
    #[inline]
    pub(crate) fn note_change(&mut self, unwritten: Unwritten) {
        if self.unwritten == Unwritten::Version {
            self.drop_file();
        }
        self.unwritten = unwritten;
    }

    #[cold]
    fn drop_file(&mut self) {
        self.rare.iter_mut().for_each(|rare| rare.file = None);
    }

    /// Notes that the loaded value came from another process: in this file, if it can become a version of the object.
    #[allow(dead_code, reason = "only remote calls bring values")]
    pub(crate) fn note_received(&mut self, file: Option<Arc<VersionFile>>) {
        self.note_change(Unwritten::Value);
        self.note_value();
        if file.is_some() {
            self.rare.get_or_insert_default().file = file;
            self.unwritten = Unwritten::Version;
        }
    }

    /// Notes that this process has a value of the object, so that the drop need not leave the object to others.
    pub(super) fn note_value(&mut self) {
        if std::mem::take(&mut self.unread) {
            self.rare.iter_mut().for_each(|rare| (rare.unreadable, rare.goes) = (None, None));
        }
    }

    pub(super) fn file(&self) -> Option<&Arc<VersionFile>> {
        self.rare.as_ref()?.file.as_ref()
    }

    /// Has the owner's drop detach the object, or remove it as usual.
    pub(crate) fn set_left(&mut self, left: Option<LeaveBehind>) {
        match (left, &mut self.rare) {
            (None, None) => {}
            (left, rare) => rare.get_or_insert_default().left = left,
        }
    }

    /// Writes a value of the type `known` as the next version. Returns whether the value is better
    /// [read again](Store::is_read_again) than kept.
    pub(crate) fn write_value(&mut self, store: &Store, value: &dyn Encode, known: &Known, at: Caller) -> Result<bool> {
        let sealed = store.seal(known, value)?;
        self.write(store, &sealed.pieces(), at)?;
        Ok(store.is_read_again(&sealed, known))
    }

    /// Writes `bytes` as the next version.
    pub(crate) fn write(&mut self, store: &Store, bytes: Pieces<'_>, at: Caller) -> Result<()> {
        let command = Command::OwnerCommit { base: self.base };
        let reply = store.backend().apply(self.object, command, bytes, at)?;
        self.written(store, reply, at)
    }

    /// Writes the version that came in a file, if one did. Otherwise waits as [`confirm`](Self::confirm) does.
    /// The caller has [described](Store::describe) the type of a version: that is user code, and this may hold a lock.
    pub(crate) fn write_file(&mut self, store: &Store, at: Caller) -> Result<()> {
        let Some(file) = self.file() else { return self.confirm(store, at) };
        let reply = store.backend().write_file(self.object, self.base, file, at)?;
        self.written(store, reply, at)
    }

    fn written(&mut self, store: &Store, reply: Reply, at: Caller) -> Result<()> {
        match reply {
            Reply::Version(version) => {
                self.note_change(Unwritten::Nothing);
                self.note_value();
                (self.base, self.unconfirmed) = (version, true);
                self.confirm(store, at)
            }
            reply => Err(unexpected(reply)),
        }
    }
}
