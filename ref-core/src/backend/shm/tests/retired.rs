//! Retired files. What anything has open is not written again, and everything else is.

use super::{RETURN, RIGHT, Shm, Stage, VersionsIn, here};
use crate::backend::{Backend as _, Bytes};
use crate::error::ErrorKind;
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};
use crate::sync::{interrupt, refuse};
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// So many bytes are mapped.
const LENGTH: usize = 40_000;

fn open(stage: &Stage) -> Shm {
    stage.try_open_with(1 << 20).unwrap()
}

fn put(session: &Shm, byte: u8) -> (ObjectId, Epoch) {
    session.put(&[&[byte; LENGTH]], here()).unwrap()
}

fn path(stage: &Stage, (object, version): (ObjectId, Epoch)) -> PathBuf {
    stage.folder.path().join(format!("store/obj/{:02x}/{}.{}", object.index, object.index, version.0))
}

/// Returns the number of a version's file.
fn file(stage: &Stage, version: (ObjectId, Epoch)) -> u64 {
    std::fs::metadata(path(stage, version)).unwrap().ino()
}

/// What keeps the file of a version open, beside the ledger.
enum Kept {
    Bytes(Bytes),
    File(File),
}

impl Kept {
    fn is_whole(&self, byte: u8) -> bool {
        let holds = |bytes: &[u8]| bytes.len() == LENGTH && bytes.iter().all(|found| *found == byte);
        match self {
            Self::Bytes(bytes) => bytes.is_mapped() && holds(bytes),
            Self::File(file) => {
                let mut bytes = vec![0; LENGTH];
                std::os::unix::fs::FileExt::read_exact_at(file, &mut bytes, 0).unwrap();
                holds(&bytes)
            }
        }
    }
}

/// Keeps a version open, and gives back what the ledger knows of that.
type Keep = fn(&Shm, &Shm, (ObjectId, Epoch), &Path) -> Kept;

const KEEPERS: &[(&str, Keep)] = &[
    ("the owner", |owner, _, (object, version), _| Kept::Bytes(owner.read(object, version).unwrap())),
    ("a reader that gave its borrow back", |owner, other, (object, version), _| {
        owner.read_by(object, other);
        let bytes = other.read(object, version).unwrap();
        other.ask(object, RETURN).unwrap();
        owner.ask(object, Command::End).unwrap();
        Kept::Bytes(bytes)
    }),
    ("a writer whose loan was revoked", |owner, other, (object, version), _| {
        owner.written_by(object, other);
        let bytes = other.read(object, version).unwrap();
        owner.ask(object, Command::Revoke).unwrap();
        Kept::Bytes(bytes)
    }),
    ("a reader that adopted the object once", |owner, other, (object, version), _| {
        owner.ask(object, Command::Detach).unwrap();
        other.ask(object, Command::Adopt).unwrap();
        let bytes = other.read(object, version).unwrap();
        let Reply::Sent { seq } = other.ask(object, Command::Send { right: RIGHT }).unwrap() else { panic!("sent") };
        owner.ask(object, Command::Claim { seq, right: RIGHT }).unwrap();
        Kept::Bytes(bytes)
    }),
    ("another program", |_, _, _, path| Kept::File(File::open(path).unwrap())),
];

#[test]
fn what_anything_has_open_is_not_written_again() {
    for (who, keep) in KEEPERS {
        for replaces in [false, true] {
            let stage = Stage::new(VersionsIn::Recycled);
            let (owner, other) = (open(&stage), open(&stage));
            let first = put(&owner, 1);
            let number = file(&stage, first);
            let kept = keep(&owner, &other, first, &path(&stage, first));
            if replaces {
                let command = Command::OwnerCommit { base: first.1 };
                owner.apply(first.0, command, &[&[2; LENGTH]], here()).unwrap();
            } else {
                owner.ask(first.0, Command::DropOwner).unwrap();
            }
            let second = put(&owner, 3);
            assert_ne!(file(&stage, second), number, "{who}");
            assert!(kept.is_whole(1), "{who}");
            drop(kept);
            let third = put(&owner, 4);
            assert_eq!(file(&stage, third), number, "{who}: nothing has the file open any more");
            assert_eq!(*owner.read(third.0, third.1).unwrap(), [4; LENGTH]);
        }
    }
}

/// A revocation moves the object to another record, and gives the version a second name.
#[test]
fn a_version_with_two_names_is_not_written_again() {
    let stage = Stage::new(VersionsIn::Recycled);
    let (owner, other) = (open(&stage), open(&stage));
    let first = put(&owner, 1);
    let number = file(&stage, first);
    owner.read_by(first.0, &other);
    let Reply::Revoked { version, moved: Some(object) } = owner.ask(first.0, Command::Revoke).unwrap() else {
        panic!("moved")
    };
    other.ask(first.0, RETURN).unwrap();
    assert!(!path(&stage, first).exists(), "the last reader reclaimed the old record");
    let second = put(&other, 2);
    assert_ne!(file(&stage, second), number);
    assert_eq!(*owner.read(object, version).unwrap(), [1; LENGTH]);
    owner.ask(object, Command::DropOwner).unwrap();
    assert_eq!(file(&stage, put(&owner, 3)), number, "the last name is gone");
}

