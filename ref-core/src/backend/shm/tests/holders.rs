//! The holders of an object: how a session counts its borrows, and how messages name a holder.

use super::{RETURN, Stage, VersionsIn, here};
use crate::backend::{Backend as _, Caller};
use crate::error::ErrorKind;
use crate::ledger::{Command, Reply};
use crate::sync::{Outcome, interrupt, play};
use std::rc::Rc;

/// A thread whose session is a reader already need not set the bit, but has to look at the state: since its first look,
/// the session's other threads may have given their borrows back, and may have borrowed again under another loan.
#[test]
fn a_second_borrow_of_a_process_looks_at_the_loan_once_it_is_counted() {
    let stage = Stage::new(VersionsIn::Cells);
    let (owner, reader) = (Rc::new(stage.open()), Rc::new(stage.open()));
    let object = owner.new_object();
    let old = owner.lend(object);
    reader.ask(object, Command::RedeemShared { epoch: old }).unwrap();

    let (lender, other_thread) = (Rc::clone(&owner), Rc::clone(&reader));
    let meanwhile = move || {
        other_thread.ask(object, RETURN).unwrap();
        lender.ask(object, Command::End).unwrap();
        other_thread.ask(object, Command::RedeemShared { epoch: lender.lend(object) }).unwrap();
    };
    let late = || reader.ask(object, Command::RedeemShared { epoch: old });
    let (answer, had_a_point) = interrupt(0, Box::new(meanwhile), late);
    assert!(had_a_point);
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::Expired);
    // The refused borrow is not counted any more: one return clears the bit.
    reader.ask(object, RETURN).unwrap();
    assert!(matches!(owner.ask(object, Command::End), Ok(Reply::Ended { .. })));
}

/// A session whose borrow was revoked closes like any other session, and needs no recovery.
#[test]
fn a_session_that_was_fenced_gives_its_slot_back() {
    let stage = Stage::new(VersionsIn::Cells);
    let (owner, writer) = (stage.open(), stage.open());
    let object = owner.new_object();
    let token = owner.written_by(object, &writer);
    owner.ask(object, Command::Revoke).unwrap();
    writer.ask(object, Command::Commit { token }).unwrap_err();
    writer.ask(object, Command::Abort { token }).unwrap();
    drop(writer);
    assert_eq!(owner.stats().unwrap().sessions, 1);
    // A session that still writes does not give its slot back.
    let writer = stage.open();
    owner.written_by(object, &writer);
    drop(writer);
    assert_eq!((owner.stats().unwrap().sessions, owner.reap().unwrap()), (2, 1));
}

/// A writer that dies in a checkpoint, at any point, had the borrow: its lender is told of the death.
#[test]
fn a_writer_that_dies_in_a_checkpoint_was_not_done() {
    for versions in [VersionsIn::Cells, VersionsIn::Files] {
        for nth in 0.. {
            let stage = Stage::new(versions);
            let (owner, writer) = (stage.open(), stage.open());
            let object = owner.new_object();
            let (base, token) = (owner.current(object).unwrap(), owner.written_by(object, &writer));
            let played = play(nth, || writer.ask(object, Command::Checkpoint { token }).unwrap());
            writer.die();
            let Reply::Ended { version, redeemed: true } = owner.ask(object, Command::End).unwrap() else {
                panic!("the loan is over")
            };
            let at = if let Outcome::Died(point) = played { point } else { "its end" };
            assert!(owner.died(object).is_some(), "{at}");
            assert!(version == token || version == base && at != "its end", "{at}");
            if let Outcome::Done(_) = played {
                break;
            }
        }
    }
}

/// The stored `file:line` of a borrow may be overwritten by another borrow's. In that case the holder's line is
/// unknown, and no wrong line is reported.
#[test]
fn a_holder_s_line_is_its_own_or_unknown() {
    let stage = Stage::new(VersionsIn::Cells);
    let session = stage.open();
    let lines = lines();
    let (mut known, mut unknown) = (0, 0);
    for (nth, line) in (0..).zip(lines) {
        session.note_borrow(nth % 8, line);
        for back in 0..nth.min(8) {
            let (record, line) = ((nth - back) % 8, lines[(nth - back) as usize]);
            let holder = session.shared.holder(session.me, record);
            assert_eq!(holder.pid, std::process::id());
            assert!(holder.since.is_some());
            match holder.at {
                Some(at) => {
                    assert_eq!(at, text(line));
                    known += 1;
                }
                None => unknown += 1,
            }
        }
    }
    assert!(known > unknown && unknown > 0, "{known} known, {unknown} unknown");
    assert_eq!(session.shared.holder(session.me, 20 * 128).at, None, "another record of the same place");
}

/// Returns the end of `file:line`, as much as a note has room for.
fn text(line: Caller) -> String {
    let text = format!("{}:{}", line.file(), line.line());
    text[text.len().saturating_sub(56)..].to_owned()
}

#[rustfmt::skip]
fn lines() -> [Caller; 48] {
    [
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
        here(),
    ]
}
