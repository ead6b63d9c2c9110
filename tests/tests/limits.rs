//! At the limits: as many processes as there are slots, very many objects, no descriptors, no address space, signals
//! without a pause, and process numbers from another namespace.

use ref_core::{ErrorKind, Exclusive, LoanEndCause, Store, StoreOptions, Ticket};
use ref_tests::{Actor, Note, Scene, program};
use rustix::process::Signal;
use std::fs;
use std::io::{BufRead as _, BufReader, PipeReader, PipeWriter};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};

/// Processes that share one input and one output.
struct Crowd {
    members: Vec<Child>,
    input: (PipeReader, PipeWriter),
    output: (BufReader<PipeReader>, PipeWriter),
}

impl Crowd {
    fn new() -> Self {
        let (answers, output) = std::io::pipe().unwrap();
        Self { members: Vec::new(), input: std::io::pipe().unwrap(), output: (BufReader::new(answers), output) }
    }

    fn join(&mut self, scene: &Scene, ticket: &str) {
        let mut attach = Command::new(program("attach"));
        attach.args(["shm://scene", ticket]).env("REF_STORE_DIR", scene.base());
        attach.stdin(self.input.0.try_clone().unwrap()).stdout(self.output.1.try_clone().unwrap());
        self.members.push(attach.spawn().unwrap());
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.output.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn leave(self) {
        drop(self.input);
        for mut member in self.members {
            assert!(member.wait().unwrap().success());
        }
    }
}

#[test]
fn every_slot_has_a_process_and_one_more_is_refused() {
    const SLOTS: usize = 1024;
    let scene = Scene::new();
    let mut owner = scene.actor();
    owner.ask("put a 3 100").ok();
    owner.ask("lend a").ok();
    let ticket = owner.ask("ticket").ok();
    let mut crowd = Crowd::new();
    for _ in 1..SLOTS {
        crowd.join(&scene, &ticket);
    }
    for _ in 1..SLOTS {
        assert_eq!(crowd.answer(), "ok 3");
    }
    crowd.join(&scene, &ticket);
    let refused = crowd.answer();
    assert!(refused.starts_with("err TooManySessions") && refused.contains("`max_sessions`"), "{refused}");
    let held = owner.ask("end 0");
    assert_eq!(held.kind(), "Timeout");
    let named = crowd.members.iter().filter(|member| held.text().contains(&format!("process {} ", member.id())));
    assert!(named.count() > 0, "{}", held.text());
    crowd.leave();
    owner.ask("end 60000").ok();
    owner.ask("drop a").ok();
    owner.finish();
    assert!(!scene.folder().exists());
}

#[test]
fn the_owner_of_very_many_objects_is_recovered_in_one_go() {
    const OBJECTS: u32 = 20_000;
    let scene = Scene::new();
    let store = StoreOptions::new().max_objects(OBJECTS + 1).open(&address(&scene)).unwrap();
    let mut owner = scene.actor();
    owner.ask(&format!("crowd {OBJECTS}")).ok();
    assert_eq!(scene.versions(), OBJECTS as usize);
    let mut owned = store.put(Note::sized(7, 10)).unwrap();
    assert_eq!(store.put(Note::sized(8, 10)).unwrap_err().kind(), ErrorKind::TooManyObjects);
    owner.kill();
    assert_eq!(store.reap().unwrap(), 1);
    assert_eq!(scene.versions(), 1);
    owned.borrow_mut().unwrap().n = 9;
    let again: Vec<_> = (0..100).map(|n| store.put(Note::sized(n, 10)).unwrap()).collect();
    assert_eq!(again[99].borrow().unwrap().n, 99);
}

fn address(scene: &Scene) -> String {
    format!("file:{}", scene.folder().display())
}

#[test]
fn without_descriptors_every_call_says_so_and_keeps_its_handle() {
    let scene = Scene::new();
    let mut reader = scene.actor();
    let mut actor = scene.actor();
    actor.ask("put kept 3 10000").ok();
    actor.ask("put lent 4 10000").ok();
    actor.ask("set kept 5").ok();
    actor.ask("limit descriptors 0").ok();
    for order in
        ["put more 1 10000", "open shm://other", "flush kept", "into_ticket kept", "lend kept", "lend_mut kept"]
    {
        let refused = actor.ask(order);
        assert_eq!(refused.kind(), "NoDescriptors", "{order}");
        assert!(refused.text().contains("ulimit -n"), "{}", refused.text());
    }
    assert_eq!(actor.ask("borrow kept").ok(), "5");

    // The ledger is mapped, so no descriptor is needed to lend a stored object. A descriptor is needed to look whether
    // a reader lives.
    actor.ask("lend lent").ok();
    let ticket = actor.ask("ticket").ok();
    reader.ask(&format!("redeem r {ticket}")).ok();
    assert_eq!(actor.ask("end 0").kind(), "NoDescriptors");
    reader.ask("drop r").ok();
    actor.ask("end 0").ok();

    actor.ask("limit descriptors none").ok();
    actor.ask("flush kept").ok();
    actor.ask("remove kept").ok();
    actor.ask("remove lent").ok();
    reader.finish();
    actor.finish();
    assert!(!scene.folder().exists());
}

/// A value in cells has no file: it is put, read, changed, lent and dropped without a descriptor, and where no file may
/// be written.
#[test]
fn a_small_value_needs_no_descriptor_and_no_file() {
    let scene = Scene::new();
    let (mut other, mut actor) = (scene.actor(), scene.actor());
    actor.ask("limit descriptors 0").ok();
    actor.ask("limit files 0").ok();
    actor.ask("put a 3 100").ok();
    actor.ask("put b 7 3000").ok();
    actor.ask("set a 4").ok();
    actor.ask("flush a").ok();
    actor.ask("lend_mut a").ok();
    let ticket = actor.ask("ticket").ok();
    other.ask(&format!("redeem_mut w {ticket}")).ok();
    other.ask("limit descriptors 0").ok();
    assert_eq!(other.ask("borrow w").ok(), "4");
    other.ask("set w 5").ok();
    other.ask("commit w").ok();
    actor.ask("end 1000").ok();
    assert_eq!(actor.ask("borrow a").ok(), "5");
    assert_eq!(scene.versions(), 2);
    actor.ask("drop a").ok();
    actor.ask("drop b").ok();
    assert_eq!(scene.versions(), 0);
    for each in [&mut other, &mut actor] {
        each.ask("limit descriptors none").ok();
    }
    other.finish();
    actor.finish();
    assert!(!scene.folder().exists());
}

/// A write past the limit on file sizes ends the process with SIGXFSZ, so no call may try such a write.
#[test]
fn beyond_the_limit_on_file_sizes_every_call_says_so_and_keeps_its_handle() {
    let scene = Scene::new();
    let mut maker = scene.actor();
    let mut actor = Actor::new(&scene, "");
    actor.ask("limit files 100000").ok();
    let refused = actor.ask("open shm://other");
    assert_eq!(refused.kind(), "FileSizeLimit");
    assert!(refused.text().contains("ulimit -f") && refused.text().contains("`max_objects`"), "{}", refused.text());
    actor.ask("open shm://scene").ok();
    actor.ask("put kept 3 10000").ok();
    let refused = actor.ask("put more 1 100000");
    assert_eq!(refused.kind(), "FileSizeLimit");
    assert!(refused.text().contains("ulimit -f"), "{}", refused.text());
    actor.ask("limit files 0").ok();
    actor.ask("set kept 4").ok();
    for order in ["flush kept", "into_ticket kept", "lend kept", "lend_mut kept"] {
        assert_eq!(actor.ask(order).kind(), "FileSizeLimit", "{order}");
    }
    maker.ask("put a 1 10000").ok();
    maker.ask("lend_mut a").ok();
    let ticket = maker.ask("ticket").ok();
    actor.ask(&format!("redeem_mut w {ticket}")).ok();
    actor.ask("set w 9").ok();
    assert_eq!(actor.ask("commit w").kind(), "FileSizeLimit");
    // A new session writes only inside the ledger file's present length. So a session can begin even under a file size
    // limit of 0.
    let mut late = Actor::new(&scene, "");
    late.ask("limit files 0").ok();
    late.ask("open shm://scene").ok();
    late.finish();
    actor.ask("limit files none").ok();
    actor.ask("commit w").ok();
    actor.ask("flush kept").ok();
    assert_eq!(actor.ask("borrow kept").ok(), "4");
    maker.ask("end 1000").ok();
    maker.finish();
    actor.finish();
}

#[test]
fn a_reader_without_descriptors_reads_when_it_has_one() {
    let scene = Scene::new();
    let store = scene.store();
    let owned = store.put(Note::sized(3, 10_000)).unwrap();
    let loan = owned.lend().unwrap();
    let mut reader = scene.actor();
    reader.ask("limit descriptors 0").ok();
    reader.ask(&format!("redeem r {}", loan.ticket().unwrap().to_text())).ok();
    assert_eq!(reader.ask("borrow r").kind(), "NoDescriptors");
    reader.ask("limit descriptors none").ok();
    assert_eq!(reader.ask("borrow r").ok(), "3");
    reader.ask("drop r").ok();
    let _how_it_ended = loan.end().unwrap();
}

#[test]
fn without_address_space_every_call_says_so_and_keeps_its_handle() {
    const LARGE: usize = 64 << 20;
    let scene = Scene::new();
    let store = scene.store();
    let owned = store.put(Note::sized(3, LARGE)).unwrap();
    let loan = owned.lend().unwrap();
    let mut reader = scene.actor();
    reader.ask(&format!("redeem r {}", loan.ticket().unwrap().to_text())).ok();
    let space: usize = reader.ask("address_space").ok().parse().unwrap();
    reader.ask(&format!("limit space {}", space + (8 << 20))).ok();
    let refused = reader.ask("borrow r");
    assert_eq!(refused.kind(), "NoAddressSpace");
    assert!(refused.text().contains("max_map_count"), "{}", refused.text());
    assert_eq!(reader.ask("open shm://other").kind(), "NoAddressSpace");
    reader.ask("limit space none").ok();
    assert_eq!(reader.ask("borrow r").ok(), "3");
    reader.ask("drop r").ok();
    let _how_it_ended = loan.end().unwrap();
}

/// Sends signals to the actor, without a pause, until `act` is done.
fn in_a_storm(actor: &mut Actor, act: impl FnOnce(&mut Actor)) {
    let pid = rustix::process::Pid::from_raw(actor.pid() as i32).unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let _dead_or_hit = rustix::process::kill_process(pid, Signal::USR1);
            }
        });
        struct Over<'a>(&'a AtomicBool);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let _over = Over(&over);
        act(actor);
    });
}