/// A read is interrupted at every point by the session that removes the version and writes another one, and that
/// session by the read.
#[test]
fn a_read_returns_its_version_or_none() {
    let mut played = [0, 0];
    for nth in 0.. {
        let mut any = false;
        for (which, reads) in [true, false].into_iter().enumerate() {
            let stage = Stage::new(VersionsIn::Recycled);
            let (owner, reader) = (Rc::new(open(&stage)), Rc::new(open(&stage)));
            let (object, version) = put(&owner, 1);
            let read = move || match reader.read(object, version) {
                Ok(bytes) => assert_eq!(*bytes, [1; LENGTH], "at point {nth}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Gone, "at point {nth}: {error}"),
            };
            let write = move || {
                owner.ask(object, Command::DropOwner).unwrap();
                put(&owner, 2);
            };
            let interrupted = match reads {
                true => interrupt(nth, Box::new(write), read).1,
                false => interrupt(nth, Box::new(read), write).1,
            };
            played[which] += u32::from(interrupted);
            any |= interrupted;
        }
        if !any {
            break;
        }
    }
    assert!(played[0] >= 1 && played[1] >= 5, "{played:?} points were reached");
}

/// A reader that has opened a file looks at the name: without it, nothing tells whether the file was written again
/// before the open counted.
#[test]
fn a_reader_that_does_not_find_the_name_any_more_reads_nothing() {
    let stage = Stage::new(VersionsIn::Recycled);
    let (owner, reader) = (open(&stage), open(&stage));
    let (object, version) = put(&owner, 1);
    let drops = Box::new(move || assert_eq!(owner.ask(object, Command::DropOwner).unwrap(), Reply::Done));
    let (read, interrupted) = interrupt(0, drops, || reader.read(object, version));
    assert!(interrupted);
    assert_eq!(read.unwrap_err().kind(), ErrorKind::Gone);
}

/// Another session finds the store full, and removes all retired files, at every point of a commit.
#[test]
fn a_commit_whose_retired_file_is_removed_makes_a_new_one() {
    let mut played = 0;
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Recycled);
        let (owner, other) = (open(&stage), open(&stage));
        let dropped = put(&owner, 1).0;
        owner.ask(dropped, Command::DropOwner).unwrap();
        let (object, base) = other.put(&[&[2; LENGTH]], here()).unwrap();
        let Reply::Sent { seq } = other.ask(object, Command::Send { right: RIGHT }).unwrap() else { panic!("sent") };
        owner.ask(object, Command::Claim { seq, right: RIGHT }).unwrap();
        let fills = move || {
            let (told, is_refused) = refuse(0, || other.put(&[&[3; LENGTH]], here()));
            assert!(told.is_ok() || is_refused);
        };
        let commit = || owner.apply(object, Command::OwnerCommit { base }, &[&[4; LENGTH]], here());
        let (reply, interrupted) = interrupt(nth, Box::new(fills), commit);
        let Reply::Version(version) = reply.unwrap() else { panic!("a version") };
        assert_eq!(*owner.read(object, version).unwrap(), [4; LENGTH], "at point {nth}");
        if !interrupted {
            break;
        }
        played += 1;
    }
    assert!(played >= 5, "only {played} points were reached");
}

fn retired(stage: &Stage) -> Vec<u64> {
    let folders = std::fs::read_dir(stage.folder.path().join("store/stage")).unwrap();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    files.map(|file| file.unwrap().metadata().unwrap().len()).collect()
}

#[test]
fn a_session_keeps_so_many_bytes_and_gives_them_back() {
    let stage = Stage::new(VersionsIn::Recycled);
    let witness = stage.try_open_with(0).unwrap();
    let owner = stage.try_open_with(3 * LENGTH as u64).unwrap();
    let objects: Vec<_> = (1..=5).map(|byte| put(&owner, byte).0).collect();
    let large = owner.put(&[&[7; 4 * LENGTH]], here()).unwrap().0;
    for object in objects.into_iter().chain([large]) {
        owner.ask(object, Command::DropOwner).unwrap();
    }
    assert_eq!(retired(&stage), [LENGTH as u64; 3]);
    // A shorter version takes a longer file, and the rest of its pages is freed.
    let (object, version) = owner.put(&[&[8; LENGTH * 2 / 3]], here()).unwrap();
    assert_eq!(*owner.read(object, version).unwrap(), [8; LENGTH * 2 / 3]);
    let two = [LENGTH as u64; 2];
    assert_eq!(retired(&stage), two);
    let (object, version) =
        owner.put_in_place(LENGTH, &mut |room| room[1] = u8::from(*room == [0; LENGTH]), here()).unwrap();
    assert_eq!(owner.read(object, version).unwrap()[..3], [0, 1, 0], "it was not filled with zeros");
    // A session that keeps none unlinks.
    let (object, _) = put(&witness, 9);
    witness.ask(object, Command::DropOwner).unwrap();
    assert_eq!(retired(&stage), two[..1]);
    drop(owner);
    assert!(retired(&stage).is_empty());
}
