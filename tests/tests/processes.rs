//! Borrows between real processes: what is granted, and what is refused and why.

use ref_core::{ErrorKind, Exclusive, LoanEnd, LoanEndCause, Owned, Ownership, Refused, Shared, Store, Ticket};
use ref_tests::{Note, Scene, program, spawn_asleep};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

fn note(store: &Store, n: u64) -> Owned<Note> {
    store.put(Note::sized(n, 100)).unwrap()
}

#[test]
fn ownership_is_handed_over() {
    let scene = Scene::new();
    let (mut giver, mut taker) = (scene.actor(), scene.actor());
    giver.ask("put a 7 40000").ok();
    giver.ask("set a 8").ok();
    let ticket = giver.ask("into_ticket a").ok();
    taker.ask(&format!("claim mine {ticket}")).ok();
    assert_eq!(taker.ask("borrow mine").ok(), "8");
    taker.ask("set mine 9").ok();
    giver.finish();
    assert_eq!(taker.ask("into_inner mine").ok(), "9");
}

#[test]
fn an_owner_that_was_sent_is_claimed_once() {
    let scene = Scene::new();
    let (mut giver, mut first, mut second) = (scene.actor(), scene.actor(), scene.actor());
    giver.ask("put a 1 10").ok();
    let ticket = giver.ask("into_ticket a").ok();
    first.ask(&format!("claim a {ticket}")).ok();
    let refused = second.ask(&format!("claim a {ticket}"));
    assert_eq!(refused.kind(), "AlreadyRedeemed");
    assert!(refused.text().contains(&format!("process {}", first.pid())), "{}", refused.text());
}

#[test]
fn many_processes_read_at_once() {
    let (scene, owned) = Scene::with_note(3, 100);
    let loan = owned.lend().unwrap();
    let mut readers = [scene.actor(), scene.actor(), scene.actor()];
    for reader in &mut readers {
        reader.redeem("r", &loan.ticket().unwrap()).ok();
    }
    for reader in &mut readers {
        assert_eq!(reader.ask("borrow r").ok(), "3");
        assert_eq!(reader.ask("is_current r").ok(), "true");
    }
    assert_eq!(owned.borrow().unwrap().n, 3);
    readers.into_iter().for_each(ref_tests::Actor::finish);
    assert_eq!(loan.end().unwrap().cause, LoanEndCause::Returned);
}

#[test]
fn one_process_changes_and_the_owner_reads() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut writer = scene.actor();
    let loan = owned.lend_mut().unwrap();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    writer.ask("set w 4").ok();
    let token = writer.ask("commit w").ok();
    let ended = loan.end().unwrap();
    assert_eq!(ended.committed.map(|token| token.get().to_string()), Some(token));
    assert_eq!(owned.borrow().unwrap().n, 4);
}

#[test]
fn what_is_not_committed_changes_nothing() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut writer = scene.actor();
    let loan = owned.lend_mut().unwrap();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    writer.ask("set w 4").ok();
    writer.ask("drop w").ok();
    let ended = loan.end().unwrap();
    assert_eq!((ended.committed, ended.cause), (None, LoanEndCause::Returned));
    assert_eq!(owned.borrow().unwrap().n, 3);
}

#[test]
fn an_exclusive_ticket_is_good_once_and_the_refusal_names_the_holder() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let (mut first, mut second) = (scene.actor(), scene.actor());
    let loan = owned.lend_mut().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    first.ask(&format!("redeem_mut w {ticket}")).ok();
    let refused = second.ask(&format!("redeem_mut w {ticket}"));
    assert_eq!(refused.kind(), "AlreadyRedeemed");
    for part in [
        format!("process {} (`actor`)", first.pid()),
        "src/bin/actor/main.rs:".into(),
        "ask its sender for another".into(),
    ] {
        assert!(refused.text().contains(&part), "{part:?} is not in: {}", refused.text());
    }
    first.ask("drop w").ok();
    assert_eq!(second.ask(&format!("redeem_mut w {ticket}")).kind(), "AlreadyRedeemed");
    let _how_it_ended = loan.end().unwrap();
    assert_eq!(second.ask(&format!("redeem_mut w {ticket}")).kind(), "Expired");
}

