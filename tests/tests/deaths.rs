//! Processes that are killed at named crash points: borrows are given back, a commit is whole or not made, and no files
//! are left.

use ref_core::access::AccessKind;
use ref_core::inspect::{Inspector, ObjectHolder, ObjectState};
use ref_core::{ErrorKind, Exclusive, Loan, LoanEnd, LoanEndCause};
use ref_tests::{Actor, Note, Scene};

/// Starts a writer that is to set the note's number to 4 and commit. Returns the writer after it was killed at `point`.
fn killed_in_a_commit(scene: &Scene, point: &str, loan: &Loan<'_, Note, Exclusive>) -> Actor {
    killed_in(scene, point, loan, "commit")
}

/// Does the same with another order than "commit".
fn killed_in(scene: &Scene, point: &str, loan: &Loan<'_, Note, Exclusive>, order: &str) -> Actor {
    let mut writer = scene.actor_with(&format!("kill:{point}"));
    writer.tell(&format!("redeem_mut w {}", loan.ticket().unwrap().to_text()));
    writer.tell("set w 4");
    writer.tell(&format!("{order} w"));
    writer.wait_killed();
    writer
}

#[test]
fn a_killed_reader_gives_its_borrow_back() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut reader = scene.actor();
    let loan = owned.lend().unwrap();
    reader.redeem("r", &loan.ticket().unwrap()).ok();
    reader.kill();
    assert_eq!(loan.end().unwrap().cause, LoanEndCause::Returned);
    owned.borrow_mut().unwrap().n = 4;
}

#[test]
fn a_writer_killed_before_its_swap_has_changed_nothing() {
    for (point, size) in [
        ("redeem.exclusive", 40_000),
        ("version.made", 40_000),
        ("commit.staged", 40_000),
        ("commit.named", 40_000),
        ("cell.taken", 100),
        ("cell.written", 100),
        ("cell.taken:9", 3_000),
        ("cell.whole:9", 3_000),
    ] {
        let (scene, mut owned) = Scene::with_note(3, size);
        let loan = owned.lend_mut().unwrap();
        let writer = killed_in_a_commit(&scene, point, &loan);
        let ended = loan.end().unwrap();
        assert_eq!(ended.committed, None, "at {point}");
        let LoanEndCause::Died(holder) = ended.cause else { panic!("at {point}: {}", ended.cause) };
        assert_eq!(holder.pid, writer.pid());
        assert!(owned.borrow().unwrap().is_whole());
        assert_eq!(owned.borrow().unwrap().n, 3);
        assert_eq!(scene.versions(), 1, "at {point}");
    }
}

#[test]
fn a_writer_killed_after_its_swap_has_committed() {
    for (point, size) in [
        ("commit.swapped", 40_000),
        ("commit.prev", 40_000),
        ("commit.current", 40_000),
        ("commit.unlinked", 40_000),
        ("commit.unstaged", 40_000),
        ("commit.swapped", 3_000),
        ("commit.placed", 100),
        ("commit.current", 3_000),
        ("cell.freed:9", 3_000),
        ("commit.freed", 100),
    ] {
        let (scene, mut owned) = Scene::with_note(3, size);
        let loan = owned.lend_mut().unwrap();
        let _writer = killed_in_a_commit(&scene, point, &loan);
        let ended = loan.end().unwrap();
        assert!(ended.committed.is_some(), "at {point}");
        assert_eq!(ended.cause, LoanEndCause::Returned, "at {point}: it had done what it was to do");
        assert!(owned.borrow().unwrap().is_whole());
        assert_eq!(owned.borrow().unwrap().n, 4, "at {point}");
        assert_eq!(scene.versions(), 1, "at {point}");
    }
}

