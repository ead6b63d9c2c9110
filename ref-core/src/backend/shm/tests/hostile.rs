//! A ledger whose words may have any value. Opening such a ledger, and every command on it, ends in time and without a
//! panic. Each call returns a result, or an error of a known kind.

use super::{RETURN, RIGHT, Shm, Stage, VersionsIn, here};
use crate::backend::Backend as _;
use crate::backend::shm::inspect::inspect;
use crate::backend::shm::layout::{CELL, Header};
use crate::backend::shm::state::{Mode, State};
use crate::error::{ErrorKind, Result};
use crate::id::{Epoch, ObjectId};
use crate::ledger::Command;
use proptest::prelude::*;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;

/// Where the records, their places, the slots' pages and the cells begin in the small stores of these tests.
const RECORDS: u64 = 8192;
const PLACES: u64 = RECORDS + 4096;
const PAGES: u64 = PLACES + 4096;
const CELL_STATES: u64 = PAGES + 8 * 4096;
const CELLS: u64 = CELL_STATES + 4096;

/// A word of the file, and what is written there.
#[derive(Clone, Copy, Debug)]
struct Damage {
    at: u64,
    word: u64,
}

/// Makes seven objects, each in another situation. Returns the lender, the borrower and the objects.
fn populated(stage: &Stage) -> (Shm, Shm, Vec<ObjectId>) {
    let (lender, borrower) = (stage.open(), stage.open());
    let objects: Vec<ObjectId> = (0..7).map(|_| lender.new_object()).collect();
    lender.read_by(objects[1], &borrower);
    lender.written_by(objects[2], &borrower);
    lender.ask(objects[3], Command::OpenExclusive { right: RIGHT }).unwrap();
    lender.send_away(objects[4]);
    lender.ask(objects[5], Command::Detach).unwrap();
    borrower.ask(objects[5], Command::Share).unwrap();
    lender.ask(objects[6], Command::Detach).unwrap();
    borrower.ask(objects[6], Command::Reserve).unwrap();
    (lender, borrower, objects)
}

fn damage(stage: &Stage, all: &[Damage]) {
    let ledger = OpenOptions::new().write(true).open(stage.folder.path().join("store/ledger")).unwrap();
    all.iter().for_each(|one| ledger.write_all_at(&one.word.to_ne_bytes(), one.at).unwrap());
}

/// Returns every command on an object that exists.
fn commands(epoch: Epoch) -> Vec<Command> {
    use Command::*;
    let right = RIGHT;
    vec![
        RedeemShared { epoch },
        RedeemExclusive { right },
        OwnerCommit { base: epoch },
        OpenShared,
        Reissue { right },
        Get,
        Share,
        Grant,
        Commit { token: epoch },
        End,
        Abort { token: epoch },
        RETURN,
        Reserve,
        Claim { seq: 1, right },
        OpenExclusive { right },
        Revoke,
        Send { right },
        TransitExpired { seq: 1 },
        Publish,
        Detach,
        Adopt,
        Evict,
        DropOwner,
    ]
}

/// Whether a damaged ledger may lead to this kind of error. An error of the system is not expected: a damaged number
/// must not reach a system call that refuses it.
fn is_expected(kind: ErrorKind) -> bool {
    use ErrorKind::*;
    let refusals = matches!(kind, Conflict | Gone | Expired | AlreadyRedeemed | Fenced | Diverged | Timeout);
    // A record that never had an object has no folder for versions. If its damaged state says that a session writes,
    // the commit of that session finds no folder, which is the error `StoreRemoved`.
    let of_the_store = matches!(kind, TooManyObjects | TooManySessions | StoreClosed | StoreCopied | StoreRemoved);
    refusals || of_the_store || matches!(kind, Corrupt | Exhausted)
}

#[track_caller]
fn fine<T>(result: Result<T>) -> Option<T> {
    result.map_err(|error| assert!(is_expected(error.kind()), "{error:?}")).ok()
}

