//! Tests of the scripts alone: a server runs them without a `RedisSession` or a `Channel`.

use super::super::call::{ScriptCall, load, run};
use super::super::connect::Connector;
use super::super::connection::Connection;
use super::super::keys::{self, Keys};
use super::super::payload;
use super::super::pool::{Connections, Pool};
use super::super::request::{NewVersion, RequestContext, look};
use super::super::script;
use super::{Server, fresh_store, stranger};
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Command, LAST_EPOCH, LAST_SEQ};
use redis::Value;
use std::time::Duration;

/// A store, a session in it, and the number of the session's last request.
pub(super) struct Bench {
    pub(super) store: Server,
    pub(super) keys: Keys,
    pub(super) connection: Connection,
    pub(super) session: String,
    pub(super) number: u64,
}

pub(super) const OBJECT: ObjectId = ObjectId { index: 7, birth: 42 };
const H: Right = Right(u64::MAX);

impl Bench {
    pub(super) fn new() -> Self {
        let store = fresh_store();
        let keys = Keys::of(&store.store);
        let mut bench = Self { store, keys, connection: stranger(), session: String::new(), number: 0 };
        bench.session = bench.begin(10_000);
        bench
    }

    pub(super) fn begin(&mut self, lease: u64) -> String {
        let keys = [self.keys.id(), self.keys.sessions(), self.keys.names(), self.keys.clock()];
        let args = ["random", &lease.to_string(), "1\ttest\there", "77", "2"].map(|arg| arg.as_bytes().to_vec());
        let said = run(&mut self.connection, &script::BEGIN, &keys, &args).unwrap();
        super::super::text::words(said).remove(2)
    }

    pub(super) fn call(&self, command: Command, bytes: Option<&[u8]>, number: u64) -> ScriptCall {
        let context = RequestContext {
            keys: &self.keys,
            session: &self.session,
            object: OBJECT,
            caller: "here:1".to_owned(),
            known: "",
            names: Vec::new(),
            keep_orphans_for: Duration::from_secs(60),
            ticket_timeout: Duration::from_secs(60),
        };
        let written = bytes.map(|bytes| NewVersion {
            name: format!("name{number}"),
            length: bytes.len(),
            digest: "d".to_owned(),
            bytes: Some(bytes.into()),
        });
        let mut call = context.call(command, written);
        call.args[1] = number.to_string().into_bytes();
        call
    }

