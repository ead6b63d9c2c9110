//! Versions in cells: a reader gets the bytes of its version or none, and cells are used again.

use super::audit::audit;
use super::{NEW, OLD, Shm, Stage, VersionsIn, here};
use crate::backend::Backend as _;
use crate::backend::shm::layout::Header;
use crate::error::ErrorKind;
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};
use crate::sync::{Ordering, interrupt};
use std::cell::RefCell;
use std::rc::Rc;

fn header(session: &Shm, word: Header) -> u64 {
    session.shared.map.header(word).load(Ordering::Acquire)
}

fn drop_all(session: &Shm, objects: impl IntoIterator<Item = ObjectId>) {
    for object in objects {
        session.ask(object, Command::DropOwner).unwrap();
    }
}

/// While a session reads a version, another one replaces the version, and gives its cells to other objects.
#[test]
fn a_read_that_is_interrupted_returns_its_version_or_none() {
    let mut interruptions = 0;
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Cells);
        let (owner, reader) = (Rc::new(stage.open()), stage.open());
        let (object, base) = owner.put(&[OLD], here()).unwrap();
        let writer = Rc::clone(&owner);
        let writes = move || {
            writer.ask(object, Command::OwnerCommit { base }).unwrap();
            (1..4).for_each(|nth| {
                let _made = writer.put(&[&[nth; 200]], here()).unwrap();
            });
        };
        let (read, interrupted) = interrupt(nth, Box::new(writes), || reader.read(object, base));
        match read {
            Ok(bytes) => assert_eq!(*bytes, *OLD, "interrupted at point {nth}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Gone, "interrupted at point {nth}: {error}"),
        }
        if !interrupted {
            break;
        }
        interruptions += 1;
    }
    assert!(interruptions >= 2, "only {interruptions} points were reached");
}

#[test]
fn objects_that_come_and_go_use_a_bounded_number_of_cells() {
    let stage = Stage::new(VersionsIn::Cells);
    let (owner, other) = (stage.open(), stage.open());
    for nth in 0..300 {
        let objects: Vec<_> = (0..4).map(|_| owner.put(&[OLD], here()).unwrap().0).collect();
        let Reply::Sent { seq } = owner.ask(objects[0], Command::Send { right: super::RIGHT }).unwrap() else {
            panic!("sent")
        };
        other.ask(objects[0], Command::Claim { seq, right: super::RIGHT }).unwrap();
        drop_all(&other, objects[..1].iter().copied());
        drop_all(&owner, objects[1..].iter().copied());
        assert!(header(&owner, Header::CellsUsed) <= 40, "in round {nth}");
    }
    audit(&owner, &[&owner, &other], stage.folder.path(), "after all rounds");
}

/// While a recoverer looks at a cell of a dead session, the cell is given to a version that a live one has not committed.
#[test]
fn a_recoverer_frees_no_cell_that_a_live_session_writes() {
    let mut played = 0;
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Cells);
        let (dead, owner, recoverer) = (stage.open(), Rc::new(stage.open()), stage.open());
        let (object, base) = dead.put(&[NEW], here()).unwrap();
        let Reply::Sent { seq } = dead.ask(object, Command::Send { right: super::RIGHT }).unwrap() else {
            panic!("sent")
        };
        owner.ask(object, Command::Claim { seq, right: super::RIGHT }).unwrap();
        dead.die();
        let (writer, written) = (Rc::clone(&owner), Rc::new(RefCell::new(None)));
        let staged = Rc::clone(&written);
        let writes = move || {
            writer.ask(object, Command::OwnerCommit { base }).unwrap();
            *staged.borrow_mut() = writer.shared.cells().write(writer.me, object.index, Epoch(99), OLD);
        };
        let (_, interrupted) = interrupt(nth, Box::new(writes), || recoverer.reap().unwrap());
        if !interrupted {
            break;
        }
        let head = written.take().unwrap();
        assert!(owner.shared.cells().has(head, object.index, Epoch(99)), "interrupted at point {nth}");
        played += 1;
    }
    assert!(played >= 2, "only {played} points were reached");
}

/// A store with one cell: a version that needs two has a file, and no cell stays taken.
#[test]
fn a_version_for_which_there_are_not_enough_cells_has_a_file() {
    let stage = Stage::new(VersionsIn::Both);
    let owner = stage.open();
    let objects = [OLD, NEW, NEW].map(|bytes| owner.put(&[bytes], here()).unwrap());
    for ((object, version), bytes) in objects.into_iter().zip([OLD, NEW, NEW]) {
        assert_eq!(*owner.read(object, version).unwrap(), *bytes);
    }
    let in_cells = |object| owner.record(object).unwrap().place().current.is_some();
    assert_eq!(objects.map(|(object, _)| in_cells(object)), [false, true, false]);
    drop_all(&owner, objects.map(|(object, _)| object));
    audit(&owner, &[&owner], stage.folder.path(), "after all are dropped");
}

#[test]
fn the_longest_version_is_read_as_it_was_written() {
    let stage = Stage::new(VersionsIn::Cells);
    let owner = stage.open();
    for (length, in_cells) in [(0, true), (1, true), (4096, true), (4097, false)] {
        let bytes: Vec<u8> = (0..length).map(|nth| (nth % 251) as u8 + 1).collect();
        let (object, version) = owner.put(&[&bytes], here()).unwrap();
        assert_eq!(*owner.read(object, version).unwrap(), *bytes);
        assert_eq!(owner.record(object).unwrap().place().current.is_some(), in_cells, "{length} bytes");
        assert_eq!(owner.stats().unwrap().bytes, length as u64);
        drop_all(&owner, [object]);
    }
}