#[test]
fn signals_do_not_end_a_wait() {
    let scene = Scene::new();
    let mut owner = scene.actor();
    let mut reader = scene.actor();
    owner.ask("catch_signals").ok();
    owner.ask("put a 3 100").ok();
    owner.ask("lend a").ok();
    reader.ask(&format!("redeem r {}", owner.ask("ticket").ok())).ok();
    owner.tell("end 600000");
    for _ in 0..50 {
        owner.wait_asleep();
        owner.signal(Signal::USR1);
    }
    // The wait also goes on after the process was stopped and continued.
    for _ in 0..20 {
        owner.signal(Signal::STOP);
        owner.wait_stopped();
        owner.signal(Signal::CONT);
    }
    reader.ask("drop r").ok();
    owner.answer().ok();
    assert_ne!(owner.ask("caught").ok(), "0");
    owner.ask("drop a").ok();
}

#[test]
fn signals_do_not_spoil_what_the_system_does_for_a_store() {
    let scene = Scene::new();
    let mut actor = Actor::new(&scene, "");
    actor.ask("catch_signals").ok();
    in_a_storm(&mut actor, |actor| {
        for round in 0..20 {
            for order in ["open shm://scene", "put a 3 100000", "set a 4", "flush a", "drop a", "close"] {
                let answer = actor.ask(order);
                assert_eq!(answer.kind(), "ok", "round {round}, {order}: {}", answer.text());
            }
        }
    });
    assert_ne!(actor.ask("caught").ok(), "0");
    assert!(!scene.folder().exists());
}

