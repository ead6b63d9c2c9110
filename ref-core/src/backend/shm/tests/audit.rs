//! Checks the records, the cells and the files of a store in which no session is in the middle of a step.

use super::super::record::Record;
use super::super::session::Shm;
use super::super::shared::SharedStore;
use super::super::state::{Mode, OwnerKind};
use super::{NEW, OLD};
use crate::id::Epoch;
use std::collections::BTreeSet;
use std::path::Path;

/// Panics if a record or a file is not as it must be when only the sessions in `live` are alive. The message says what
/// is wrong.
pub(super) fn audit(witness: &Shm, live: &[&Shm], folder: &Path, when: &str) {
    let live: BTreeSet<u16> = live.iter().map(|session| session.me).collect();
    let shared = &witness.shared;
    let (mut named, mut cells) = (BTreeSet::new(), BTreeSet::new());
    for record in shared.used_records() {
        let say = |what: &str| panic!("{when}: record {} {what}: {:?}", record.index, record.state());
        if let Some(what) = wrong(shared, record, &live) {
            say(&what);
        }
        if !record.state().is(Mode::Free) {
            let place = record.place();
            if place.replaced.is_some() {
                say("has the cells of an old version");
            }
            match place.current {
                Some(head) => cells.extend(shared.cells().chain(head).iter().map(|cell| cell.number)),
                None => drop(named.insert(format!("{}.{}", record.index, record.current().0))),
            }
            let bytes = shared.read(record.index, record.current()).unwrap_or_else(|e| panic!("{when}: {e}"));
            if *bytes != *OLD && *bytes != *NEW {
                say("has a torn version");
            }
        }
    }
    let used: BTreeSet<u32> =
        shared.cells().used().filter(|cell| !cell.state().is_free()).map(|cell| cell.number).collect();
    assert_eq!(used, cells, "{when}: cells of versions");
    assert_eq!(files(&folder.join("store/obj")), named, "{when}: files of versions");
    // A session that lives keeps one retired file.
    let mut staged = files(&folder.join("store/stage"));
    staged.retain(|name| !name.starts_with("retired."));
    assert_eq!(staged, BTreeSet::new(), "{when}: staged files");
    for slot in std::fs::read_dir(folder.join("store/stage")).unwrap() {
        let slot = slot.unwrap().path();
        let is_live = live.iter().any(|live| slot.ends_with(live.to_string()));
        let retired = files(&slot).len();
        assert!(retired <= usize::from(is_live), "{when}: {retired} retired files in {}", slot.display());
    }
}

fn wrong(shared: &SharedStore, record: Record<'_>, live: &BTreeSet<u16>) -> Option<String> {
    let (state, owner) = (record.state(), record.owner());
    let readers: Vec<u16> = shared.reader_slots(record).collect();
    if let Some(dead) = readers.iter().find(|reader| !live.contains(reader)) {
        return Some(format!("is read by the dead slot {dead}"));
    }
    let open = matches!(owner.kind(), OwnerKind::Detached | OwnerKind::Published);
    match state.mode() {
        None => Some("is damaged".into()),
        Some(Mode::Free) if record.birth() != 0 || record.current() != Epoch(0) => Some("is free and not clear".into()),
        Some(Mode::Free) if !readers.is_empty() => Some("is free and read".into()),
        Some(Mode::Free) => None,
        Some(Mode::Init | Mode::Publishing | Mode::Checkpointing | Mode::Reclaiming | Mode::Adopting) => {
            Some("is in the middle".into())
        }
        Some(Mode::Exclusive | Mode::Pending) if !live.contains(&state.slot()) => Some("is held by the dead".into()),
        _ if owner.kind() == OwnerKind::Transit && record.note() == 0 => Some("waits though it is overdue".into()),
        _ if record.prev() != Epoch(0) => Some("has an old version".into()),
        _ if owner.kind() == OwnerKind::Slot && !live.contains(&owner.slot()) => Some("is owned by the dead".into()),
        Some(Mode::Exclusive) => None,
        _ if state.doomed() && readers.is_empty() => Some("is doomed and unread".into()),
        _ if owner.kind() == OwnerKind::None && !state.doomed() => Some("is nobody's".into()),
        Some(mode) if open && !matches!(mode, Mode::Open | Mode::Pending) => Some("has left and is not open".into()),
        Some(Mode::Open) if !open && !state.doomed() => Some("is open and has an owner".into()),
        _ => None,
    }
}

fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}
