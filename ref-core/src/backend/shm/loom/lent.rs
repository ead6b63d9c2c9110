//! Loans: redemptions, writes, ends, revokes and returns at the same time.

use super::*;

/// Returns an owner that has lent an object shared, a session that may redeem the ticket, the object, and the loan.
fn lent(world: &World) -> (Arc<Shm>, Arc<Shm>, ObjectId, Epoch) {
    let (owner, reader) = (world.session(0), world.session(1));
    let object = owner.put_old();
    let epoch = owner.lend(object);
    (owner, reader, object, epoch)
}

/// Returns an owner that offers an object for exclusive access, a session that may take the offer, and the object.
fn offered(world: &World) -> (Arc<Shm>, Arc<Shm>, ObjectId) {
    let (owner, taker) = (world.session(0), world.session(1));
    let object = owner.put_old();
    owner.do_now(object, Command::OpenExclusive { right: RIGHT });
    (owner, taker, object)
}

/// A redemption is never granted after an end that found no reader.
#[test]
fn a_redemption_or_an_end() {
    every_order(|world| {
        let (owner, reader, object, epoch) = lent(world);
        let redeemed = meanwhile(&reader, move |reader| reader.redeem(object, epoch));
        let ended = owner.ask(object, Command::End).is_ok();
        let granted = redeemed.join().unwrap();
        assert!(!(granted && ended), "held and ended");
        assert!(reader.shared.record(0).unwrap().readers(0).load(Ordering::Acquire) == u64::from(granted) << 1);
    });
}

/// A reader whose bit is in a new word raises the number of words before it sets the bit. A lender loads that number
/// after it has changed the state. So the lender sees the bit, or the reader is refused.
#[test]
fn a_redemption_in_a_new_word_of_bits_or_an_end() {
    with_slots(65, |world| {
        let (owner, reader) = (world.session(0), world.session(64));
        let object = owner.put_old();
        let epoch = owner.lend(object);
        let redeemed = meanwhile(&reader, move |reader| {
            reader.shared.map.header(Header::Groups).fetch_max(2, Ordering::AcqRel);
            reader.redeem(object, epoch)
        });
        let ended = owner.ask(object, Command::End).is_ok();
        assert!(!(redeemed.join().unwrap() && ended), "held and ended");
    });
}

/// After a reader has given its borrow back, the owner may change the value in place.
#[test]
fn a_return_hands_over_to_the_end() {
    every_order(|world| {
        let (owner, reader, object, epoch) = lent(world);
        let value = Value::new();
        let reads = value.clone();
        let reading = meanwhile(&reader, move |reader| {
            if reader.redeem(object, epoch) {
                reads.read();
                reader.do_now(object, RETURN);
            }
        });
        if owner.ask(object, Command::End).is_ok() {
            value.write();
        }
        reading.join().unwrap();
        owner.do_now(object, Command::End);
        value.write();
        owner.do_now(object, Command::DropOwner);
        world.assert_clean(0);
    });
}

#[test]
fn two_redemptions_and_an_end() {
    every_order(|world| {
        let (owner, first, second) = (world.session(0), world.session(1), world.session(2));
        let object = owner.put_old();
        let epoch = owner.lend(object);
        let readers = [first, second].map(|reader| meanwhile(&reader, move |reader| reader.redeem(object, epoch)));
        let ended = owner.ask(object, Command::End).is_ok();
        let granted = readers.map(|reader| reader.join().unwrap());
        assert!(!(granted.contains(&true) && ended), "held and ended");
    });
}

/// Two threads of one session share one reader bit.
#[test]
fn two_threads_of_a_process_and_an_end() {
    every_order(|world| {
        let (owner, process, object, epoch) = lent(world);
        let stays = meanwhile(&process, move |process| process.redeem(object, epoch));
        let returns = meanwhile(&process, move |process| {
            if process.redeem(object, epoch) {
                process.do_now(object, RETURN);
            }
        });
        let ended = owner.ask(object, Command::End).is_ok();
        returns.join().unwrap();
        assert!(!(stays.join().unwrap() && ended), "held and ended");
    });
}

