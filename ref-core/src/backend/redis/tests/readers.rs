//! Tests of objects with very many readers, and of the versions that readers of revoked loans keep.

use super::super::session::RedisSession;
use super::{Server, fresh_store, keys, sessions::*, stranger};
use crate::backend::Backend as _;
use crate::error::HeldAs;
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};
use redis::ConnectionLike;
use ref_test_kit::RedisServer;

/// More readers than the values that Lua can unpack at once.
const MANY: usize = 9_000;

/// Gives an object `MANY` readers, each a session of its own. `ends` is when their leases end.
fn add_readers(to: &mut impl ConnectionLike, owner: &RedisSession, object: ObjectId, ends: u64) {
    let script = "
        local store, object, gen = KEYS[1], ARGV[1], redis.call('HGET', KEYS[1] .. 'object:' .. ARGV[1], 'g') or '0'
        for n = 1, tonumber(ARGV[2]) do
          local session = string.format('%032d-1.0', n)
          local reading = gen .. '\\t1000\\there:' .. n
          redis.call('ZADD', store .. 'sessions', ARGV[3], session)
          redis.call('HSET', store .. 'names', session, n .. '\\ttest\\thost')
          redis.call('HSET', store .. 'claims:' .. session, object, reading)
          redis.call('ZADD', store .. 'readers:' .. object, gen, session .. '\\t' .. reading)
        end";
    let name = super::super::keys::name(object);
    let mut call = redis::cmd("EVAL");
    call.arg(script).arg(1).arg(owner.keys.prefix()).arg(name).arg(MANY).arg(ends);
    let () = call.query(to).unwrap();
}

/// The end of a lease that lasts for longer than any test, in milliseconds.
const FOR_EVER: u64 = 1 << 50;

fn lent(store: &Server, bytes: &[u8]) -> (RedisSession, ObjectId, Epoch, Epoch) {
    let owner = attach_idle(store);
    let (object, version) = owner.put(&[bytes], here()).unwrap();
    let epoch = lend(&owner, object);
    (owner, object, version, epoch)
}

#[test]
fn a_conflict_names_a_few_of_very_many_readers_and_says_how_many_there_are() {
    let (owner, object, ..) = lent(&fresh_store(), b"value");
    add_readers(&mut stranger(), &owner, object, FOR_EVER);
    let refused = owner.apply(object, Command::End, &[], here()).unwrap_err();
    let conflict = refused.conflict().unwrap();
    assert_eq!((conflict.held, conflict.holders.len(), conflict.count), (HeldAs::Borrow, 8, MANY));
    assert!(refused.to_string().contains(" and 8992 more"), "{refused}");
    assert!(refused.to_string().len() < 1500, "{refused}");
}

#[test]
fn a_loan_with_very_many_readers_is_revoked_and_lent_anew() {
    let (owner, object, version, epoch) = lent(&fresh_store(), b"value");
    add_readers(&mut stranger(), &owner, object, FOR_EVER);
    assert_eq!(granted(&owner, object, Command::Revoke), Reply::Revoked { version, moved: None });
    assert!(lend(&owner, object) > epoch);
    assert_eq!(granted(&owner, object, Command::End), Reply::Ended { version, redeemed: true });
    assert!(matches!(
        owner.apply(object, Command::OwnerCommit { base: version }, &[b"new"], here()),
        Ok(Reply::Version(_))
    ));
    granted(&owner, object, Command::DropOwner);
    assert_eq!(
        owner.apply(object, Command::OpenShared, &[], here()).unwrap_err().kind(),
        crate::error::ErrorKind::Gone
    );
}

/// A call that dead readers would be in the way of takes these readers away. So no later call looks at them again.
#[test]
fn very_many_dead_readers_are_in_no_way_and_are_recovered() {
    let store = fresh_store();
    let (owner, object, version, _) = lent(&store, b"value");
    add_readers(&mut stranger(), &owner, object, 1);
    assert_eq!(granted(&owner, object, Command::End), Reply::Ended { version, redeemed: true });
    let left = keys(&store);
    assert!(!left.iter().any(|key| key.contains(":readers:")), "they are not looked at again");
    assert!(owner.reap().unwrap() >= MANY);
    let claims = keys(&store).into_iter().filter(|key| key.contains(":claims:")).count();
    assert_eq!(claims, 1, "the owner's are left");
    drop(owner);
    assert_eq!(keys(&store), Vec::<String>::new());
}

