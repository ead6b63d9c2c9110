//! A command that loads words at different moments decides as if it had loaded all of them at one moment, even if other
//! commands run in between.

use super::audit::audit;
use super::{OLD, RETURN, RIGHT, Shm, Stage, VersionsIn, here};
use crate::backend::Backend as _;
use crate::error::ErrorKind;
use crate::id::{ObjectId, Right};
use crate::ledger::{Command, Reply};
use crate::sync::{Outcome, interrupt, interrupt_twice, play};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

const DEPARTURE: Right = Right(8);

fn is_done(session: &Shm, object: ObjectId, command: Command) -> bool {
    session.ask(object, command).is_ok()
}

/// A session finds that the time of an object is over. Before it removes the object, another session, whose clock is
/// behind, extends the time.
#[test]
fn an_object_whose_time_was_extended_does_not_go() {
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Cells);
        let (owner, other, late) = (stage.open(), Rc::new(stage.open()), stage.open());
        let object = owner.new_object();
        let (soon, later) = (Duration::from_secs(3600), Duration::from_secs(7200));
        owner.ask(object, Command::DetachFor { time: soon }).unwrap();
        let record = late.record(object).unwrap();
        let first = record.deadline();
        let extended = Rc::new(Cell::new(None));
        let extend = {
            let (other, extended) = (Rc::clone(&other), Rc::clone(&extended));
            move || extended.set(Some(is_done(&other, object, Command::Extend { time: later })))
        };
        let act = || late.drop_if_over(record, |deadline| deadline == first);
        let (dropped, _interrupted) = interrupt(nth, Box::new(extend), act);
        let Some(extended) = extended.take() else { break };
        assert!(dropped != extended, "dropped: {dropped}, extended: {extended}, at point {nth}");
        assert_eq!(owner.current(object).is_ok(), extended, "at point {nth}");
    }
}

/// While a session evicts an object by its key, the loan of the object ends, and the object is detached, adopted and
/// lent again. Either the object is evicted while it is detached, and no session adopts it, or the object has an owner,
/// and the writer's commit counts.
#[test]
fn an_old_key_evicts_nothing_that_is_owned() {
    let mut played = 0;
    for nth in 0..6 {
        for later in 0..6 {
            let stage = Stage::new(VersionsIn::Cells);
            let (owner, writer, evictor) = (Rc::new(stage.open()), Rc::new(stage.open()), stage.open());
            let object = owner.new_object();
            let token = owner.written_by(object, &writer);
            let adopted = Rc::new(RefCell::new(None));
            let leaves = {
                let (owner, writer) = (Rc::clone(&owner), Rc::clone(&writer));
                move || {
                    writer.ask(object, Command::Abort { token }).unwrap();
                    owner.ask(object, Command::End).unwrap();
                    owner.ask(object, Command::Detach).unwrap();
                }
            };
            let returns = {
                let (owner, writer, adopted) = (Rc::clone(&owner), Rc::clone(&writer), Rc::clone(&adopted));
                move || {
                    let token = is_done(&owner, object, Command::Adopt).then(|| owner.written_by(object, &writer));
                    *adopted.borrow_mut() = Some(token);
                }
            };
            let act = || is_done(&evictor, object, Command::Evict);
            let (evicted, interrupted) = interrupt_twice((nth, Box::new(leaves)), (later, Box::new(returns)), act);
            let Some(adopted) = adopted.take().filter(|_| interrupted) else { continue };
            let when = format!("interrupted at point {nth}, and {later} points later");
            assert!(evicted != adopted.is_some(), "evicted: {evicted}, adopted: {adopted:?}, {when}");
            if let Some(token) = adopted {
                assert!(is_done(&writer, object, Command::Commit { token }), "{when}");
            }
            played += 1;
        }
    }
    assert!(played >= 3, "only {played} interruptions were played");
}