    pub(super) fn send(&mut self, call: &ScriptCall) -> String {
        match run(&mut self.connection, call.script, &call.keys, &call.args) {
            Ok(Value::Array(parts)) => match &parts[0] {
                Value::BulkString(text) => String::from_utf8(text.clone()).unwrap(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn ask(&mut self, command: Command) -> String {
        self.write(command, None)
    }

    pub(super) fn write(&mut self, command: Command, bytes: Option<&[u8]>) -> String {
        self.number += 1;
        let call = self.call(command, bytes, self.number);
        self.send(&call)
    }

    /// Gives back a borrow of the generation: the epoch of the object's last revocation before the borrow, or 0.
    pub(super) fn give_back(&mut self, generation: u64) -> String {
        self.number += 1;
        let mut call = self.call(Command::Return { loan: None }, None, self.number);
        call.args.push(generation.to_string().into_bytes());
        self.send(&call)
    }

    pub(super) fn put(&mut self) {
        assert!(self.write(Command::Put, Some(b"value")).starts_with("ok\nversion\n1\n"));
    }

    /// Returns every key of the store with its value. Two results differ if a key or a value was changed between the
    /// two calls.
    fn dump(&mut self) -> Vec<(String, Option<Vec<u8>>)> {
        let mut names = super::keys(&self.store);
        names.sort();
        let mut dump = |name: &String| redis::cmd("DUMP").arg(name).query(&mut self.connection).unwrap();
        names.iter().map(|name| (name.clone(), dump(name))).collect()
    }
}

#[test]
fn the_library_has_every_function_and_is_loaded_once() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        load(&mut bench.connection).unwrap();
    }
    let list = |name: &str| redis::cmd("FUNCTION").arg("LIST").arg("LIBRARYNAME").arg(name).to_owned();
    let listed: Value = list(&script::library().name).query(&mut bench.connection).unwrap();
    let listed = format!("{listed:?}");
    for script in script::ALL {
        assert!(listed.contains(&format!("{:?}", script.called())), "{} is not in {listed}", script.name);
    }
}

/// A script cannot name the constants of this crate, so `session.lua` and `queue.lua` repeat them.
#[test]
fn the_scripts_have_the_limits_of_this_crate() {
    let session = include_str!("../scripts/session.lua");
    let (inline, last) = (super::super::payload::INLINE, format!("{}, {}", LAST_EPOCH.0, LAST_SEQ));
    assert!(session.contains(&format!("local INLINE = {inline} ")));
    assert!(session.contains(&format!("local LAST_EPOCH, LAST_SEQ = {last} ")));
    let patience = format!("local PATIENCE = {} ", super::super::queue::PATIENCE.as_millis());
    assert!(include_str!("../scripts/queue.lua").contains(&patience));
}

#[test]
fn a_request_that_comes_twice_is_obeyed_once_and_answered_alike() {
    let mut bench = Bench::new();
    bench.put();
    for command in [Command::OpenExclusive { right: H }, Command::RedeemExclusive { right: H }, Command::End] {
        let first = bench.ask(command);
        let before = bench.dump();
        let again = bench.call(command, None, bench.number);
        assert_eq!(bench.send(&again), first);
        assert_eq!(bench.dump(), before, "{command:?}");
    }
}

#[test]
fn a_straggler_does_nothing_even_when_its_object_is_gone() {
    let mut bench = Bench::new();
    let put = bench.call(Command::Put, Some(b"value"), 1);
    bench.put();
    bench.ask(Command::DropOwner);
    let before = bench.dump();
    assert_eq!(bench.send(&put), "old");
    assert_eq!(bench.dump(), before);
}

/// If the `begin` of a session arrives twice, the second arrival begins another session.
#[test]
fn a_session_that_has_ended_does_not_begin_again() {
    let mut bench = Bench::new();
    let put = bench.call(Command::Put, Some(b"value"), 1);
    let (sessions, dead) = (bench.keys.sessions(), bench.keys.dead());
    let close = [bench.session.clone().into_bytes(), b"closed".to_vec()];
    run(&mut bench.connection, &script::CLOSE, &[sessions, dead], &close).unwrap();
    assert_ne!(bench.begin(10_000), bench.session);
    assert_eq!(bench.send(&put), "lost");
}

#[test]
fn a_request_that_leaves_one_out_is_told_which() {
    let mut bench = Bench::new();
    bench.put();
    let before = bench.dump();
    let early = bench.call(Command::OpenShared, None, 3);
    assert_eq!(bench.send(&early), "gap\n1");
    assert_eq!(bench.dump(), before);
}

#[test]
fn a_refusal_changes_nothing_but_the_memory_of_the_request() {
    let mut bench = Bench::new();
    bench.put();
    let requests = bench.keys.requests();
    let others = |bench: &mut Bench| bench.dump().into_iter().filter(|(key, _)| *key != requests).collect::<Vec<_>>();
    let before = others(&mut bench);
    for command in [
        Command::RedeemShared { epoch: Epoch(9) },
        Command::RedeemExclusive { right: H },
        Command::Reissue { right: H },
        Command::Commit { token: Epoch(1) },
        Command::Checkpoint { token: Epoch(1) },
        Command::OwnerCommit { base: Epoch(9) },
        Command::Claim { seq: 1, right: H },
        Command::Adopt,
        Command::Share,
        Command::Evict,
        Command::Put,
    ] {
        let said = bench.write(command, Some(b"other"));
        assert!(said.starts_with("no\n"), "{command:?}: {said}");
        assert_eq!(others(&mut bench), before, "{command:?}");
    }
}

#[test]
fn what_is_not_staged_is_not_committed_and_costs_no_number() {
    let mut bench = Bench::new();
    let mut put = bench.call(Command::Put, Some(b"value"), 1);
    put.args.pop();
    let before = bench.dump();
    assert_eq!(bench.send(&put), "unstaged");
    assert_eq!(bench.dump(), before);
    bench.put();
}

/// A request to write a version may arrive again, late.
#[test]
fn a_version_that_is_written_again_expires_only_if_no_commit_names_it() {
    let mut bench = Bench::new();
    let (key, second) = (bench.keys.large("x"), Duration::from_secs(1));
    let connections = Connections::new(&Pool::new(Connector::new(&bench.store).unwrap()), second);
    let stage = || payload::stage(&connections, second, &key, &[b"ab", b"", b"cde"], second * 60).unwrap();
    let mut look =
        || -> (String, i64) { redis::pipe().get(&key).cmd("PTTL").arg(&key).query(&mut bench.connection).unwrap() };
    stage();
    stage();
    let (staged, left) = look();
    assert_eq!(staged, "abcde");
    assert!(left > 0, "it expires by itself");
    let () = redis::cmd("PERSIST").arg(&key).query(&mut stranger()).unwrap();
    stage();
    assert_eq!(look(), ("abcde".to_owned(), -1));
}

#[test]
fn every_key_is_declared_and_all_are_in_one_slot() {
    let mut bench = Bench::new();
    let log: std::sync::mpsc::Receiver<String> = monitor();
    bench.put();
    let epoch = Epoch(2);
    for command in [Command::OpenShared, Command::RedeemShared { epoch }] {
        assert!(bench.ask(command).starts_with("ok\n"), "{command:?}");
    }
    assert!(bench.give_back(0).starts_with("ok\n"));
    for command in
        [Command::End, Command::OpenExclusive { right: H }, Command::RedeemExclusive { right: H }, Command::Revoke]
    {
        assert!(bench.ask(command).starts_with("ok\n"), "{command:?}");
    }
    assert!(bench.write(Command::OwnerCommit { base: Epoch(1) }, Some(&[7; 20_000])).starts_with("ok\n"));
    assert!(bench.ask(Command::Send { right: H }).starts_with("ok\n"));
    assert!(bench.ask(Command::Claim { seq: 1, right: H }).starts_with("ok\n"));
    // A request that does not declare the large version that it would remove changes nothing. The reply has the
    // version's key.
    let before = bench.dump();
    let said = bench.ask(Command::DropOwner);
    assert_eq!(bench.dump(), before);
    let mut drop = bench.call(Command::DropOwner, None, bench.number);
    drop.keys.extend(said.strip_prefix("which\n").unwrap().split('\n').map(str::to_owned));
    assert_eq!(bench.send(&drop), "ok\ndone");
    let _: Value = redis::cmd("ECHO").arg("the end").query(&mut bench.connection).unwrap();

    let (mut declared, mut touched) = (Vec::new(), 0);
    for line in log.iter().take_while(|line| !line.contains("the end")) {
        let words: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        if words[0].eq_ignore_ascii_case("FCALL") && line.contains(&bench.store.store) {
            let count: usize = words[2].parse().unwrap();
            declared = words[3..3 + count].to_vec().iter().map(|key| (*key).to_owned()).collect();
            let tag = format!("{{ref:{}}}:", bench.store.store);
            assert!(declared.iter().all(|key| key.starts_with(&tag)), "{declared:?}");
        } else if line.contains(" lua] ") && line.contains(&format!(":{}}}", bench.store.store)) {
            let keys = words[1..].iter().filter(|word| word.starts_with("{ref:"));
            for key in keys {
                assert!(declared.iter().any(|known| known == key), "{key} is not declared: {line}");
                touched += 1;
            }
        }
    }
    assert!(touched > 60, "the scripts were not seen: {touched}");
}

/// Returns the commands that the server gets from now on, line by line.
pub(super) fn monitor() -> std::sync::mpsc::Receiver<String> {
    use std::io::{BufRead as _, BufReader, Write as _};
    let mut socket = std::os::unix::net::UnixStream::connect(super::server().socket()).unwrap();
    socket.write_all(b"MONITOR\r\n").unwrap();
    let mut lines = BufReader::new(socket).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "+OK");
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| said.send(line)));
    heard
}