#[test]
fn tickets_of_an_ended_loan_have_expired() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut reader = scene.actor();
    let loan = owned.lend().unwrap();
    let shared = loan.ticket().unwrap().to_text();
    let _how_it_ended = loan.end().unwrap();
    let loan = owned.lend_mut().unwrap();
    let exclusive = loan.ticket().unwrap().to_text();
    assert_eq!(loan.end_timeout(Duration::ZERO).unwrap().cause, LoanEndCause::NeverRedeemed);
    assert_eq!(reader.ask(&format!("redeem r {shared}")).kind(), "Expired");
    assert_eq!(reader.ask(&format!("redeem_mut r {exclusive}")).kind(), "Expired");
    drop(owned);
    assert_eq!(reader.ask(&format!("redeem r {shared}")).kind(), "Gone");
}

/// Calls `end` while another thread starts a process that redeems the ticket and commits. Returns what `end` returns.
fn end_before_the_redemption(scene: &Scene, ticket: &str, end: impl FnOnce() -> LoanEnd) -> LoanEnd {
    thread::scope(|threads| {
        threads.spawn(|| {
            let mut writer = scene.actor();
            writer.ask(&format!("redeem_mut w {ticket}")).ok();
            writer.ask("set w 4").ok();
            writer.ask("commit w").ok();
        });
        end()
    })
}

#[test]
fn an_end_waits_for_a_borrower_that_is_on_its_way() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let loan = owned.lend_mut().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    let ended = end_before_the_redemption(&scene, &ticket, || loan.end().unwrap());
    assert_eq!((ended.committed.is_some(), ended.cause), (true, LoanEndCause::Returned));
    assert_eq!(owned.borrow().unwrap().n, 4);

    let lent = owned.into_loan_mut().unwrap();
    let (_void, ticket) = (lent.ticket().unwrap(), lent.reissue().unwrap().to_text());
    let mut back = None;
    let ended = end_before_the_redemption(&scene, &ticket, || {
        let (owned, ended) = lent.end().unwrap();
        back = Some(owned);
        ended
    });
    assert_eq!((ended.committed.is_some(), ended.cause), (true, LoanEndCause::Returned));
    assert_eq!(back.unwrap().borrow().unwrap().n, 4);
}

#[test]
fn an_end_without_a_ticket_or_in_no_time_waits_for_no_borrower() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    assert_eq!(owned.lend_mut().unwrap().end().unwrap().cause, LoanEndCause::NeverRedeemed);
    let loan = owned.lend_mut().unwrap();
    let mut killed = scene.actor();
    killed.redeem("w", &loan.ticket().unwrap()).ok();
    killed.kill();
    assert!(matches!(loan.end().unwrap().cause, LoanEndCause::Died(_)));
    let loan = owned.lend_mut().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    assert_eq!(loan.end_timeout(Duration::from_millis(1)).unwrap().cause, LoanEndCause::NeverRedeemed);
    assert_eq!(scene.actor().ask(&format!("redeem_mut w {ticket}")).kind(), "Expired");
}

/// A redemption checks the object, and not whether its owner lives.
#[test]
fn a_killed_owner_s_tickets_are_honoured_until_its_death_is_noticed() {
    let scene = Scene::new();
    let store = scene.store();
    let mut owner = scene.actor();
    owner.ask("put a 3 100").ok();
    owner.ask("lend a").ok();
    let line = owner.ask("ticket").ok();
    owner.kill();
    let ticket = line.parse::<Ticket<Note, Shared>>().unwrap();
    let lease = store.redeem(ticket.clone()).unwrap();
    assert_eq!(store.reap().unwrap(), 1);
    assert_eq!(lease.borrow().unwrap().n, 3, "who has it reads on");
    assert_eq!(store.redeem(ticket).map(drop).unwrap_err().kind(), ErrorKind::Gone);
}

/// Returns the standard error of an actor that drops three changed leases on one line of its program, and commits a
/// fourth one.
fn told_of_dropped_changes(quiet: &str) -> String {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut command = Command::new(program("actor"));
    command.env("REF_STORE_DIR", scene.base()).env("REF_QUIET", quiet);
    let mut actor = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut orders = actor.stdin.take().unwrap();
    writeln!(orders, "open shm://scene").unwrap();
    for fate in ["drop", "drop", "commit", "drop"] {
        let loan = owned.lend_mut().unwrap();
        let ticket = loan.ticket().unwrap().to_text();
        writeln!(orders, "redeem_mut w {ticket}\nset w 4\n{fate} w").unwrap();
        assert_eq!(loan.end().unwrap().committed.is_some(), fate == "commit");
    }
    drop(orders);
    String::from_utf8(actor.wait_with_output().unwrap().stderr).unwrap()
}