/// A recoverer is late: the lender has taken the object back and sent it. The recoverer does not overwrite the
/// departure's deadline with the note of a death.
#[test]
fn a_late_recoverer_leaves_the_deadline_of_a_departure_alone() {
    let mut played = 0;
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Cells);
        let (owner, writer, recoverer) = (Rc::new(stage.open()), stage.open(), stage.open());
        let object = owner.new_object();
        owner.written_by(object, &writer);
        writer.die();
        let sent = Rc::new(RefCell::new(None));
        let sends = {
            let (owner, sent) = (Rc::clone(&owner), Rc::clone(&sent));
            move || {
                owner.ask(object, Command::Revoke).unwrap();
                let Reply::Sent { seq } = owner.ask(object, Command::Send { right: DEPARTURE }).unwrap() else {
                    panic!("sent")
                };
                *sent.borrow_mut() = Some((seq, owner.record(object).unwrap().note()));
            }
        };
        let (told, interrupted) = interrupt(nth, Box::new(sends), || recoverer.reap());
        told.unwrap();
        if !interrupted {
            break;
        }
        let (seq, deadline) = sent.take().unwrap();
        assert_eq!(owner.record(object).unwrap().note(), deadline, "interrupted at point {nth}");
        recoverer.ask(object, Command::Claim { seq, right: DEPARTURE }).unwrap();
        played += 1;
    }
    assert!(played >= 3, "only {played} interruptions were played");
}

/// A death belongs to its loan: the end of the next loan does not report it.
#[test]
fn a_late_recoverer_tells_the_next_loan_of_no_death() {
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Cells);
        let (owner, writer, recoverer) = (Rc::new(stage.open()), stage.open(), stage.open());
        let object = owner.new_object();
        owner.written_by(object, &writer);
        writer.die();
        let lends = {
            let owner = Rc::clone(&owner);
            move || {
                owner.ask(object, Command::Revoke).unwrap();
                owner.ask(object, Command::OpenExclusive { right: RIGHT }).unwrap();
            }
        };
        let (told, interrupted) = interrupt(nth, Box::new(lends), || recoverer.reap());
        told.unwrap();
        if !interrupted {
            break;
        }
        let ended = owner.ask(object, Command::End).unwrap();
        assert!(matches!(ended, Reply::Ended { redeemed: false, .. }), "{ended:?}");
        assert!(owner.died(object).is_none(), "interrupted at point {nth}");
    }
}

/// A recoverer is late: the record of an evicted object is another object's by now. The recoverer does not clear the
/// owner of that next object.
#[test]
fn a_recoverer_takes_nothing_from_the_next_object_of_a_record() {
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Cells);
        let (owner, reader, recoverer, corpse) =
            (Rc::new(stage.open()), Rc::new(stage.open()), stage.open(), stage.open());
        let object = owner.new_object();
        owner.ask(object, Command::Detach).unwrap();
        reader.ask(object, Command::Share).unwrap();
        owner.ask(object, Command::Evict).unwrap();
        corpse.die();
        let next = Rc::new(RefCell::new(None));
        let reuses = {
            let (owner, next) = (Rc::clone(&owner), Rc::clone(&next));
            move || {
                reader.ask(object, RETURN).unwrap();
                let objects = std::iter::from_fn(|| owner.put(&[OLD], here()).ok()).map(|(object, _)| object);
                let objects: Vec<_> = objects.collect();
                assert!(objects.iter().all(|object| is_done(&owner, *object, Command::Detach)));
                *next.borrow_mut() = Some(objects);
            }
        };
        let (told, interrupted) = interrupt(nth, Box::new(reuses), || recoverer.reap());
        told.unwrap();
        if !interrupted {
            break;
        }
        for object in next.take().unwrap() {
            assert!(is_done(&owner, object, Command::Get), "interrupted at point {nth}: {object}");
        }
    }
}

/// A key leads to a version of its own object, and not of the next object in the record.
#[test]
fn a_key_is_told_no_version_of_another_object() {
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Cells);
        let (owner, reader) = (Rc::new(stage.open()), stage.open());
        let object = owner.new_object();
        owner.ask(object, Command::Detach).unwrap();
        let reuses = {
            let owner = Rc::clone(&owner);
            move || {
                owner.ask(object, Command::Evict).unwrap();
                std::iter::from_fn(|| owner.put(&[OLD], here()).ok()).for_each(drop);
            }
        };
        let first = object.birth;
        let (told, interrupted) = interrupt(nth, Box::new(reuses), || reader.ask(object, Command::Get));
        if !interrupted {
            break;
        }
        match told {
            Ok(Reply::Version(version)) => assert_eq!(version.0, first, "interrupted at point {nth}"),
            Ok(other) => panic!("{other:?}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Gone),
        }
    }
}