/// A script takes the server's time or, if it is later, the time of the store's last decision.
#[test]
fn time_does_not_run_backwards() {
    let mut bench = Bench::new();
    bench.put();
    let clock = bench.keys.clock();
    let time: u64 = redis::cmd("GET").arg(&clock).query(&mut bench.connection).unwrap();
    // Sets the store's clock as if the server's clock had been an hour ahead. The lease of a session that begins after
    // this counts from that time.
    let ahead = time + 3_600_000;
    let () = redis::cmd("SET").arg(&clock).arg(ahead).query(&mut bench.connection).unwrap();
    assert_eq!(bench.ask(Command::OpenShared), "lost", "its lease had run out by then");
    let now: u64 = redis::cmd("GET").arg(&clock).query(&mut bench.connection).unwrap();
    assert_eq!(now, ahead);
    let another = bench.begin(10_000);
    let ends: u64 = redis::cmd("ZSCORE").arg(bench.keys.sessions()).arg(another).query(&mut bench.connection).unwrap();
    assert_eq!(ends, ahead + 10_000);
}

#[test]
fn a_session_that_was_found_dead_stays_dead() {
    let mut bench = Bench::new();
    bench.put();
    let k = &bench.keys;
    let (sessions, dead, renewal) = (k.sessions(), k.dead(), [k.sessions(), k.dead(), k.clock(), k.deadlines()]);
    let () = redis::cmd("ZADD").arg(&sessions).arg(1).arg(&bench.session).query(&mut bench.connection).unwrap();
    let (keys, args) = look(&bench.keys, &keys::name(OBJECT), "", "");
    run(&mut bench.connection, &script::LOOK, &keys, &args).unwrap();
    let how: String = redis::cmd("HGET").arg(&dead).arg(&bench.session).query(&mut bench.connection).unwrap();
    assert_eq!(how, "lost");
    let renewed =
        run(&mut bench.connection, &script::RENEW, &renewal, &[bench.session.clone().into_bytes(), b"9".into()]);
    assert_eq!(super::super::text::words(renewed.unwrap()), ["lost"]);
    let owner: String =
        redis::cmd("HGET").arg(bench.keys.object(&keys::name(OBJECT))).arg("o").query(&mut bench.connection).unwrap();
    assert_eq!(owner, "o", "the pause of a process deletes nothing");
}