/// For a call on an object with very many readers, the server runs as many commands as for one with few.
#[test]
fn a_command_on_an_object_costs_the_same_with_very_many_readers() {
    let server = RedisServer::start();
    let socket = redis::ConnectionAddr::Unix(server.socket());
    let mut observer = redis::Client::open(socket).unwrap().get_connection().unwrap();
    let store = Server::parse(&server.address("a")).unwrap();
    let (owner, object, _, epoch) = lent(&store, b"value");
    let borrower = attach_idle(&store);
    let cycle = |observer: &mut redis::Connection, epoch| {
        let () = redis::cmd("CONFIG").arg("RESETSTAT").query(observer).unwrap();
        assert_eq!(lend(&owner, object), epoch);
        granted(&borrower, object, Command::RedeemShared { epoch });
        granted(&borrower, object, Command::Return { loan: Some(epoch) });
        let Reply::Revoked { .. } = granted(&owner, object, Command::Revoke) else { panic!("revoked") };
        let info: String = redis::cmd("INFO").arg("commandstats").query(observer).unwrap();
        let calls = info.lines().filter_map(|line| line.split_once("calls=")?.1.split(',').next()?.parse::<u64>().ok());
        calls.sum::<u64>()
    };
    cycle(&mut observer, epoch); // The process has the bytes from here on.
    let epoch = lend(&owner, object);
    let few = cycle(&mut observer, epoch);
    let epoch = lend(&owner, object);
    add_readers(&mut observer, &owner, object, FOR_EVER);
    assert_eq!(cycle(&mut observer, epoch), few);
}

/// A reader of a revoked loan reads one version, whatever is committed after it.
#[test]
fn a_revoked_reader_keeps_one_version_and_only_as_long_as_it_reads() {
    let store = fresh_store();
    let (owner, object, first, first_loan) = lent(&store, &[1; 100_000]);
    let (one, two) = (attach_idle(&store), attach_idle(&store));
    let versions = || keys(&store).iter().filter(|key| key.contains(":version:")).count();
    let commit = |base, byte| match owner.apply(object, Command::OwnerCommit { base }, &[&[byte; 100_000]], here()) {
        Ok(Reply::Version(version)) => version,
        other => panic!("{other:?}"),
    };
    granted(&one, object, Command::RedeemShared { epoch: first_loan });
    granted(&two, object, Command::RedeemShared { epoch: first_loan });
    granted(&owner, object, Command::Revoke);
    let last = (2..20).fold(first, commit);
    assert_eq!(versions(), 2, "the first and the last");
    let epoch = lend(&owner, object);
    let three = attach_idle(&store);
    granted(&three, object, Command::RedeemShared { epoch });
    granted(&owner, object, Command::Revoke);
    (20..30).fold(last, commit);
    assert_eq!(versions(), 3, "the first, the one that was lent anew, and the last");
    granted(&one, object, Command::Return { loan: Some(first_loan) });
    assert_eq!((versions(), two.read(object, first).unwrap()[0]), (3, 1));
    granted(&two, object, Command::Return { loan: Some(first_loan) });
    assert_eq!((versions(), three.read(object, last).unwrap()[0]), (2, 19));
    granted(&three, object, Command::Return { loan: Some(epoch) });
    assert_eq!(versions(), 1);
    assert!(!keys(&store).iter().any(|key| key.contains(":kept:")));
}

/// A version that only a lost reader may read expires by itself.
#[test]
fn a_version_that_a_lost_revoked_reader_kept_expires() {
    let store = fresh_store();
    let (owner, object, base, epoch) = lent(&store, &[1; 100_000]);
    let reader = attach_idle(&store);
    granted(&reader, object, Command::RedeemShared { epoch });
    granted(&owner, object, Command::Revoke);
    owner.apply(object, Command::OwnerCommit { base }, &[b"small"], here()).unwrap();
    let large = || keys(&store).into_iter().find(|key| key.contains(":version:")).unwrap();
    let left = || redis::cmd("PTTL").arg(large()).query::<i64>(&mut stranger()).unwrap();
    assert_eq!(left(), -1, "it is kept for as long as it is read");
    lose(&reader);
    owner.reap().unwrap();
    assert!(left() > 0);
    assert_eq!(reader.read(object, base).unwrap().len(), 100_000);
}

/// An object of a few bytes needs one key, a hash in the compact form, and one entry of its owner's claims.
#[test]
fn a_small_object_is_one_small_hash() {
    let store = fresh_store();
    let owner = attach_idle(&store);
    owner.put(&[&[7; 136]], here()).unwrap();
    let mut connection = stranger();
    let before = keys(&store);
    let objects: Vec<_> = before.iter().filter(|key| key.contains(":object:")).collect();
    let encoding: String = redis::cmd("OBJECT").arg("ENCODING").arg(objects[0]).query(&mut connection).unwrap();
    assert_eq!((objects.len(), &*encoding), (1, "listpack"));
    owner.put(&[&[8; 136]], here()).unwrap();
    assert_eq!(keys(&store).len(), before.len() + 1);
    let size: u64 = redis::cmd("MEMORY").arg("USAGE").arg(objects[0]).query(&mut connection).unwrap();
    assert!(size <= 480, "{size} bytes");
}

/// Another build of this crate may have another layout.
#[test]
fn a_store_with_another_layout_is_refused_and_left_alone() {
    let store = fresh_store();
    let id = super::super::keys::Keys::of(&store.store).id();
    for (found, told) in [("77", "layout 1"), ("77 1000", "layout 1000"), ("nonsense", "layout ?")] {
        let () = redis::cmd("SET").arg(&id).arg(found).query(&mut stranger()).unwrap();
        let error = RedisSession::open(&store, crate::backend::Settings::default()).map(drop).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains(told), "{error}");
        let kept: String = redis::cmd("GET").arg(&id).query(&mut stranger()).unwrap();
        assert_eq!((kept.as_str(), keys(&store).len()), (found, 1));
    }
}
