//! The names of published objects. Each name is a symbolic link in the folder `names`, whose target is the object's id.
//!
//! A link is made together with its target, so a name is there whole or not at all. A link is replaced or removed only
//! under the lock of the index. The kernel takes that lock from a dead process, so a death locks no session out of the
//! index. To follow a name takes no lock.
//!
//! # A name may lead to nothing
//! A publisher makes the link first, and then publishes the object, under one lock. If the publisher dies in between,
//! its object goes with it. No object's id is used again, so a link that is left behind is known by its object: that
//! object is not published. The next publisher of the name replaces the link, and a reaping session removes it.

use super::errors::{failed, removed};
use super::folder::{Folder, entries, is_named, is_removed};
use super::names::{NAMES, NAMES_COUNT, is_count, name_of, name_path, object_of, target_of};
use super::session::Shm;
use super::shared::SharedStore;
use super::state::OwnerKind;
use crate::backend::naming::{name_taken, too_many_names};
use crate::backend::{Backend as _, Caller, ObjectName};
use crate::error::{Error, ErrorKind, Result};
use crate::id::ObjectId;
use crate::ledger::Command;
use crate::sync::{Instant, patience, point};
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, flock, fstat, openat, readlinkat, symlinkat, unlinkat};
use rustix::io::{Errno, retry_on_intr};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

/// How long a session waits for another session's change of the index.
const INDEX_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest pause between two attempts to lock the index.
const MAX_PAUSE: Duration = Duration::from_millis(1);

/// The lock of the index: the kernel's lock of a file, which also has the number of names.
///
/// The number is raised before a link is made, and lowered after a link is removed. So it is never too small, and a
/// session that finds too many names counts the links.
struct IndexLock<'s> {
    session: &'s Shm,
    file: File,
}

/// What is in the folder `names` under a name.
enum IndexEntry {
    None,
    /// A link that this crate has made for the object.
    Link(ObjectId),
    /// A file, a folder or a link of the user.
    Foreign,
}