#[test]
fn a_process_of_another_namespace_is_one_like_others() {
    let scene = Scene::new();
    let store = scene.store();
    let mut owned = store.put(Note::sized(3, 100)).unwrap();
    let (mut writer, mut other) = (Actor::apart(&scene), Actor::apart(&scene));
    writer.ask("open shm://scene").ok();
    other.ask("open shm://scene").ok();
    let loan = owned.lend_mut().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    writer.ask(&format!("redeem_mut w {ticket}")).ok();
    writer.ask("set w 4").ok();
    writer.ask("commit w").ok();
    let _how_it_ended = loan.end().unwrap();
    assert_eq!(owned.borrow().unwrap().n, 4);

    let loan = owned.lend_mut().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    writer.ask(&format!("redeem_mut w {ticket}")).ok();
    // Each actor has process number 1 in its own PID namespace, so the message names the holder as process 1.
    let refused = other.ask(&format!("redeem_mut w {ticket}"));
    assert_eq!(refused.kind(), "AlreadyRedeemed");
    assert!(refused.text().contains("process 1 (`actor`)"), "{}", refused.text());
    writer.kill();
    let LoanEndCause::Died(holder) = loan.end().unwrap().cause else { panic!("it was killed") };
    assert_eq!(holder.pid, 1);
    owned.borrow_mut().unwrap().n = 5;
    let loan = owned.lend_mut().unwrap();
    other.redeem("w", &loan.ticket().unwrap()).ok();
    other.ask("drop w").ok();
    let _how_it_ended = loan.end().unwrap();
}

