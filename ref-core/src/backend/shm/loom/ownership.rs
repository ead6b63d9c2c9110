//! Ownership: claims, adoptions and new objects at the same time.

use super::*;

/// Exactly one of two claimers gets the object, and that claimer can write it.
#[test]
fn two_claimers() {
    every_order(|world| {
        let (owner, first, second) = (world.session(0), world.session(1), world.session(2));
        let object = owner.put_old();
        let Reply::Sent { seq } = owner.do_now(object, Command::Send { right: RIGHT }) else { panic!("sent") };
        let claim = move |claimer: &Shm| match claimer.ask(object, Command::Claim { seq, right: RIGHT }) {
            Ok(Reply::Version(base)) => {
                claimer.do_now(object, Command::OwnerCommit { base });
                true
            }
            refused => {
                assert_eq!(refusal(refused), Refusal::AlreadyRedeemed);
                false
            }
        };
        let other = meanwhile(&first, claim);
        let claimed = claim(&second);
        assert!(other.join().unwrap() != claimed, "it has one owner");
        world.assert_clean(1);
    });
}

/// The deadline of an object passes while a session claims the object and another session sweeps. The object is
/// claimed, or it is gone.
#[test]
fn a_claimer_or_a_sweeper() {
    every_order(|world| {
        let (owner, claimer) = (world.session(0), world.session(1));
        let object = owner.put_old();
        let Reply::Sent { seq } = owner.do_now(object, Command::Send { right: RIGHT }) else { panic!("sent") };
        let claimed =
            meanwhile(&claimer, move |claimer| claimer.ask(object, Command::Claim { seq, right: RIGHT }).is_ok());
        let record = owner.shared.record(object.index).unwrap();
        record.set_note(0);
        let swept = owner.drop_expired_transit(record);
        let claimed = claimed.join().unwrap();
        assert!(!(claimed && swept), "claimed and swept");
        world.assert_clean(usize::from(claimed));
    });
}

#[test]
fn two_adopters() {
    every_order(|world| {
        let (first, second) = (world.session(0), world.session(1));
        let object = first.put_old();
        first.do_now(object, Command::Detach);
        let other = meanwhile(&second, move |second| second.ask(object, Command::Adopt).is_ok());
        let adopted = first.ask(object, Command::Adopt).is_ok();
        assert!(other.join().unwrap() != adopted, "it has one owner");
    });
}

/// Two sessions that make objects never get the same record.
#[test]
fn two_makers_and_a_freed_record() {
    every_order(|world| {
        let (first, second) = (world.session(0), world.session(1));
        let gone = first.put_old();
        first.do_now(gone, Command::DropOwner);
        let other = meanwhile(&second, |second| second.put_old());
        let one = first.put_old();
        assert!(other.join().unwrap().index != one.index, "two objects in a record");
        world.assert_clean(2);
    });
}