/// Runs every command on every object in each of the sessions, and in a new session if one can be opened.
fn try_everything(stage: &Stage, objects: &[ObjectId], sessions: &[&Shm]) {
    fine(inspect(&stage.location()).and_then(|store| {
        for found in store.objects()? {
            fine(store.version_bytes(found.entry.id, 1 << 20));
        }
        store.sessions()
    }));
    let newcomer = fine(stage.try_open());
    for session in sessions.iter().copied().chain(&newcomer) {
        for object in objects.iter().copied().chain(session.shared.used_records().map(|record| record.id())) {
            let epoch = session.record(object).map_or(Epoch(1), |record| Epoch(record.state().epoch()));
            for command in commands(epoch) {
                fine(session.ask(object, command));
            }
            fine(session.current(object).and_then(|version| session.read(object, version)));
            fine(session.hold(object));
            let _somebody = session.died(object);
            session.wait(object, session.watch(object), std::time::Duration::ZERO);
        }
        if let Some((object, _)) = fine(session.put(&[super::OLD], here())) {
            fine(session.ask(object, Command::OpenShared));
            fine(session.ask(object, Command::End));
            fine(session.ask(object, Command::DropOwner));
        }
        fine(session.stats());
        fine(session.inspect().and_then(|store| Ok((store.objects()?, store.sessions()?))));
        fine(session.reap());
    }
}

/// Damages a store that is in use, or that only dead sessions had open, and runs every command.
fn survive(all: &[Damage], in_use: bool) {
    let stage = Stage::new(VersionsIn::Cells);
    let (lender, borrower, objects) = populated(&stage);
    crate::sync::alone(|| {
        if in_use {
            damage(&stage, all);
            try_everything(&stage, &objects, &[&lender, &borrower]);
        } else {
            lender.die();
            borrower.die();
            damage(&stage, all);
            try_everything(&stage, &objects, &[]);
        }
    });
}

fn state(mode: u64, slot: u64, epoch: u64, marks: u64) -> u64 {
    mode << 60 | marks << 58 | slot << 47 | epoch
}

/// Returns the offsets of the header's first eight words and of those of the cells, of all words that decide commands or
/// lead to versions, and of some words that are only for messages.
fn places() -> Vec<u64> {
    let header = (0..64).chain(96..120).step_by(8);
    let slots = (4096..4096 + 64).step_by(8);
    let records = (RECORDS..RECORDS + 8 * 64).step_by(8);
    let cells = [PLACES, CELL_STATES].into_iter().flat_map(|at| (at..at + 8 * 8).step_by(8));
    let cells = cells.chain((0..7).flat_map(|cell| [0, 8, 16].map(|word| CELLS + cell * CELL + word)));
    let page = (PAGES..PAGES + 512).step_by(8);
    header.chain(slots).chain(records).chain(cells).chain(page).collect()
}

#[test]
fn the_places_are_where_the_layout_has_them() {
    let stage = Stage::new(VersionsIn::Cells);
    let session = stage.open();
    let layout = session.shared.map.layout();
    assert_eq!((layout.fixed(), layout.page(0).0, layout.places()), (PAGES, PAGES, PLACES));
    assert_eq!((layout.cell_states(), layout.cell_words()), (CELL_STATES, CELLS));
    session.new_object();
    assert_eq!(session.shared.map.header(Header::HighWater).load(crate::sync::Ordering::Relaxed), 1);
    damage(&stage, &[Damage { at: RECORDS, word: State::new(Mode::Closing, 5, 77).into() }]);
    assert!(session.shared.record(0).unwrap().state().matches(Mode::Closing, 5, 77));
}