/// A writer in the middle of a checkpoint has the borrow still, so it is told from one that was done.
#[test]
fn a_writer_killed_in_a_checkpoint_or_after_it_has_died() {
    let died = |ended: LoanEnd, writer: &Actor, at: &str| {
        let LoanEndCause::Died(holder) = ended.cause else { panic!("{at}: {}", ended.cause) };
        assert_eq!(holder.pid, writer.pid(), "{at}");
        ended.committed.is_some()
    };
    for (point, size, counts) in [
        ("commit.named", 40_000, false),
        ("commit.swapped", 40_000, true),
        ("commit.unstaged", 40_000, true),
        ("commit.placed", 100, true),
    ] {
        let (scene, mut owned) = Scene::with_note(3, size);
        let loan = owned.lend_mut().unwrap();
        let writer = killed_in(&scene, point, &loan, "checkpoint");
        assert_eq!(died(loan.end().unwrap(), &writer, point), counts, "at {point}");
        assert!(owned.borrow().unwrap().is_whole());
        assert_eq!(owned.borrow().unwrap().n, if counts { 4 } else { 3 }, "at {point}");
        assert_eq!(scene.versions(), 1, "at {point}");
    }
    let (scene, mut owned) = Scene::with_note(3, 100);
    let (loan, mut writer) = (owned.lend_mut().unwrap(), scene.actor());
    writer.ask(&format!("redeem_mut w {}", loan.ticket().unwrap().to_text())).ok();
    let mut tokens = vec![writer.ask("token w").ok()];
    for n in 4..7 {
        writer.ask(&format!("set w {n}")).ok();
        assert_eq!(&writer.ask("checkpoint w").ok(), tokens.last().unwrap());
        tokens.push(writer.ask("token w").ok());
    }
    writer.ask("set w 100").ok();
    writer.kill();
    assert!(tokens.is_sorted_by_key(|token| token.parse::<u64>().unwrap()));
    assert!(died(loan.end().unwrap(), &writer, "later"));
    assert_eq!((owned.borrow().unwrap().n, scene.versions()), (6, 1));
    owned.borrow_mut().unwrap().n = 7;
}

#[test]
fn a_commit_that_has_begun_wins_over_a_revoke() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let loan = owned.lend_mut().unwrap();
    let _writer = killed_in_a_commit(&scene, "commit.swapped", &loan);
    assert!(loan.revoke().unwrap().committed.is_some());
    assert_eq!(owned.borrow().unwrap().n, 4);
}

#[test]
fn a_killed_owners_object_goes_with_its_last_reader() {
    let scene = Scene::new();
    let (mut owner, mut reader, mut witness) = (scene.actor(), scene.actor(), scene.actor());
    owner.ask("put a 3 100").ok();
    owner.ask("lend a").ok();
    let ticket = owner.ask("ticket").ok();
    reader.ask(&format!("redeem r {ticket}")).ok();
    owner.kill();
    assert_eq!(reader.ask("borrow r").ok(), "3");
    let mut opener = scene.actor();
    opener.ask("put b 1 1").ok();
    assert_eq!(reader.ask("borrow r").ok(), "3");
    reader.ask("drop r").ok();
    opener.ask("drop b").ok();
    assert_eq!(witness.ask(&format!("redeem r {ticket}")).kind(), "Gone");
    assert_eq!(scene.versions(), 0);
}

#[test]
fn an_owner_killed_anywhere_leaves_nothing() {
    let points = [
        "put.taken",
        "cells.reserved",
        "cell.taken",
        "cell.written",
        "cell.whole",
        "put.written",
        "put.owner",
        "put.idle",
        "flush.staged",
        "flush.swapped",
        "commit.prev",
        "commit.placed",
        "commit.current",
        "cell.freed",
        "commit.freed",
        "offer.ticket",
        "lend.offered",
        "end.idle",
        "drop.doomed",
        "drop.disowned",
        "reclaim.taken",
        "reclaim.removed",
        "reclaim.cleared",
    ];
    let of_files = ["version.made", "put.written", "commit.named", "commit.unlinked", "reclaim.removed"];
    let points = points.map(|point| (point, 100)).into_iter().chain(of_files.map(|point| (point, 10_000)));
    for (point, size) in points {
        let scene = Scene::new();
        let mut owner = scene.actor_with(&format!("kill:{point}"));
        owner.tell(&format!("put a 3 {size}"));
        for order in ["set a 4", "flush a", "lend_mut a", "drop", "borrow a", "drop a"] {
            owner.tell(order);
        }
        owner.wait_killed();
        let mut opener = scene.actor();
        opener.ask("put b 1 1").ok();
        assert_eq!(scene.versions(), 1, "at {point}");
        opener.ask("drop b").ok();
        opener.finish();
        assert!(!scene.folder().exists(), "at {point}");
    }
}