/// Exactly one of two takers gets the offer, and only that taker writes.
#[test]
fn two_takers_of_one_offer() {
    every_order(|world| {
        let (owner, first, second, value) = (world.session(0), world.session(1), world.session(2), Value::new());
        let object = owner.put_old();
        value.write();
        owner.do_now(object, Command::OpenExclusive { right: RIGHT });
        let takers = [first, second].map(|taker| {
            let value = value.clone();
            meanwhile(&taker, move |taker| match taker.ask(object, Command::RedeemExclusive { right: RIGHT }) {
                Ok(Reply::Exclusive { token, .. }) => {
                    value.write();
                    taker.do_now(object, Command::Commit { token });
                    true
                }
                refused => {
                    assert_eq!(refusal(refused), Refusal::AlreadyRedeemed);
                    false
                }
            })
        });
        let taken = takers.map(|taker| taker.join().unwrap());
        assert!(taken[0] != taken[1], "an offer is taken once: {taken:?}");
        owner.do_now(object, Command::End);
        value.write();
        world.assert_clean(1);
    });
}

/// Either the owner gets a new ticket, which makes the old ticket void, or the old ticket is redeemed.
#[test]
fn a_taker_or_a_new_ticket() {
    every_order(|world| {
        let (owner, taker, object) = offered(world);
        let taken =
            meanwhile(&taker, move |taker| taker.ask(object, Command::RedeemExclusive { right: RIGHT }).is_ok());
        let reissued = owner.ask(object, Command::Reissue { right: OTHER_RIGHT }).is_ok();
        assert!(taken.join().unwrap() != reissued, "one of the two holds");
    });
}

/// The ticket of an offer that has ended is never redeemed under the next offer.
#[test]
fn an_old_ticket_or_another_offer() {
    every_order(|world| {
        let (owner, taker, object) = offered(world);
        let taken =
            meanwhile(&taker, move |taker| taker.ask(object, Command::RedeemExclusive { right: RIGHT }).is_ok());
        let ended = owner.ask(object, Command::End).is_ok();
        if ended {
            owner.do_now(object, Command::OpenExclusive { right: OTHER_RIGHT });
        }
        assert!(taken.join().unwrap() != ended, "one of the two holds");
    });
}

/// The swap decides: the revoke returns the version of the commit, or the commit is fenced.
#[test]
fn a_commit_or_a_revoke() {
    every_order(|world| {
        let (owner, writer, object) = offered(world);
        let token = writer.take_up(object);
        let committed = meanwhile(&writer, move |writer| match writer.ask(object, Command::Commit { token }) {
            Ok(_) => true,
            refused => {
                assert_eq!(refusal(refused), Refusal::Fenced);
                false
            }
        });
        let Reply::Revoked { version, moved: None } = owner.do_now(object, Command::Revoke) else {
            panic!("an exclusive loan does not move")
        };
        // The owner goes on at once, from the version in the reply.
        let bytes = owner.shared.versions().read(object.index, version).unwrap();
        assert_eq!(&*bytes, if version == token { NEW } else { OLD });
        owner.do_now(object, Command::OwnerCommit { base: version });
        assert_eq!(committed.join().unwrap(), version == token, "the revoke and the commit disagree");
        world.assert_clean(1);
    });
}

/// A revoked reader keeps the version that it reads. When the reader leaves, the old record is reclaimed.
#[test]
fn a_redemption_or_a_revoke() {
    every_order(|world| {
        let (owner, reader, object, epoch) = lent(world);
        let reading = meanwhile(&reader, move |reader| {
            if reader.redeem(object, epoch) {
                let record = reader.shared.record(object.index).unwrap();
                let bytes = reader.shared.versions().read(object.index, record.current()).unwrap();
                assert_eq!(&*bytes, OLD, "the revoked reader's version changed");
                reader.do_now(object, RETURN);
            }
        });
        let Reply::Revoked { version, moved } = owner.do_now(object, Command::Revoke) else { panic!("revoked") };
        let home = moved.unwrap_or(object);
        owner.do_now(home, Command::OwnerCommit { base: version });
        reading.join().unwrap();
        world.assert_clean(1);
    });
}

