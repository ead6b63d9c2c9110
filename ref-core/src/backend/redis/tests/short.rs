//! Tests of the short ways of commands. A short way does not read the whole object.

use super::scripts::{Bench, monitor};
use crate::id::{Epoch, Right};
use crate::ledger::Command;
use redis::Value;

/// An object that one session has lent, a session that can borrow it, and the server's log of commands.
struct Lent {
    bench: Bench,
    owner: (String, u64),
    log: std::sync::mpsc::Receiver<String>,
}

const LOAN: Epoch = Epoch(2);
const RIGHT: Right = Right(7);

impl Lent {
    /// Lends an object, and begins a session that can borrow it.
    fn new() -> Self {
        let mut bench = Bench::new();
        bench.put();
        assert!(bench.ask(Command::OpenShared).starts_with("ok\n"));
        let session = bench.begin(10_000);
        let owner = (std::mem::replace(&mut bench.session, session), std::mem::take(&mut bench.number));
        Self { bench, owner, log: monitor() }
    }

    /// Borrows the object. The process has the version's bytes if `known` is the version's name.
    fn borrow_with(&mut self, epoch: Epoch, known: &str) -> String {
        self.bench.number += 1;
        let mut call = self.bench.call(Command::RedeemShared { epoch }, None, self.bench.number);
        call.args[5] = known.as_bytes().to_vec();
        self.bench.send(&call)
    }

    fn borrow(&mut self) -> String {
        self.borrow_with(LOAN, "name1")
    }

    fn borrowed() -> Self {
        let mut lent = Self::new();
        assert!(lent.borrow().starts_with("ok\nshared\n"));
        lent
    }

    /// Runs a command of the owner.
    fn own(&mut self, command: Command) -> String {
        self.as_owner(|lent| lent.bench.ask(command))
    }