#[test]
fn a_change_that_is_dropped_without_a_commit_is_told_once_a_line() {
    let told = told_of_dropped_changes("");
    let lines: Vec<_> = told.lines().filter(|line| line.contains("was dropped without `commit`")).collect();
    let [line] = lines[..] else { panic!("{told}") };
    assert!(line.contains("src/bin/actor/main.rs:") && line.contains("`release` the lease"), "{line}");
    assert!(!told_of_dropped_changes("1").contains("without `commit`"));
}

#[test]
fn an_owner_waits_for_its_readers_and_learns_who_they_are() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut reader = scene.actor();
    let loan = owned.lend().unwrap();
    reader.redeem("r", &loan.ticket().unwrap()).ok();
    let refused = loan.end_timeout(Duration::from_millis(1)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Timeout);
    assert_eq!(refused.conflict().unwrap().holders[0].pid, reader.pid());
    drop(refused);
    let error = owned.borrow_mut().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains(&format!("process {}", reader.pid())), "{error}");
    reader.ask("drop r").ok();
    owned.borrow_mut().unwrap().n = 4;
}

#[test]
fn end_waits_until_the_last_reader_is_done() {
    let (scene, owned) = Scene::with_note(3, 100);
    let mut reader = scene.actor();
    let loan = owned.lend().unwrap();
    reader.redeem("r", &loan.ticket().unwrap()).ok();
    std::thread::scope(|scope| {
        let waiting = spawn_asleep(scope, || loan.end().map(|ended| ended.cause));
        assert!(!waiting.is_finished());
        reader.ask("drop r").ok();
        assert_eq!(waiting.join().unwrap().unwrap(), LoanEndCause::Returned);
    });
}

#[test]
fn overlapping_shared_loans_are_one() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut reader = scene.actor();
    let (first, second) = (owned.lend().unwrap(), owned.lend().unwrap());
    reader.redeem("r", &first.ticket().unwrap()).ok();
    assert_eq!(first.end().unwrap().cause, LoanEndCause::OthersRemain(1));
    reader.redeem("again", &second.ticket().unwrap()).ok();
    reader.ask("drop r").ok();
    assert_eq!(second.end_timeout(Duration::ZERO).unwrap_err().kind(), ErrorKind::Timeout);
    reader.ask("drop again").ok();
    owned.borrow_mut().unwrap().n = 4;
}

#[test]
fn a_revoked_reader_reads_on_what_it_had() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut reader = scene.actor();
    let loan = owned.lend().unwrap();
    reader.redeem("r", &loan.ticket().unwrap()).ok();
    assert_eq!(loan.revoke().unwrap().cause, LoanEndCause::Revoked);
    *owned.borrow_mut().unwrap() = Note::sized(4, 100);
    owned.flush().unwrap();
    assert_eq!(reader.ask("is_current r").ok(), "false");
    assert_eq!(reader.ask("borrow r").ok(), "3");
    let again = owned.lend().unwrap();
    reader.redeem("new", &again.ticket().unwrap()).ok();
    assert_eq!(reader.ask("borrow new").ok(), "4");
    reader.ask("drop r").ok();
    reader.ask("drop new").ok();
    let _how_it_ended = again.end().unwrap();
    assert_eq!(scene.versions(), 1);
}

#[test]
fn a_revoked_writer_is_fenced_and_keeps_its_value() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut writer = scene.actor();
    let loan = owned.lend_mut().unwrap();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    writer.ask("set w 4").ok();
    assert_eq!(loan.revoke().unwrap().committed, None);
    owned.borrow_mut().unwrap().n = 3;
    assert_eq!(writer.ask("commit w").kind(), "Fenced");
    assert_eq!(writer.ask("borrow w").ok(), "4");
    assert_eq!(owned.borrow().unwrap().n, 3);
    writer.finish();
    assert_eq!(scene.versions(), 1);
}