/// Exactly one of the last two readers takes the object apart, and then its record is free for another object.
#[test]
fn two_returns_of_a_doomed_object() {
    every_order(|world| {
        let (owner, first, second) = (world.session(0), world.session(1), world.session(2));
        let object = owner.put_old();
        let epoch = owner.lend(object);
        assert!(first.redeem(object, epoch) && second.redeem(object, epoch));
        owner.do_now(object, Command::DropOwner);
        let before = owner.shared.record(0).unwrap().state().epoch();
        let other = meanwhile(&first, move |first| first.do_now(object, RETURN));
        second.do_now(object, RETURN);
        other.join().unwrap();
        assert_eq!(owner.shared.record(0).unwrap().state().epoch(), before + 1, "it is taken apart once");
        world.assert_clean(0);
    });
}

/// A reader that leaves does not reclaim the object while another reader borrows it, even if the reader that leaves has
/// seen the doom.
#[test]
fn a_redemption_a_return_and_a_drop() {
    with_slots(65, |world| {
        let (owner, leaves, comes) = (world.session(0), world.session(1), world.session(64));
        comes.shared.map.header(Header::Groups).store(2, Ordering::Release);
        let object = owner.put_old();
        let epoch = owner.lend(object);
        assert!(leaves.redeem(object, epoch));
        let returned = meanwhile(&leaves, move |leaves| leaves.do_now(object, RETURN));
        let redeemed = meanwhile(&comes, move |comes| comes.redeem(object, epoch));
        owner.do_now(object, Command::DropOwner);
        returned.join().unwrap();
        if redeemed.join().unwrap() {
            let record = comes.record(object).unwrap();
            assert!(comes.shared.versions().read(object.index, record.current()).is_ok(), "it went under a reader");
            comes.do_now(object, RETURN);
        }
        world.assert_clean(0);
    });
}

#[test]
fn a_return_and_a_drop() {
    every_order(|world| {
        let (owner, reader, object, epoch) = lent(world);
        assert!(reader.redeem(object, epoch));
        let returned = meanwhile(&reader, move |reader| reader.do_now(object, RETURN));
        owner.do_now(object, Command::DropOwner);
        returned.join().unwrap();
        world.assert_clean(0);
    });
}

#[test]
fn a_commit_and_a_drop() {
    every_order(|world| {
        let (owner, writer, object) = offered(world);
        let token = writer.take_up(object);
        let committed = meanwhile(&writer, move |writer| {
            let _committed_or_gone = writer.ask(object, Command::Commit { token });
        });
        owner.do_now(object, Command::DropOwner);
        committed.join().unwrap();
        world.assert_clean(0);
    });
}

/// An old ticket never fits the record's next object.
#[test]
fn an_old_ticket_and_a_reused_record() {
    every_order(|world| {
        let (owner, reader, object, epoch) = lent(world);
        let reading = meanwhile(&reader, move |reader| {
            if reader.redeem(object, epoch) {
                let record = reader.shared.record(object.index).unwrap();
                assert_eq!(record.birth(), object.birth, "another object's");
                reader.do_now(object, RETURN);
            }
        });
        owner.do_now(object, Command::DropOwner);
        let next = owner.put_old();
        owner.lend(next);
        reading.join().unwrap();
        owner.do_now(next, Command::End);
        world.assert_clean(1);
    });
}

/// A recoverer ends a dead writer, while the lender takes the object back and sends it. The recoverer does not
/// overwrite the deadline.
#[test]
fn a_recoverer_or_a_revoke_and_a_departure() {
    every_order(|world| {
        let (owner, writer, object) = offered(world);
        let token = writer.take_up(object);
        let recovered = meanwhile(&writer, move |writer| {
            let record = writer.shared.record(object.index).unwrap();
            writer.shared.end_dead_writer(record, writer.me, token.0);
        });
        owner.do_now(object, Command::Revoke);
        let Reply::Sent { seq } = owner.do_now(object, Command::Send { right: RIGHT }) else { panic!("sent") };
        let deadline = owner.record(object).unwrap().note();
        recovered.join().unwrap();
        assert_eq!(owner.record(object).unwrap().note(), deadline, "the deadline is the sender's");
        writer.do_now(object, Command::Claim { seq, right: RIGHT });
    });
}