    fn as_owner<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let swap = |lent: &mut Self| {
            std::mem::swap(&mut lent.bench.session, &mut lent.owner.0);
            std::mem::swap(&mut lent.bench.number, &mut lent.owner.1);
        };
        swap(self);
        let done = act(self);
        swap(self);
        done
    }

    fn key(&self) -> String {
        self.bench.keys.object(&super::super::keys::name(super::scripts::OBJECT))
    }

    fn raw<T: redis::FromRedisValue>(&mut self, words: &[&str]) -> T {
        redis::cmd(words[0]).arg(&words[1..]).query(&mut self.bench.connection).unwrap()
    }

    /// Notes that a call waits for the object.
    fn note_wait(&mut self) {
        let key = self.key();
        let _: Value = self.raw(&["HSET", &key, "W", "w:test"]);
    }

    /// Returns the bytes of the current version, as `look.lua` reads them, which has no short way.
    fn read(&mut self) -> Vec<u8> {
        let object = super::super::keys::name(super::scripts::OBJECT);
        let (keys, args) = super::super::request::look(&self.bench.keys, &object, "", "");
        let said = super::super::call::run(&mut self.bench.connection, &super::super::script::LOOK, &keys, &args);
        match said.unwrap() {
            Value::Array(parts) => match parts.into_iter().nth(1) {
                Some(Value::BulkString(bytes)) => bytes,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn has_note(&mut self) -> bool {
        let key = self.key();
        self.raw(&["HEXISTS", &key, "W"])
    }

    /// Returns what `act` returns, and whether it took the short way.
    fn is_short<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let store = format!(":{}}}", self.bench.store.store);
        let mark = |what: &str| format!("{what} {store}");
        let (begin, end) = (mark("begin"), mark("end"));
        let _: Value = self.raw(&["ECHO", &begin]);
        let done = act(self);
        let _: Value = self.raw(&["ECHO", &end]);
        let lines = self.log.iter().skip_while(|line| !line.contains(&begin)).take_while(|line| !line.contains(&end));
        let whole = lines.filter(|line| line.contains(" lua] \"HGETALL\"") && line.contains(&store)).count();
        (done, whole == 0)
    }
}

#[test]
fn a_borrow_and_its_release_take_the_short_way() {
    let mut lent = Lent::new();
    let (said, is_short) = lent.is_short(Lent::borrow);
    assert!(said.starts_with("ok\nshared\n1\nname1\n") && is_short, "{said}");
    assert_eq!(lent.is_short(|lent| lent.bench.give_back(0)), ("ok\ndone".to_owned(), true));
    assert!(lent.own(Command::End).starts_with("ok\nended\n"), "nothing is left of the borrow");
}

/// The process of the borrower lacks the version's bytes, and another process waits for a change of the object.
#[test]
fn a_borrow_without_the_bytes_and_beside_a_wait_takes_the_short_way() {
    let mut lent = Lent::new();
    lent.note_wait();
    let (said, is_short) = lent.is_short(|lent| lent.borrow_with(LOAN, ""));
    assert!(said.starts_with("ok\nshared\n1\nname1\n") && is_short, "{said}");
    assert!(!lent.has_note());
    lent.note_wait();
    assert_eq!(lent.is_short(|lent| lent.bench.give_back(0)), ("ok\ndone".to_owned(), true));
    assert!(!lent.has_note());
}

/// Each request of an exclusive loan takes the short way, also if a process waits for the object. Some versions are in
/// the object's hash, in one piece or in several. Others have a key of their own.
#[test]
fn the_requests_of_an_exclusive_loan_take_the_short_way() {
    let mut lent = Lent::new();
    assert!(lent.own(Command::End).starts_with("ok\nended\n"));
    let mut number = 2;
    for length in [0, 1, 64, 65, 512, 513, 16_384, 100, 0] {
        let bytes = vec![b'x'; length];
        let short = |lent: &mut Lent, act: &mut dyn FnMut(&mut Lent) -> String| {
            lent.note_wait();
            let (said, is_short) = lent.is_short(|lent| act(lent));
            assert!(said.starts_with("ok\n") && is_short, "{length}: {said}");
            assert!(!lent.has_note());
        };
        short(&mut lent, &mut |lent| lent.own(Command::OpenExclusive { right: RIGHT }));
        short(&mut lent, &mut |lent| lent.bench.ask(Command::RedeemExclusive { right: RIGHT }));
        let token = Epoch(number + 2);
        short(&mut lent, &mut |lent| lent.bench.write(Command::Commit { token }, Some(&bytes)));
        short(&mut lent, &mut |lent| lent.own(Command::End));
        assert_eq!(lent.read(), bytes);
        let next = [&bytes[..], b"y"].concat();
        let next = if next.len() > 16_384 { bytes.clone() } else { next };
        short(&mut lent, &mut |lent| {
            lent.as_owner(|lent| lent.bench.write(Command::OwnerCommit { base: token }, Some(&next)))
        });
        assert_eq!(lent.read(), next);
        number += 3;
    }
    assert!(lent.is_short(|lent| lent.own(Command::DropOwner)) == ("ok\ndone".to_owned(), true));
}

#[test]
fn a_borrow_that_is_not_the_common_case_takes_the_long_way() {
    let long = |lent: &mut Lent, said: &str, why: &str| {
        let (reply, is_short) = lent.is_short(Lent::borrow);
        assert!(reply.starts_with(said) && !is_short, "{why}: {reply}");
    };
    let mut lent = Lent::new();
    assert!(lent.borrow().starts_with("ok\nshared\n"));
    long(&mut lent, "ok\njoined\n", "the session has a borrow");

    let mut lent = Lent::new();
    let (reply, is_short) = lent.is_short(|lent| lent.borrow_with(Epoch(9), "name1"));
    assert!(reply.starts_with("no\n") && !is_short, "the ticket is of another loan: {reply}");

    let mut lent = Lent::borrowed();
    assert!(lent.own(Command::End).starts_with("no\nconflict\n"));
    (lent.bench.session, lent.bench.number) = (lent.bench.begin(10_000), 0);
    long(&mut lent, "no\n", "the loan is closing");

    let mut lent = Lent::new();
    let (sessions, owner) = (lent.bench.keys.sessions(), lent.owner.0.clone());
    let _: Value = lent.raw(&["ZADD", &sessions, "1", &owner]);
    long(&mut lent, "no\n", "the owner is dead");
}

#[test]
fn a_release_that_is_not_the_common_case_takes_the_long_way() {
    let long = |lent: &mut Lent, why: &str| {
        let released = lent.is_short(|lent| lent.bench.give_back(0));
        assert_eq!(released, ("ok\ndone".to_owned(), false), "{why}");
    };
    let mut lent = Lent::borrowed();
    assert_eq!(lent.own(Command::DropOwner), "ok\ndone");
    long(&mut lent, "the object is doomed");
    let key = lent.key();
    assert!(!lent.raw::<bool>(&["EXISTS", &key]), "the last reader removes it");

    let mut lent = Lent::new();
    lent.as_owner(|lent| {
        assert!(lent.borrow().starts_with("ok\nshared\n"));
        long(lent, "the session owns the object");
        let claims = lent.bench.keys.claims(&lent.bench.session);
        assert_eq!(lent.raw::<Vec<String>>(&["HVALS", &claims]), [""], "it is still the owner's");
    });

    let mut lent = Lent::borrowed();
    assert!(lent.own(Command::Revoke).starts_with("ok\n"));
    long(&mut lent, "the loan was revoked");

    let mut lent = Lent::borrowed();
    assert!(lent.own(Command::Revoke).starts_with("ok\n"));
    let opened = lent.own(Command::OpenShared);
    let epoch = Epoch(opened.rsplit('\n').next().unwrap().parse().unwrap());
    assert!(lent.borrow_with(epoch, "name1").starts_with("ok\nshared\n"));
    long(&mut lent, "there are two readings");
    assert!(lent.own(Command::End).starts_with("no\nconflict\n"), "the later one goes on");
    let last = lent.is_short(|lent| lent.bench.give_back(epoch.0 - 1)); // the epoch of the revocation
    assert_eq!(last, ("ok\ndone".to_owned(), true));
    assert!(lent.own(Command::End).starts_with("ok\nended\n"), "both are over");

    let mut lent = Lent::new();
    assert!(lent.own(Command::End).starts_with("ok\nended\n"));
    assert_eq!(lent.own(Command::Detach), "ok\ndone");
    for command in [Command::Share, Command::Reserve] {
        assert!(lent.bench.ask(command).starts_with("ok\n"), "{command:?}");
    }
    long(&mut lent, "the session has reserved the object");
    let claims = lent.bench.keys.claims(&lent.bench.session);
    assert_eq!(lent.raw::<Vec<String>>(&["HVALS", &claims]), [""], "its death would end the reservation");
}
