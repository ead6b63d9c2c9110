//! Tests of the tests: backends with one flaw each, which random histories and races have to find.

use super::explain::{Reference, Seen};
use super::histories::{Scope, try_out};
use super::linear::{Call, is_explained};
use super::moves::Move;
use super::threads::race;
use super::*;
use crate::backend::{Inspect, ObjectName};
use crate::error::Holder;
use crate::id::{Epoch, Right, StoreId};
use crate::ledger::SessionId;
use crate::sync::{Ordering, plain::AtomicU32};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// A second redemption of an exclusive ticket is granted.
    RedeemsTwice,
    /// A second redemption of an exclusive ticket is refused as `Expired`, and not as `AlreadyRedeemed`.
    SaysExpired,
    /// An `End` is granted while a borrower holds the object.
    EndsWhatIsHeld,
    /// A revoked writer's commit is accepted.
    AcceptsLateCommits,
    /// A shared borrow is granted and forgotten.
    ForgetsBorrows,
    /// Every read returns the same bytes, whatever the version.
    MixesVersions,
    /// Every exclusive borrow gets the token 0, so a newer token is not larger.
    CountsDown,
    /// Two sessions that redeem an exclusive ticket at the same time both get it: the check and the act are two steps.
    ChecksThenActs,
}

/// A backend with a flaw.
struct Faulty {
    inner: Arc<dyn Backend>,
    flaw: Flaw,
    /// How many `apply` calls of the store's sessions are going on.
    inside: Arc<AtomicU32>,
}

fn flawed(flaw: Flaw) -> impl Fn(usize) -> Fresh {
    move |sessions| {
        let Fresh { sessions, place } = memory(sessions);
        let inside = Arc::new(AtomicU32::new(0));
        let flawed = |inner| Arc::new(Faulty { inner, flaw, inside: Arc::clone(&inside) }) as Arc<dyn Backend>;
        Fresh { sessions: sessions.into_iter().map(flawed).collect(), place }
    }
}

impl Faulty {
    fn distort(&self, object: ObjectId, command: Command, result: Result<Reply>, at: Caller) -> Result<Reply> {
        let kind = result.as_ref().err().map(Error::kind);
        let version = || self.inner.current(object);
        let flaw = match self.flaw {
            Flaw::ChecksThenActs if self.inside.load(Ordering::SeqCst) > 1 => Flaw::RedeemsTwice,
            flaw => flaw,
        };
        match (flaw, command, kind) {
            (Flaw::RedeemsTwice, Command::RedeemExclusive { .. }, Some(ErrorKind::AlreadyRedeemed)) => {
                Ok(Reply::Exclusive { token: Epoch(1 << 40), version: version()? })
            }
            (Flaw::SaysExpired, Command::RedeemExclusive { .. }, Some(ErrorKind::AlreadyRedeemed)) => {
                Err(Error::new(ErrorKind::Expired, "a flaw"))
            }
            (Flaw::EndsWhatIsHeld, Command::End, Some(ErrorKind::Conflict)) => {
                Ok(Reply::Ended { version: version()?, redeemed: true })
            }
            (Flaw::AcceptsLateCommits, Command::Commit { token }, Some(ErrorKind::Fenced)) => Ok(Reply::Version(token)),
            (Flaw::ForgetsBorrows, Command::RedeemShared { epoch }, None) => {
                self.inner.apply(object, Command::Return { loan: Some(epoch) }, &[], at)?;
                result
            }
            (Flaw::CountsDown, Command::RedeemExclusive { .. }, None) => {
                Ok(Reply::Exclusive { token: Epoch(0), version: version()? })
            }
            _ => result,
        }
    }
}

impl Backend for Faulty {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    fn put(&self, bytes: Pieces<'_>, at: Caller) -> Result<(ObjectId, Epoch)> {
        self.inner.put(bytes, at)
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: Pieces<'_>, at: Caller) -> Result<Reply> {
        self.inside.fetch_add(1, Ordering::SeqCst);
        std::thread::yield_now();
        let result = self.inner.apply(object, command, bytes, at);
        let told = self.distort(object, command, result, at);
        self.inside.fetch_sub(1, Ordering::SeqCst);
        told
    }

    fn read(&self, object: ObjectId, version: Epoch) -> Result<crate::backend::Bytes> {
        match self.flaw {
            Flaw::MixesVersions => Ok(crate::backend::Bytes::Shared(Arc::new(b"first".to_vec()))),
            _ => self.inner.read(object, version),
        }
    }

    fn publish(&self, object: ObjectId, name: &ObjectName, at: Caller) -> Result<()> {
        self.inner.publish(object, name, at)
    }