#[test]
fn a_store_open_twice_has_two_sessions() {
    let scene = Scene::new();
    let (first, second) = (scene.store(), scene.store());
    let mut owned = first.put(Note::sized(3, 100)).unwrap();
    let loan = owned.lend_mut().unwrap();
    let ticket = loan.ticket().unwrap();
    let copy: Ticket<Note, Exclusive> = ticket.to_text().parse().unwrap();
    let mut lease = second.redeem(ticket).unwrap();
    assert_eq!(second.redeem(copy).unwrap_err().kind(), ErrorKind::AlreadyRedeemed);
    lease.borrow_mut().unwrap().n = 4;
    lease.commit().unwrap();
    let _how_it_ended = loan.end().unwrap();
    assert_eq!(owned.borrow().unwrap().n, 4);

    let ticket = owned.into_ticket().unwrap();
    drop(first);
    let elsewhere = Scene::new();
    let refused = elsewhere.store().claim_or_return(ticket).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::WrongStore);
    assert_eq!(second.claim(refused.handle).unwrap().into_inner().unwrap().n, 4);
}

#[test]
fn a_ledger_that_becomes_another_format_is_opened_by_nobody_and_serves_who_has_it() {
    let scene = Scene::new();
    let store = scene.store();
    let mut owned = store.put(Note::sized(3, 100)).unwrap();
    let ledger = fs::OpenOptions::new().write(true).open(scene.folder().join("ledger")).unwrap();
    ledger.write_all_at(&99_u64.to_ne_bytes(), 8).unwrap();
    let error = Store::open(&address(&scene)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("it has format 99"), "{error}");
    owned.borrow_mut().unwrap().n = 4;
    owned.flush().unwrap();
}

#[test]
fn a_deleted_ledger_is_told_to_who_has_it_and_the_next_makes_another() {
    let scene = Scene::new();
    let store = scene.store();
    let owned = store.put(Note::sized(3, 100)).unwrap();
    fs::remove_dir_all(scene.folder()).unwrap();
    let next = scene.store();
    let other = next.put(Note::sized(5, 100)).unwrap();
    assert_eq!(store.put(Note::sized(4, 10_000)).unwrap_err().kind(), ErrorKind::StoreRemoved);
    assert_eq!(store.redeem(other.lend().unwrap().ticket().unwrap()).unwrap_err().kind(), ErrorKind::WrongStore);
    assert_eq!(owned.borrow().unwrap().n, 3);
    drop((owned, store));
    assert_eq!(other.into_inner().unwrap().n, 5);
}

#[test]
fn a_link_planted_in_a_folder_of_all_users_is_not_followed() {
    let (scene, elsewhere) = (Scene::new(), Scene::new());
    drop(elsewhere.store());
    let before = fs::read_dir(elsewhere.folder()).unwrap().count();
    symlink(elsewhere.folder(), scene.folder()).unwrap();
    fs::set_permissions(scene.base(), fs::Permissions::from_mode(0o1777)).unwrap();
    let mut actor = Actor::new(&scene, "");
    assert_eq!(actor.ask("open shm://scene").kind(), "NotPermitted");
    assert_eq!(actor.ask("open shm://other").kind(), "NotPermitted");
    fs::set_permissions(scene.base(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(actor.ask("open shm://scene").kind(), "NotPermitted");
    actor.ask("open shm://other").ok();
    assert_eq!(fs::read_dir(elsewhere.folder()).unwrap().count(), before);
}

#[test]
fn what_a_killed_process_had_is_room_again() {
    let scene = Scene::new();
    let mut actor = scene.actor();
    for name in ["a", "b"] {
        actor.ask(&format!("put {name} 3 40000")).ok();
    }
    let address = format!("file:{}", scene.folder().display());
    let store = StoreOptions::new().max_bytes(100_000).open(&address).unwrap();
    let value = Note::sized(1, 40_000);
    assert_eq!(store.put(value.clone()).unwrap_err().kind(), ErrorKind::StoreFull);
    actor.kill();
    let held = [store.put(value.clone()).unwrap(), store.put(value.clone()).unwrap()];
    assert_eq!(store.put(value).unwrap_err().kind(), ErrorKind::StoreFull);
    drop(held);
}