/// One word at a time is damaged. State words and owner words also get the values of all modes and of all kinds of
/// owners.
#[test]
fn any_one_word_may_say_what_it_should_not() {
    let mut values = vec![0, 1, 8, 9, u64::MAX, 1 << 63, u64::MAX >> 1, 0x0101_0101_0101_0101];
    for mode in 0..16 {
        for (slot, epoch) in [(0, 2), (1, 5), (8, 4), (2047, (1 << 47) - 1)] {
            values.push(state(mode, slot, epoch, mode & 3));
        }
    }
    // Owner words.
    values.extend((0..8).flat_map(|kind| [0, 1, 8].map(|slot| kind << 61 | slot << 50 | 1)));
    let states = (RECORDS..RECORDS + 8 * 64).step_by(64);
    let owners = states.clone().map(|at| at + 32);
    let meant = |at: &u64| states.clone().chain(owners.clone()).any(|place| place == *at);
    for (nth, at) in places().into_iter().enumerate() {
        let all = if meant(&at) { &values[..] } else { &values[..8] };
        for (mth, word) in all.iter().enumerate() {
            survive(&[Damage { at, word: *word }], (nth + mth) % 2 == 0);
        }
    }
}

fn any_word() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (0_u32..64).prop_map(|bit| 1 << bit),
        0_u64..20,
        (0_u64..16, 0_u64..2048, prop_oneof![0_u64..12, Just((1 << 47) - 1)], 0_u64..4)
            .prop_map(|(mode, slot, epoch, marks)| state(mode, slot, epoch, marks)),
        (0_u64..16, 0_u64..3, 0_u64..12, 0_u64..4)
            .prop_map(|(mode, slot, epoch, marks)| state(mode, slot, epoch, marks)),
        (0_u64..8, 0_u64..3, 0_u64..4).prop_map(|(kind, slot, seq)| kind << 61 | slot << 50 | seq),
        // States of cells, what they have, and places.
        (0_u64..4, 0_u64..3, 0_u64..4).prop_map(|(kind, slot, uses)| kind << 62 | slot << 51 | uses),
        (0_u64..10, 0_u64..10).prop_map(|(high, low)| high << 32 | low),
        (0_u64..2, 0_u64..5000, 0_u64..4).prop_map(|(head, length, epoch)| head << 63 | length << 47 | epoch),
    ]
}

/// Returns any one damage. The header's first words are rarely damaged: otherwise most stores could not be opened.
fn any_damage() -> impl Strategy<Value = Damage> {
    let places = prop_oneof![
        1 => (0_u64..8).prop_map(|nth| nth * 8),
        4 => (5_u64..8).prop_map(|nth| nth * 8),
        8 => (0_u64..8).prop_map(|nth| 4096 + nth * 8),
        40 => (0_u64..64).prop_map(|nth| RECORDS + nth * 8),
        4 => (0_u64..8).prop_map(|nth| PLACES + nth * 8),
        4 => (0_u64..9).prop_map(|nth| CELL_STATES + nth * 8),
        8 => (0_u64..9 * CELL / 8).prop_map(|nth| CELLS + nth * 8),
        1 => (12_u64..15).prop_map(|nth| nth * 8),
        4 => (0_u64..512).prop_map(|nth| PAGES + nth * 8),
    ];
    (places, any_word()).prop_map(|(at, word)| Damage { at, word })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_words_may_be_anything(all in proptest::collection::vec(any_damage(), 1..24), in_use: bool) {
        survive(&all, in_use);
    }
}

/// The state of a record that never had an object says that a session writes an object there, or has reserved it.
#[test]
fn a_record_without_a_folder_may_be_said_to_be_written() {
    for mode in [Mode::Exclusive, Mode::Pending] {
        survive(&[Damage { at: RECORDS + 7 * 64, word: u64::from(State::new(mode, 1, 0)) }], true);
    }
}

/// Sizes that do not fit the file are refused before anything is mapped.
#[test]
fn a_header_does_not_choose_how_much_is_mapped() {
    let stage = Stage::new(VersionsIn::Cells);
    drop(stage.open());
    damage(&stage, &[Damage { at: Header::Records as u64, word: 1 << 28 }]);
    assert_eq!(stage.try_open().map(drop).unwrap_err().kind(), ErrorKind::Corrupt);
}