    fn named(&self, name: &ObjectName) -> Result<Option<ObjectId>> {
        self.inner.named(name)
    }

    fn forget_name(&self, name: &ObjectName, object: ObjectId) -> Result<()> {
        self.inner.forget_name(name, object)
    }

    fn names(&self, prefix: &str) -> Result<Vec<(ObjectName, ObjectId)>> {
        self.inner.names(prefix)
    }

    fn detached(&self) -> Result<Vec<ObjectId>> {
        self.inner.detached()
    }

    fn current(&self, object: ObjectId) -> Result<Epoch> {
        self.inner.current(object)
    }

    fn watch(&self, object: ObjectId) -> crate::backend::Watch {
        self.inner.watch(object)
    }

    fn wait(&self, object: ObjectId, watch: crate::backend::Watch, slice: Duration) {
        self.inner.wait(object, watch, slice);
    }

    fn watch_name(&self, name: &crate::backend::ObjectName) -> crate::backend::Watch {
        self.inner.watch_name(name)
    }

    fn wait_for_name(&self, name: &crate::backend::ObjectName, watch: crate::backend::Watch, slice: Duration) {
        self.inner.wait_for_name(name, watch, slice);
    }

    fn arm(&self, awaited: &crate::backend::Awaited, watch: crate::backend::Watch) -> bool {
        self.inner.arm(awaited, watch)
    }

    fn is_changed(&self, awaited: &crate::backend::Awaited, watch: crate::backend::Watch) -> bool {
        self.inner.is_changed(awaited, watch)
    }

    fn hold(&self, object: ObjectId) -> Result<Option<crate::backend::Hold>> {
        self.inner.hold(object)
    }

    fn is_offered(&self, object: ObjectId) -> Result<bool> {
        self.inner.is_offered(object)
    }

    fn describe(&self, fingerprint: u64, description: &str) -> bool {
        self.inner.describe(fingerprint, description)
    }

    fn description(&self, fingerprint: u64) -> Option<String> {
        self.inner.description(fingerprint)
    }

    fn stats(&self) -> Result<crate::backend::Stats> {
        self.inner.stats()
    }

    fn inspect(&self) -> Result<&dyn Inspect> {
        self.inner.inspect()
    }

    fn died(&self, object: ObjectId) -> Option<Holder> {
        self.inner.died(object)
    }

    fn reap(&self) -> Result<usize> {
        self.inner.reap()
    }

    fn is_opener(&self) -> bool {
        self.inner.is_opener()
    }
}

#[test]
fn every_flaw_is_found_by_some_history() {
    let flaws = [
        Flaw::RedeemsTwice,
        Flaw::SaysExpired,
        Flaw::EndsWhatIsHeld,
        Flaw::AcceptsLateCommits,
        Flaw::ForgetsBorrows,
        Flaw::MixesVersions,
        Flaw::CountsDown,
    ];
    for flaw in flaws {
        assert!(try_out(&flawed(flaw), Scope::Owned, 200).is_err(), "{flaw:?} was not found");
    }
}

#[test]
fn a_race_finds_a_second_redemption_and_a_late_commit() {
    let owner = &[Move::OpenExclusive, Move::Revoke, Move::End];
    let borrower = &[Move::Take, Move::Take, Move::Commit];
    for flaw in [Flaw::RedeemsTwice, Flaw::AcceptsLateCommits, Flaw::SaysExpired] {
        assert!(race(&flawed(flaw), [owner, borrower, borrower], 200).is_err(), "{flaw:?} was not found");
    }
}

#[test]
fn only_a_race_finds_a_check_that_is_not_one_step_with_its_act() {
    let owner = &[Move::OpenExclusive, Move::Revoke, Move::End];
    let borrower = &[Move::Take];
    assert!(try_out(&flawed(Flaw::ChecksThenActs), Scope::Owned, 50).is_ok(), "one call after the other is right");
    assert!(race(&flawed(Flaw::ChecksThenActs), [owner, borrower, borrower], 2000).is_err(), "it was not found");
}

const OBJECT: ObjectId = ObjectId { index: 1, birth: 1 };
const RIGHT: Right = Right(7);

fn call(thread: u32, begun: u64, ended: u64, command: Command, told: super::explain::Told) -> Call {
    Call { begun, ended, seen: Seen { session: SessionId(thread), at: OBJECT, command, told } }
}

/// Returns the calls of two sessions: the owner opens an exclusive loan from time 0 to `offered`, and the other session
/// redeems the loan's ticket from time 2 to 3.
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
    assert!(!is_explained(&start, &early), "a ticket is not redeemed before it is offered");
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