/// A session whose lease has run out is lost, even if no script has declared it dead before the renewal.
#[test]
fn a_late_renewal_renews_nothing() {
    let mut bench = Bench::new();
    let k = &bench.keys;
    let keys = [k.sessions(), k.dead(), k.clock(), k.deadlines()];
    let () = redis::cmd("ZADD").arg(&keys[0]).arg(1).arg(&bench.session).query(&mut bench.connection).unwrap();
    let args = [bench.session.clone().into_bytes(), b"10000".to_vec()];
    for _ in 0..2 {
        let renewed = run(&mut bench.connection, &script::RENEW, &keys, &args).unwrap();
        assert_eq!(super::super::text::words(renewed), ["lost"]);
    }
}

/// An owner's session may be closed and not recovered yet. Its object counts as doomed then, and a short way must not
/// grant anything of it.
#[test]
fn a_borrower_gets_nothing_of_an_owner_that_is_dead_and_not_recovered() {
    let epoch = Epoch(2);
    for (lend, before, refused) in [
        (Command::OpenShared, None, Command::RedeemShared { epoch }),
        (Command::OpenExclusive { right: H }, None, Command::RedeemExclusive { right: H }),
        (
            Command::OpenExclusive { right: H },
            Some(Command::RedeemExclusive { right: H }),
            Command::Commit { token: Epoch(3) },
        ),
    ] {
        let mut bench = Bench::new();
        bench.put();
        assert_eq!(bench.ask(lend), "ok\nopened\n2");
        let borrower = bench.begin(10_000);
        let owner = std::mem::replace(&mut bench.session, borrower);
        bench.number = 0;
        if let Some(before) = before {
            assert!(bench.ask(before).starts_with("ok\nexclusive\n3\n"));
        }
        let k = &bench.keys;
        let close = [owner.into_bytes(), b"closed".to_vec()];
        run(&mut bench.connection, &script::CLOSE, &[k.sessions(), k.dead()], &close).unwrap();
        let said = bench.write(refused, Some(b"other"));
        assert!(said.starts_with("no\ngone\n"), "{refused:?}: {said}");
    }
}

