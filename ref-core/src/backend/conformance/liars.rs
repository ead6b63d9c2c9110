//! The tests tested: backends that lie, each in one way, and are caught.

use super::explain::{Reference, Seen};
use super::histories::{Scope, try_out};
use super::linear::{Call, is_explained};
use super::moves::Move;
use super::threads::race;
use super::*;
use crate::error::Holder;
use crate::id::{Epoch, Right, StoreId};
use crate::ledger::SessionId;
use crate::sync::{Ordering, plain::AtomicU32};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    /// A second redemption of an exclusive ticket is granted.
    RedeemsTwice,
    /// The same is refused for another reason.
    SaysExpired,
    /// A loan that is held ends.
    EndsWhatIsHeld,
    /// A revoked writer's commit is accepted.
    AcceptsLateCommits,
    /// A shared borrow is granted and forgotten.
    ForgetsBorrows,
    /// Every version reads the same.
    MixesVersions,
    /// The newest token is the smallest.
    CountsDown,
    /// Two that redeem an exclusive ticket at the same time both get it: a check, and then an act.
    ChecksThenActs,
}

struct Liar {
    honest: Arc<dyn Backend>,
    lie: Lie,
    /// How many calls are going on.
    inside: Arc<AtomicU32>,
}

fn lying(lie: Lie) -> impl Fn(usize) -> Fresh {
    move |sessions| {
        let Fresh { sessions, place } = memory(sessions);
        let inside = Arc::new(AtomicU32::new(0));
        let lying = |honest| Arc::new(Liar { honest, lie, inside: Arc::clone(&inside) }) as Arc<dyn Backend>;
        Fresh { sessions: sessions.into_iter().map(lying).collect(), place }
    }
}

impl Liar {
    fn tell(&self, object: ObjectId, command: Command, truth: Result<Reply>, at: Place) -> Result<Reply> {
        let kind = truth.as_ref().err().map(Error::kind);
        let version = || self.honest.current(object);
        let lie = match self.lie {
            Lie::ChecksThenActs if self.inside.load(Ordering::SeqCst) > 1 => Lie::RedeemsTwice,
            lie => lie,
        };
        match (lie, command, kind) {
            (Lie::RedeemsTwice, Command::RedeemExclusive { .. }, Some(ErrorKind::AlreadyRedeemed)) => {
                Ok(Reply::Exclusive { token: Epoch(1 << 40), version: version()? })
            }
            (Lie::SaysExpired, Command::RedeemExclusive { .. }, Some(ErrorKind::AlreadyRedeemed)) => {
                Err(Error::new(ErrorKind::Expired, "a lie"))
            }
            (Lie::EndsWhatIsHeld, Command::End, Some(ErrorKind::Conflict)) => {
                Ok(Reply::Ended { version: version()?, redeemed: true })
            }
            (Lie::AcceptsLateCommits, Command::Commit { token }, Some(ErrorKind::Fenced)) => Ok(Reply::Version(token)),
            (Lie::ForgetsBorrows, Command::RedeemShared { .. }, None) => {
                self.honest.apply(object, Command::Return, &[], at)?;
                truth
            }
            (Lie::CountsDown, Command::RedeemExclusive { .. }, None) => {
                Ok(Reply::Exclusive { token: Epoch(0), version: version()? })
            }
            _ => truth,
        }
    }
}

impl Backend for Liar {
    fn id(&self) -> StoreId {
        self.honest.id()
    }

    fn put(&self, bytes: &[u8], at: Place) -> Result<(ObjectId, Epoch)> {
        self.honest.put(bytes, at)
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: &[u8], at: Place) -> Result<Reply> {
        self.inside.fetch_add(1, Ordering::SeqCst);
        std::thread::yield_now();
        let truth = self.honest.apply(object, command, bytes, at);
        let told = self.tell(object, command, truth, at);
        self.inside.fetch_sub(1, Ordering::SeqCst);
        told
    }

    fn read(&self, object: ObjectId, version: Epoch) -> Result<crate::backend::Bytes> {
        match self.lie {
            Lie::MixesVersions => Ok(crate::backend::Bytes::Shared(Arc::from(&b"first"[..]))),
            _ => self.honest.read(object, version),
        }
    }

    fn current(&self, object: ObjectId) -> Result<Epoch> {
        self.honest.current(object)
    }