impl SharedStore {
    /// Returns the names that begin with `prefix`, and their objects. Skips foreign entries.
    pub(super) fn list_names(&self, prefix: &str) -> Result<Vec<(ObjectName, ObjectId)>> {
        let cannot = |error| failed("cannot list the names of the store", error);
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match openat(self.folder.fd(), NAMES, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(Vec::new()),
            opened => opened.map_err(cannot)?,
        };
        let mut found = Vec::new();
        for name in entries(&folder).map_err(cannot)?.iter().filter_map(|entry| name_of(entry.to_str()?)) {
            if name.as_str().starts_with(prefix)
                && let IndexEntry::Link(object) = self.entry(&name)?
            {
                found.push((name, object));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Returns what is in the folder of the names under a name.
    fn entry(&self, name: &ObjectName) -> Result<IndexEntry> {
        match readlinkat(self.folder.fd(), name_path(name), Vec::new()) {
            Ok(target) => Ok(target.to_str().ok().and_then(object_of).map_or(IndexEntry::Foreign, IndexEntry::Link)),
            Err(Errno::NOENT) => Ok(IndexEntry::None),
            Err(Errno::INVAL) => Ok(IndexEntry::Foreign),
            Err(error) => Err(failed(format!("cannot look up the name `{name}`"), error)),
        }
    }
}

impl Shm {
    /// Publishes this session's object under a name.
    pub(super) fn publish_as(&self, object: ObjectId, name: &ObjectName, at: Caller) -> Result<()> {
        let index = self.lock_index()?;
        match index.session.follow(name)? {
            Some(led) if led == object => {}
            Some(led) if self.is_published(led) => return Err(name_taken(name, led)),
            led => {
                index.make_room()?;
                if led.is_some() {
                    index.unlink(name)?;
                }
                index.link(name, object)?;
            }
        }
        point("name.linked");
        let published = self.apply(object, Command::Publish, &[], at);
        point("name.published");
        if published.is_ok() {
            self.shared.wake_for_name();
        } else {
            // The link leads to nothing. If it cannot be removed now, it is replaced or removed later.
            let _left_behind = index.unlink(name);
        }
        published.map(drop)
    }

    /// Returns the object that has the name.
    pub(super) fn follow(&self, name: &ObjectName) -> Result<Option<ObjectId>> {
        match self.shared.entry(name)? {
            IndexEntry::None => Ok(None),
            IndexEntry::Link(object) => Ok(Some(object)),
            IndexEntry::Foreign => Err(self.shared.folder.misplaced(&name_path(name))),
        }
    }

    /// Waits until no session changes the index.
    pub(super) fn settle_index(&self) -> Result<()> {
        self.lock_index().map(drop)
    }

    /// Removes the name if it leads to `object` and that object is not published.
    pub(super) fn remove_name(&self, name: &ObjectName, object: ObjectId) -> Result<()> {
        let index = self.lock_index()?;
        match self.follow(name)? {
            Some(led) if led == object && !self.is_published(led) => index.unlink(name),
            _ => Ok(()),
        }
    }

    /// Removes the names of objects that are not published.
    pub(super) fn sweep_index(&self) -> Result<()> {
        let all = self.shared.list_names("")?;
        all.iter()
            .filter(|(_, object)| !self.is_published(*object))
            .try_for_each(|(name, object)| self.remove_name(name, *object))
    }

    fn is_published(&self, object: ObjectId) -> bool {
        self.record(object)
            .is_some_and(|record| record.owner().kind() == OwnerKind::Published && !record.state().doomed())
    }

    fn lock_index(&self) -> Result<IndexLock<'_>> {
        let folder = &self.shared.folder;
        let (until, mut pause) = (Instant::now() + patience(INDEX_TIMEOUT), Duration::from_micros(10));
        loop {
            let file = open_count(folder)?;
            match retry_on_intr(|| flock(&file, FlockOperation::NonBlockingLockExclusive)) {
                // Without its name, the file is not the lock that other sessions take.
                Ok(()) if is_named(folder, NAMES_COUNT, &file) => return Ok(IndexLock { session: self, file }),
                Ok(()) if is_removed(&self.shared.file) => return Err(removed()),
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) if Instant::now() >= until => return Err(never_ending()),
                Err(Errno::WOULDBLOCK) => std::thread::sleep(pause),
                Err(error) => return Err(failed("cannot lock the names of the store", error)),
            }
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }
}

impl IndexLock<'_> {
    /// Makes sure that one more name is permitted. If there are too many, removes those that lead to nothing.
    fn make_room(&self) -> Result<()> {
        let (session, most) = (self.session, self.session.max_names);
        if self.count()? < u64::from(most) {
            return Ok(());
        }
        let all = session.shared.list_names("")?;
        let (live, dead): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, object)| session.is_published(*object));
        dead.iter().try_for_each(|(name, _)| self.remove_link(name))?;
        self.set_count(live.len() as u64)?;
        if live.len() < most as usize { Ok(()) } else { Err(too_many_names(most)) }
    }

    fn link(&self, name: &ObjectName, object: ObjectId) -> Result<()> {
        let folder = &self.session.shared.folder;
        self.set_count(self.count()?.saturating_add(1))?;
        point("name.counted");
        match symlinkat(target_of(object), folder.fd(), name_path(name)) {
            Ok(()) => Ok(()),
            Err(Errno::NOENT) if is_removed(&self.session.shared.file) => Err(removed()),
            Err(Errno::EXIST) => Err(folder.misplaced(&name_path(name))),
            Err(error) => Err(failed(format!("cannot write the name `{name}`"), error)),
        }
    }

    fn unlink(&self, name: &ObjectName) -> Result<()> {
        self.remove_link(name)?;
        point("name.unlinked");
        self.set_count(self.count()?.saturating_sub(1))
    }

    fn remove_link(&self, name: &ObjectName) -> Result<()> {
        match unlinkat(self.session.shared.folder.fd(), name_path(name), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(failed(format!("cannot remove the name `{name}`"), error)),
        }
    }

    /// Returns the number in the file; 0 for a new file.
    fn count(&self) -> Result<u64> {
        let mut bytes = [0; 8];
        let cannot = |error| Error::io("cannot count the names of the store", error);
        let read = self.file.read_at(&mut bytes, 0).map_err(cannot)?;
        Ok(if read == bytes.len() { u64::from_le_bytes(bytes) } else { 0 })
    }

    fn set_count(&self, count: u64) -> Result<()> {
        let cannot = |error| Error::io("cannot count the names of the store", error);
        self.file.write_all_at(&count.to_le_bytes(), 0).map_err(cannot)
    }
}

impl Drop for IndexLock<'_> {
    fn drop(&mut self) {
        // A child that another thread forks meanwhile shares the lock. The close of this process's descriptor alone
        // would leave the lock to the child.
        let _unlocked = flock(&self.file, FlockOperation::Unlock);
    }
}

/// Opens the file that has the number of names, and makes it if it is missing.
fn open_count(folder: &Folder) -> Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NONBLOCK;
    match folder.open_file(NAMES_COUNT, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) if fstat(&file).is_ok_and(|stat| is_count(&stat)) => Ok(file),
        Ok(_) | Err(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => Err(folder.misplaced(NAMES_COUNT)),
        Err(error) => Err(failed("cannot open the names of the store", error)),
    }
}

/// The error for a lock of the index that another session does not give back.
fn never_ending() -> Error {
    Error::new(ErrorKind::Timeout, "a process began to change the store's names and does not end")
        .with_remedy("continue or kill that process")
}