/// The lender of a lasting object is dead. While it is recovered, its borrower gives the object back, to the lender.
/// The object is detached afterwards, and open.
#[test]
fn a_borrower_that_ends_while_its_lender_is_recovered_leaves_the_object_open() {
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Both);
        let (lender, writer, recoverer) = (stage.open(), Rc::new(stage.open()), stage.open());
        let object = lender.new_object();
        lender.ask(object, Command::Detach).unwrap();
        lender.ask(object, Command::Adopt).unwrap();
        let token = lender.written_by(object, &writer);
        lender.die();
        let gives_back = {
            let writer = Rc::clone(&writer);
            move || assert!(is_done(&writer, object, Command::Abort { token }))
        };
        let (told, interrupted) = interrupt(nth, Box::new(gives_back), || recoverer.reap());
        told.unwrap();
        if !interrupted {
            break;
        }
        assert!(is_done(&recoverer, object, Command::Adopt), "interrupted at point {nth}");
    }
}

/// The owner of a lasting object died when it had given a version its name, and had not committed it. While it is
/// recovered, another session writes the object. That session's version has another name, which the recovery leaves
/// alone.
#[test]
fn a_version_is_not_taken_for_one_that_a_dead_owner_has_left() {
    let mut written = 0;
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Files);
        let (owner, writer, recoverer) = (stage.open(), Rc::new(stage.open()), stage.open());
        let object = owner.new_object();
        owner.ask(object, Command::Detach).unwrap();
        owner.ask(object, Command::Adopt).unwrap();
        let base = owner.current(object).unwrap();
        let died = play(3, || owner.ask(object, Command::OwnerCommit { base }).map(drop));
        assert!(matches!(died, Outcome::Died("commit.named")));
        owner.die();
        let token = Rc::new(Cell::new(None));
        let writes = {
            let (writer, token) = (Rc::clone(&writer), Rc::clone(&token));
            move || {
                if is_done(&writer, object, Command::Reserve) {
                    let Reply::Exclusive { token: mine, .. } = writer.ask(object, Command::Grant).unwrap() else {
                        panic!("granted")
                    };
                    writer.ask(object, Command::Commit { token: mine }).unwrap();
                    token.set(Some(mine));
                }
            }
        };
        let (told, interrupted) = interrupt(nth, Box::new(writes), || recoverer.reap());
        told.unwrap();
        if !interrupted {
            break;
        }
        let when = format!("interrupted at point {nth}");
        assert_eq!(recoverer.current(object).unwrap(), token.get().unwrap_or(base), "{when}");
        audit(&recoverer, &[&recoverer, &writer], stage.folder.path(), &when);
        written += u32::from(token.get().is_some());
    }
    assert!(written >= 3, "only {written} versions were written");
}

/// The owner revokes the loan while a writer redeems it, and writes the next version. A writer that was granted the
/// borrow is told the version that the owner lent, which no other session had replaced when the borrow began.
#[test]
fn a_writer_is_told_the_version_that_was_lent() {
    let mut replaced = 0;
    for nth in 0.. {
        let stage = Stage::new(VersionsIn::Cells);
        let (owner, writer) = (Rc::new(stage.open()), stage.open());
        let object = owner.new_object();
        let lent = owner.current(object).unwrap();
        owner.ask(object, Command::OpenExclusive { right: RIGHT }).unwrap();
        let revokes = {
            let owner = Rc::clone(&owner);
            move || {
                owner.ask(object, Command::Revoke).unwrap();
                owner.ask(object, Command::OwnerCommit { base: lent }).unwrap();
            }
        };
        let redeem = || writer.ask(object, Command::RedeemExclusive { right: RIGHT });
        let (told, interrupted) = interrupt(nth, Box::new(revokes), redeem);
        if !interrupted {
            break;
        }
        let Ok(Reply::Exclusive { version, .. }) = told else { continue };
        assert_eq!(version, lent, "interrupted at point {nth}");
        replaced += 1;
    }
    assert!(replaced >= 1, "the writer was never granted a borrow that was then revoked");
}
