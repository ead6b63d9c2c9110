//! Versions in cells: reads, commits and takers of cells at the same time.

use super::*;

/// A reader of a version that is replaced, and whose cell is given to another object, gets the version's bytes or none.
#[test]
fn a_read_or_a_commit() {
    with_cells(2, |world| {
        let (owner, reader) = (world.session(0), world.session(1));
        let object = owner.put_old();
        let version = Epoch(object.birth);
        let reading = meanwhile(&reader, move |reader| match reader.shared.read(object.index, version) {
            Ok(bytes) => assert_eq!(&*bytes, OLD, "torn bytes"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Gone),
        });
        owner.do_now(object, Command::OwnerCommit { base: version });
        owner.make_object(NewBytes::Pieces(&[NEW]), Line::caller()).unwrap();
        reading.join().unwrap();
        world.assert_cells(2);
    });
}

/// The same for a version whose object is dropped.
#[test]
fn a_read_or_a_drop() {
    with_cells(1, |world| {
        let (owner, reader) = (world.session(0), world.session(1));
        let object = owner.put_old();
        let reading = meanwhile(&reader, move |reader| match reader.shared.read(object.index, Epoch(object.birth)) {
            Ok(bytes) => assert_eq!(&*bytes, OLD, "torn bytes"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Gone),
        });
        owner.do_now(object, Command::DropOwner);
        owner.make_object(NewBytes::Pieces(&[NEW]), Line::caller()).unwrap();
        reading.join().unwrap();
        world.assert_cells(1);
    });
}

/// Exactly one of two objects gets the last cell; the other one has a file.
#[test]
fn two_takers_of_the_last_cell() {
    with_cells(1, |world| {
        let (first, second) = (world.session(0), world.session(1));
        let other = meanwhile(&second, |second| second.put_old());
        for object in [first.put_old(), other.join().unwrap()] {
            let bytes = first.shared.read(object.index, Epoch(object.birth)).unwrap();
            assert_eq!(&*bytes, OLD);
        }
        assert_eq!(version::names().len(), 1);
        world.assert_cells(1);
    });
}

/// A session replaces a version of a session that has died, while the recoverer of the dead one frees its cells.
#[test]
fn a_commit_and_a_recoverer() {
    with_cells(2, |world| {
        let (dead, owner, recoverer) = (world.session(0), world.session(1), world.session(2));
        let object = dead.put_old();
        let Reply::Sent { seq } = dead.do_now(object, Command::Send { right: RIGHT }) else { panic!("sent") };
        let Reply::Version(base) = owner.do_now(object, Command::Claim { seq, right: RIGHT }) else {
            panic!("claimed")
        };
        let swept = meanwhile(&recoverer, |recoverer| recoverer.shared.free_cells_of(0));
        let Reply::Version(version) = owner.do_now(object, Command::OwnerCommit { base }) else { panic!("written") };
        let next = owner.put_old();
        swept.join().unwrap();
        for (index, version, bytes) in [(object.index, version, NEW), (next.index, Epoch(next.birth), OLD)] {
            let read = owner.shared.read(index, version).unwrap();
            assert_eq!(&*read, bytes);
        }
        world.assert_cells(2);
    });
}