    fn watch(&self, object: ObjectId) -> crate::backend::Watch {
        self.honest.watch(object)
    }

    fn wait(&self, object: ObjectId, watch: crate::backend::Watch, slice: Duration) {
        self.honest.wait(object, watch, slice);
    }

    fn hold(&self, object: ObjectId) -> Result<Option<crate::backend::Hold>> {
        self.honest.hold(object)
    }

    fn is_offered(&self, object: ObjectId) -> Result<bool> {
        self.honest.is_offered(object)
    }

    fn stats(&self) -> Result<crate::backend::Stats> {
        self.honest.stats()
    }

    fn died(&self, object: ObjectId) -> Option<Holder> {
        self.honest.died(object)
    }

    fn reap(&self) -> Result<usize> {
        self.honest.reap()
    }

    fn is_home(&self) -> bool {
        self.honest.is_home()
    }
}

#[test]
fn every_liar_is_caught_by_some_history() {
    let lies = [
        Lie::RedeemsTwice,
        Lie::SaysExpired,
        Lie::EndsWhatIsHeld,
        Lie::AcceptsLateCommits,
        Lie::ForgetsBorrows,
        Lie::MixesVersions,
        Lie::CountsDown,
    ];
    for lie in lies {
        assert!(try_out(&lying(lie), Scope::Owned, 200).is_err(), "{lie:?} was believed");
    }
}

#[test]
fn a_race_catches_a_second_redemption_and_a_late_commit() {
    let owner = &[Move::OpenExclusive, Move::Revoke, Move::End];
    let borrower = &[Move::Take, Move::Take, Move::Commit];
    for lie in [Lie::RedeemsTwice, Lie::AcceptsLateCommits, Lie::SaysExpired] {
        assert!(race(&lying(lie), [owner, borrower, borrower], 200).is_err(), "{lie:?} was believed");
    }
}

#[test]
fn only_a_race_catches_a_check_that_is_not_one_with_its_act() {
    let owner = &[Move::OpenExclusive, Move::Revoke, Move::End];
    let borrower = &[Move::Take];
    assert!(try_out(&lying(Lie::ChecksThenActs), Scope::Owned, 50).is_ok(), "one after the other it tells the truth");
    assert!(race(&lying(Lie::ChecksThenActs), [owner, borrower, borrower], 2000).is_err(), "it was believed");
}

const OBJECT: ObjectId = ObjectId { index: 1, birth: 1 };
const RIGHT: Right = Right(7);

fn call(thread: u32, begun: u64, ended: u64, command: Command, told: super::explain::Told) -> Call {
    Call { begun, ended, seen: Seen { session: SessionId(thread), at: OBJECT, command, told } }
}

/// The owner offers from 0 to `offered`; another session has redeemed between 2 and 3.
fn redeemed_before(offered: u64) -> [Vec<Call>; 2] {
    let granted = Ok(Reply::Exclusive { token: Epoch(30), version: Epoch(10) });
    [
        vec![call(0, 0, offered, Command::OpenExclusive { right: RIGHT }, Ok(Reply::Opened(Epoch(20))))],
        vec![call(1, 2, 3, Command::RedeemExclusive { right: RIGHT }, granted)],
    ]
}

#[test]
fn calls_are_explained_in_an_order_that_keeps_what_was_over_before() {
    let start = Reference::new(OBJECT, SessionId(0), Epoch(10));
    assert!(is_explained(&start, &redeemed_before(1)), "one after the other");
    assert!(is_explained(&start, &redeemed_before(9)), "at the same time");
    let mut early = redeemed_before(9);
    early[0][0].begun = 5;
    assert!(!is_explained(&start, &early), "nobody redeems what is offered later");
}

#[test]
fn two_redemptions_of_one_ticket_have_no_explanation() {
    let start = Reference::new(OBJECT, SessionId(0), Epoch(10));
    let [owner, first] = redeemed_before(1);
    let granted = Ok(Reply::Exclusive { token: Epoch(40), version: Epoch(10) });
    let second = vec![call(2, 2, 9, Command::RedeemExclusive { right: RIGHT }, granted)];
    assert!(!is_explained(&start, &[owner.clone(), first.clone(), second]));
    let refused = Err((ErrorKind::AlreadyRedeemed, None));
    let second = vec![call(2, 2, 9, Command::RedeemExclusive { right: RIGHT }, refused)];
    assert!(is_explained(&start, &[owner, first, second]));
}