#[test]
fn tickets_of_another_store_type_or_layout_are_refused() {
    mod other {
        #[ref_core::global_store]
        pub(crate) struct Note {
            pub n: u32,
        }
    }
    let (scene, elsewhere) = (Scene::new(), Scene::new());
    let (store, store_elsewhere) = (scene.store(), elsewhere.store());
    let mut reader = scene.actor();
    let asked =
        |reader: &mut ref_tests::Actor, ticket: String| reader.ask(&format!("redeem r {ticket}")).kind().to_owned();

    let foreign = note(&store_elsewhere, 1);
    let loan = foreign.lend().unwrap();
    assert_eq!(asked(&mut reader, loan.ticket().unwrap().to_text()), "WrongStore");

    let text = store.put(String::from("not a note")).unwrap();
    let loan = text.lend().unwrap();
    assert_eq!(asked(&mut reader, loan.ticket().unwrap().to_text()), "WrongType");

    let cousin = store.put(other::Note { n: 1 }).unwrap();
    let loan = cousin.lend().unwrap();
    assert_eq!(asked(&mut reader, loan.ticket().unwrap().to_text()), "SchemaMismatch");

    let right = note(&store, 1);
    let loan = right.lend().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    assert_eq!(reader.ask(&format!("redeem_mut r {ticket}")).kind(), "WrongAccess");
    assert_eq!(asked(&mut reader, ticket[..ticket.len() - 4].to_owned()), "MalformedTicket");
    assert_eq!(asked(&mut reader, ticket), "ok");
}

#[test]
fn tickets_name_their_access() {
    let (_scene, owned) = Scene::with_note(1, 100);
    let ticket = owned.lend().unwrap().ticket().unwrap().to_text();
    assert_eq!(ticket.parse::<Ticket<Note, Exclusive>>().unwrap_err().kind(), ErrorKind::WrongAccess);
    assert_eq!(ticket.parse::<Ticket<Note, Ownership>>().unwrap_err().kind(), ErrorKind::WrongAccess);
    assert!(ticket.parse::<Ticket<Note, Shared>>().is_ok());
}

/// A loan whose handle is forgotten is still a loan: the owner gets its object back when the borrower is done.
#[test]
fn a_forgotten_shared_loan_forks_no_history() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut reader = scene.actor();
    let loan = owned.lend().unwrap();
    reader.redeem("r", &loan.ticket().unwrap()).ok();
    std::mem::forget(loan);
    assert_eq!(owned.borrow().unwrap().n, 3);
    assert_eq!(owned.borrow_mut().unwrap_err().kind(), ErrorKind::Conflict);
    reader.ask("drop r").ok();
    *owned.borrow_mut().unwrap() = Note::sized(4, 100);
    owned.flush().unwrap();
    let loan = owned.lend().unwrap();
    reader.redeem("r", &loan.ticket().unwrap()).ok();
    assert_eq!(reader.ask("borrow r").ok(), "4");
}

#[test]
fn a_forgotten_exclusive_loan_leaves_no_stale_value() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut writer = scene.actor();
    let loan = owned.lend_mut().unwrap();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    std::mem::forget(loan);
    assert_eq!(owned.borrow().unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(owned.borrow_mut().unwrap_err().kind(), ErrorKind::Conflict);
    writer.ask("set w 4").ok();
    writer.ask("commit w").ok();
    assert_eq!(owned.borrow().unwrap().n, 4);
    *owned.borrow_mut().unwrap() = Note::sized(5, 100);
    owned.flush().unwrap();
    let loan = owned.lend_mut().unwrap();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    assert_eq!(writer.ask("borrow w").ok(), "5");
}

#[test]
fn a_forgotten_lease_is_held_until_its_process_ends() {
    let (scene, mut owned) = Scene::with_note(3, 100);
    let mut reader = scene.actor();
    let loan = owned.lend().unwrap();
    reader.redeem("r", &loan.ticket().unwrap()).ok();
    reader.ask("forget r").ok();
    let Refused { error, handle: loan } = loan.end_timeout_or_return(Duration::from_millis(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    reader.finish();
    assert_eq!(loan.end().unwrap().cause, LoanEndCause::Returned);
    owned.borrow_mut().unwrap().n = 4;
}
