//! Looks into a store on a server: beside killed processes, at keys that another program has changed, and without any
//! change of the server.

use crate::{LONG, ask, keys, open};
use ref_core::access::AccessKind;
use ref_core::inspect::{Inspector, ObjectEntry, ObjectState};
use ref_core::{ErrorKind, ObjectId, Store};
use ref_tests::{Actor, Note, RedisServer};
use std::collections::BTreeMap;

/// Returns all that the server has, by keys.
fn contents(server: &RedisServer) -> BTreeMap<String, redis::Value> {
    keys(server).into_iter().map(|key| (key.clone(), ask(server, &["DUMP", &key]))).collect()
}

/// Returns how often the server has read from a connection.
fn reads(server: &RedisServer) -> u64 {
    let stats: String = redis::from_redis_value(ask(server, &["INFO", "stats"])).unwrap();
    let line = stats.lines().find_map(|line| line.strip_prefix("total_reads_processed:")).unwrap();
    line.trim().parse().unwrap()
}

fn only(entries: Vec<ObjectEntry>) -> ObjectEntry {
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.into_iter().next().unwrap()
}

#[test]
fn a_look_finds_the_dead_and_changes_nothing() {
    let server = RedisServer::start();
    let address = server.address("a");
    assert_eq!(Inspector::open(&address).unwrap_err().kind(), ErrorKind::StoreRemoved);
    assert_eq!(keys(&server), Vec::<String>::new(), "a look makes no store");
    let store = open(&address);
    let mut owned = store.put(Note::sized(3, 40_000)).unwrap();
    let loan = owned.lend_mut().unwrap();
    let mut writer = Actor::at(&address, LONG, LONG);
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    let inspector = Inspector::open(&address).unwrap();
    for is_alive in [true, false] {
        let before = contents(&server);
        let entry = only(inspector.objects().unwrap());
        let sessions = inspector.sessions().unwrap();
        assert!(contents(&server) == before, "a look has changed the server");
        assert_eq!((entry.state, entry.type_name.as_deref()), (ObjectState::LentExclusively, Some("Note")));
        assert!(entry.bytes > 40_000 && entry.problem.is_none(), "{entry:?}");
        assert!(entry.owner.as_ref().is_some_and(|owner| owner.is_alive && owner.process.pid == std::process::id()));
        let holder = &entry.holders[0];
        assert_eq!(
            (holder.access, holder.process.pid, holder.is_alive),
            (AccessKind::BorrowMut, writer.pid(), is_alive)
        );
        assert!(holder.process.host.is_some() && holder.process.since.is_some() && holder.process.at.is_some());
        assert_eq!(sessions.len(), 2, "{sessions:?}");
        let session = sessions.iter().find(|session| session.session == holder.session).unwrap();
        assert_eq!((session.is_alive, session.process.pid), (is_alive, writer.pid()));
        assert!(session.process.since.is_some_and(|since| since.elapsed().is_ok()));
        writer.kill();
        super::sessions::end_lease(&server, &writer);
    }
    drop(loan);
    drop((owned, store));
    assert_eq!(inspector.objects().unwrap_err().kind(), ErrorKind::StoreRemoved);
}

/// The requests of a page are sent together, so that 600 objects take a few round trips, and not one each.
#[test]
fn objects_are_read_in_pages() {
    let server = RedisServer::start();
    let address = server.address("a");
    let store = open(&address);
    let owned: Vec<_> = (0..600).map(|n| store.put(Note::sized(n, 10)).unwrap()).collect();
    let inspector = Inspector::open(&address).unwrap();
    let before = reads(&server);
    let entries = inspector.objects().unwrap();
    let asked = reads(&server) - before;
    assert_eq!(entries.len(), owned.len());
    assert!(entries.is_sorted_by_key(|entry| entry.id) && entries.iter().all(|entry| entry.problem.is_none()));
    assert!(asked < 150, "{asked} reads");
}

/// Another program writes into the keys of the store: each such object has an entry that says what is wrong, and the
/// others are whole.
#[test]
fn what_another_program_has_changed_is_in_the_entry() {
    let server = RedisServer::start();
    let store: Store = open(&server.address("a"));
    let owned: Vec<_> = (0..6).map(|n| store.put(Note::sized(n, if n == 3 { 40_000 } else { 600 })).unwrap()).collect();
    let ids: Vec<ObjectId> = owned.iter().map(|owned| owned.id()).collect();
    let key = |kind: &str, nth: usize| {
        let all = keys(&server);
        let id = ids[nth].to_string();
        let (index, birth) = id.trim_start_matches('#').split_once('.').unwrap();
        let name = format!("{:08x}{:016x}", index.parse::<u32>().unwrap(), birth.parse::<u64>().unwrap());
        all.into_iter().find(|key| key.contains(&format!(":{kind}:{name}"))).unwrap()
    };
    ask(&server, &["SET", &key("object", 0), "a text"]);
    ask(&server, &["HSET", &key("object", 1), "o", "z"]);
    ask(&server, &["HDEL", &key("object", 2), "v"]);
    ask(&server, &["DEL", &key("version", 3)]);
    ask(&server, &["SET", &key("bytes", 4), "\u{1}\u{2}"]);
    for entries in [store.objects().unwrap(), Inspector::open(&server.address("a")).unwrap().objects().unwrap()] {
        let problem = |nth: usize| entries.iter().find(|entry| entry.id == ids[nth]).unwrap().problem.clone();
        for (nth, says) in ["wrong kind of value", "does not exist", "names no version", "were removed", "or changed"]
            .iter()
            .enumerate()
        {
            let problem = problem(nth).unwrap_or_default();
            assert!(problem.contains(says), "{nth}: {problem}");
        }
        assert_eq!(problem(5), None);
    }
    owned.into_iter().for_each(std::mem::forget);
}