#[test]
fn a_sent_object_outlives_its_sender() {
    let scene = Scene::new();
    let (mut giver, mut taker) = (scene.actor(), scene.actor());
    giver.ask("put a 3 100").ok();
    let ticket = giver.ask("into_ticket a").ok();
    giver.kill();
    taker.ask(&format!("claim a {ticket}")).ok();
    assert_eq!(taker.ask("borrow a").ok(), "3");
}

#[test]
fn a_store_with_an_unclaimed_object_waits_for_its_claimer() {
    let scene = Scene::new();
    let mut giver = scene.actor();
    giver.ask("put a 3 100").ok();
    let ticket = giver.ask("into_ticket a").ok();
    giver.finish();
    let mut taker = scene.actor();
    taker.ask(&format!("claim a {ticket}")).ok();
    taker.ask("drop a").ok();
    taker.finish();
    assert!(!scene.folder().exists());
}

/// A process that recovers a store may be killed at any point of the recovery, and the next process finishes the
/// recovery.
#[test]
fn a_killed_recoverer_is_recovered() {
    for left in ["commit.swapped", "drop.doomed", "reclaim.taken", "put.written"] {
        for point in ["recover.bit", "recover.doomed", "reclaim.removed", "recover.records", "undo.removed"] {
            let scene = Scene::new();
            let mut witness = scene.actor();
            let mut owner = scene.actor_with(&format!("kill:{left}"));
            for order in ["put a 3 100", "lend_mut a"] {
                owner.tell(order);
            }
            owner.tell("drop");
            owner.tell("drop a");
            if left == "commit.swapped" {
                // No process commits here, so this owner does not come to its point. The owner is killed at some moment
                // after its orders were sent.
                owner.kill();
            } else {
                owner.wait_killed();
            }
            // The opener recovers what the dead owner left, and is killed at the point. If the recovery does not come
            // to the point, the opener completes the recovery and opens the store.
            let mut recoverer = ref_tests::Actor::new(&scene, &format!("kill:{point}"));
            let _opened_or_dead = recoverer.ask("open shm://scene");
            drop(recoverer);
            witness.ask("put b 1 1").ok();
            drop(witness);
            let last = scene.actor();
            assert_eq!(scene.versions(), 0, "{left}, then {point}");
            last.finish();
            assert!(!scene.folder().exists(), "{left}, then {point}");
        }
    }
}

#[test]
fn a_killed_writers_ticket_is_reissued_to_another() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let (mut first, mut second) = (scene.actor(), scene.actor());
    let loan = owned.lend_mut().unwrap();
    first.redeem("w", &loan.ticket().unwrap()).ok();
    assert_eq!(loan.reissue().unwrap_err().kind(), ErrorKind::Conflict);
    first.kill();
    second.redeem("w", &loan.reissue().unwrap()).ok();
    second.ask("set w 4").ok();
    second.ask("commit w").ok();
    let ended = loan.end().unwrap();
    assert!(ended.committed.is_some());
    assert_eq!(ended.cause, LoanEndCause::Returned, "whoever died before");
    assert_eq!(owned.borrow().unwrap().n, 4);
}