/// A writer that never got the reply to its checkpoint has the token before it still.
#[test]
fn a_checkpoint_whose_reply_is_lost_is_answered_again_and_its_writer_goes_on() {
    for last in [Command::Commit { token: Epoch(3) }, Command::Abort { token: Epoch(3) }, Command::End] {
        let mut bench = Bench::new();
        bench.put();
        assert_eq!(bench.ask(Command::OpenExclusive { right: H }), "ok\nopened\n2");
        assert!(bench.ask(Command::RedeemExclusive { right: H }).starts_with("ok\nexclusive\n3\n"));
        let checkpoint = Command::Checkpoint { token: Epoch(3) };
        let first = bench.write(checkpoint, Some(b"one"));
        assert!(first.starts_with("ok\nexclusive\n4\n3\n"), "{first}");
        assert_eq!(bench.write(checkpoint, Some(b"one")), first);
        // Other bytes are another checkpoint, whose reply is lost as well.
        bench.number += 1;
        let mut lost = bench.call(checkpoint, Some(b"lost"), bench.number);
        lost.args[9] = b"the digest of a lost one".to_vec();
        assert!(bench.send(&lost).starts_with("ok\nexclusive\n5\n4\n"), "{last:?}");
        let said = match last {
            Command::End => {
                bench.number += 1;
                let mut other = bench.call(checkpoint, Some(b"two"), bench.number);
                other.args[9] = b"another digest".to_vec();
                let said = bench.send(&other);
                assert!(said.starts_with("ok\nexclusive\n6\n5\n"), "{said}");
                bench.write(Command::Commit { token: Epoch(6) }, Some(b"three"))
            }
            last => bench.write(last, matches!(last, Command::Commit { .. }).then_some(&b"two"[..])),
        };
        assert!(said.starts_with("ok\n"), "{last:?}: {said}");
        let ended = bench.ask(Command::End);
        assert!(ended.starts_with("ok\nended\n1\n"), "{last:?}: {ended}");
    }
}

/// A dead session is removed only when it has no claim on an object any more.
#[test]
fn a_dead_session_with_claims_is_not_forgotten() {
    let mut bench = Bench::new();
    bench.put();
    let k = &bench.keys;
    let close = [bench.session.clone().into_bytes(), b"closed".to_vec()];
    run(&mut bench.connection, &script::CLOSE, &[k.sessions(), k.dead()], &close).unwrap();
    let keys = [k.dead(), k.names(), k.requests(), k.claims(&bench.session)];
    let said = run(&mut bench.connection, &script::FORGET, &keys, &close[..1]).unwrap();
    assert_eq!(super::super::text::words(said), ["claims"]);
}

#[test]
fn a_server_that_lacks_the_library_is_given_it() {
    let mut bench = Bench::new();
    let () = redis::cmd("FUNCTION").arg("FLUSH").query(&mut bench.connection).unwrap();
    bench.put();
    let () = redis::cmd("FUNCTION").arg("DELETE").arg(&script::library().name).query(&mut bench.connection).unwrap();
    assert!(bench.ask(Command::OpenShared).starts_with("ok\n"));
}