#[test]
fn a_stopped_holder_is_never_robbed() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut writer = scene.actor();
    let loan = owned.lend_mut().unwrap();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    writer.ask("set w 4").ok();
    writer.signal(rustix::process::Signal::STOP);
    writer.wait_stopped();
    let refused = loan.end_timeout_or_return(std::time::Duration::from_millis(120)).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Timeout);
    writer.signal(rustix::process::Signal::CONT);
    writer.ask("commit w").ok();
    assert!(refused.handle.end().unwrap().committed.is_some());
}

/// A look finds what the dead held, and recovers nothing. The next call that needs the object does.
#[test]
fn a_look_finds_the_dead_and_leaves_them_to_others() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut writer = scene.actor();
    let loan = owned.lend_mut().unwrap();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    let inspector = Inspector::open(&format!("file:{}", scene.folder().display())).unwrap();
    let look = || inspector.objects().unwrap().remove(0);
    for is_alive in [true, false] {
        let entry = look();
        assert_eq!((entry.state, entry.type_name.as_deref()), (ObjectState::LentExclusively, Some("Note")));
        assert!(entry.problem.is_none() && entry.owner.is_some_and(|owner| owner.is_alive));
        let holder = &entry.holders[0];
        assert_eq!((holder.process.pid, holder.is_alive), (writer.pid(), is_alive), "{holder:?}");
        assert_eq!((holder.access, &*holder.process.program), (AccessKind::BorrowMut, "actor"));
        assert!(holder.process.at.as_ref().is_some_and(|at| at.contains("actor")), "{holder:?}");
        let sessions = inspector.sessions().unwrap();
        let session = sessions.iter().find(|session| session.session == holder.session).unwrap();
        assert_eq!((session.process.pid, session.is_alive, sessions.len()), (writer.pid(), is_alive, 2));
        writer.kill();
    }
    assert!(matches!(loan.end().unwrap().cause, LoanEndCause::Died(_)));
    let entry = look();
    assert_eq!((entry.state, entry.holders.len()), (ObjectState::Idle, 0));
    assert_eq!(inspector.sessions().unwrap().len(), 1);
}

/// At whatever point a writer dies, a look finds a whole object.
#[test]
fn a_look_at_a_half_done_commit_finds_a_whole_object() {
    let points = ["redeem.exclusive", "version.made", "commit.staged", "commit.named", "commit.swapped"];
    for point in points.into_iter().chain(["commit.prev", "commit.current", "commit.unlinked", "commit.unstaged"]) {
        let (scene, mut owned) = Scene::with_note(3, 40_000);
        let loan = owned.lend_mut().unwrap();
        let writer = killed_in_a_commit(&scene, point, &loan);
        let inspector = Inspector::open(&format!("file:{}", scene.folder().display())).unwrap();
        let entry = inspector.objects().unwrap().remove(0);
        assert_eq!((&entry.problem, entry.type_name.as_deref()), (&None, Some("Note")), "at {point}");
        assert!(entry.bytes > 40_000, "at {point}: {entry:?}");
        let holds = |holder: &ObjectHolder| holder.process.pid == writer.pid() && !holder.is_alive;
        assert!(entry.holders.iter().all(holds), "at {point}: {entry:?}");
        drop(loan);
    }
}

/// One process commits as fast as it can, while another looks. Each entry is whole, and versions only rise.
#[test]
fn looks_at_a_busy_object_find_rising_versions() {
    let scene = Scene::new();
    let mut busy = scene.actor();
    busy.ask("named set counter 0 100").ok();
    let inspector = Inspector::open(&format!("file:{}", scene.folder().display())).unwrap();
    busy.tell("named add counter 400");
    let (mut before, mut seen) = (0, 0);
    while before == 0 || seen < 50 {
        let entry = inspector.objects().unwrap().into_iter().find(|entry| entry.name.is_some()).unwrap();
        assert_eq!((entry.problem, entry.name.as_deref()), (None, Some("counter")));
        assert!(entry.version >= before, "{} after {before}", entry.version);
        seen += 1;
        before = entry.version;
    }
    busy.answer().ok();
    assert!(inspector.objects().unwrap().iter().any(|entry| entry.version >= before));
}
