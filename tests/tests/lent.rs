//! Long loans, loans without a handle, copies and transitions, between real processes.

use ref_tests::{Actor, Scene};

/// Tells the owner to put an object and to lend it by `order`. Returns a ticket of the loan.
fn lent(owner: &mut Actor, order: &str) -> String {
    owner.ask("put a 3 100").ok();
    owner.ask(&format!("{order} a")).ok();
    owner.ask("ticket a").ok()
}

#[test]
fn an_owner_comes_back_from_its_loan() {
    let scene = Scene::new();
    let (mut owner, mut writer) = (scene.actor(), scene.actor());
    let ticket = lent(&mut owner, "into_loan_mut");
    owner.ask("put other 1 1").ok(); // the owner does other things while it lends
    writer.ask(&format!("redeem_mut w {ticket}")).ok();
    writer.ask("set w 4").ok();
    let refused = owner.ask("end a 10");
    assert_eq!(refused.kind(), "Timeout");
    assert!(refused.text().contains("end the loan again later"), "{}", refused.text());
    let token = writer.ask("commit w").ok();
    assert_eq!(owner.ask("end a 1000").ok(), format!("given back, with version {token} committed"));
    assert_eq!(owner.ask("borrow a").ok(), "4");
}

/// Returns the key in the text of an error.
fn key_in(text: &str) -> &str {
    text.split('`').find(|word| word.starts_with("ref-key-")).expect("a key")
}

#[test]
fn a_time_out_that_is_passed_on_leaves_the_object_to_other_processes() {
    for (order, redeem) in [("into_loan", "redeem"), ("into_loan_mut", "redeem_mut")] {
        let scene = Scene::new();
        let (mut owner, mut borrower, mut heir) = (scene.actor(), scene.actor(), scene.actor());
        let ticket = lent(&mut owner, order);
        borrower.ask(&format!("{redeem} b {ticket}")).ok();
        let late = owner.ask("end_or_leave a 10");
        assert_eq!(late.kind(), "Timeout");
        let key = key_in(late.text()).to_owned();
        owner.finish();
        assert_eq!(heir.ask(&format!("get {key}")).ok(), "3");
        heir.ask(&format!("adopt a {key}")).ok();
        assert_eq!(borrower.ask("borrow b").ok(), "3", "it reads on what it had");
        if order == "into_loan_mut" {
            assert_eq!(borrower.ask("commit b").kind(), "Fenced");
        }
        borrower.ask("drop b").ok();
        assert_eq!(heir.ask("into_inner a").ok(), "3");
        assert_eq!(scene.versions(), 0);
    }
}

#[test]
fn a_deadlock_that_is_passed_on_leaves_the_object() {
    let scene = Scene::new();
    let (mut owner, mut heir) = (scene.actor(), scene.actor());
    let ticket = lent(&mut owner, "into_loan_mut");
    owner.ask(&format!("redeem_mut mine {ticket}")).ok();
    let refused = owner.ask("end_or_leave a 20000");
    assert_eq!(refused.kind(), "WouldDeadlock");
    heir.ask(&format!("adopt a {}", key_in(refused.text()))).ok();
    assert_eq!(heir.ask("into_inner a").ok(), "3");
}

#[test]
fn an_end_that_the_system_refuses_and_is_passed_on_leaves_the_object() {
    for (order, redeem) in [("into_loan", "redeem"), ("into_loan_mut", "redeem_mut")] {
        let scene = Scene::new();
        let (mut owner, mut borrower, mut heir) = (scene.actor(), scene.actor(), scene.actor());
        let ticket = lent(&mut owner, order);
        borrower.ask(&format!("{redeem} b {ticket}")).ok();
        owner.ask("limit descriptors 0").ok();
        let refused = owner.ask("end_or_leave a 20000"); // the owner cannot look whether the borrower lives
        assert_eq!(refused.kind(), "NoDescriptors");
        let key = key_in(refused.text()).to_owned();
        owner.finish();
        borrower.ask("drop b").ok();
        heir.ask(&format!("adopt a {key}")).ok();
        assert_eq!(heir.ask("into_inner a").ok(), "3");
        assert_eq!(scene.versions(), 0);
    }
}

#[test]
fn an_owner_killed_while_it_leaves_an_object_behind_leaves_it_or_nothing() {
    for (point, objects) in [
        ("revoke.idle", "0 objects, 0 detached"),
        ("leave.open", "0 objects, 0 detached"),
        ("leave.kind", "1 objects, 1 detached"),
    ] {
        let scene = Scene::new();
        let (mut owner, mut borrower) = (scene.actor_with(&format!("kill:{point}")), scene.actor());
        let ticket = lent(&mut owner, "into_loan_mut");
        borrower.ask(&format!("redeem_mut b {ticket}")).ok();
        owner.tell("end_or_leave a 10");
        owner.wait_killed();
        borrower.ask("drop b").ok();
        let mut opener = scene.actor();
        assert_eq!(opener.ask("stats").ok(), objects, "at {point}");
    }
}

#[test]
fn a_dropped_lent_object_goes_with_its_last_borrower() {
    let scene = Scene::new();
    let (mut owner, mut reader) = (scene.actor(), scene.actor());
    let ticket = lent(&mut owner, "into_loan");
    reader.ask(&format!("redeem r {ticket}")).ok();
    assert_eq!(owner.ask("borrow a").ok(), "3", "it reads beside its readers");
    owner.ask("drop a").ok();
    assert_eq!(reader.ask("borrow r").ok(), "3");
    assert_eq!(reader.ask(&format!("redeem again {ticket}")).kind(), "Gone");
    reader.ask("drop r").ok();
    assert_eq!(scene.versions(), 0);
}

#[test]
fn a_lender_killed_at_its_end_takes_the_object_along() {
    for (order, point) in [
        ("into_loan", "lend.opened"),
        ("into_loan_mut", "lend.offered"),
        ("into_loan", "end.closing"),
        ("into_loan_mut", "end.idle"),
    ] {
        let scene = Scene::new();
        let mut owner = scene.actor_with(&format!("kill:{point}"));
        for order in ["put a 3 100", &format!("{order} a"), "end a 0"] {
            owner.tell(order);
        }
        owner.wait_killed();
        let mut opener = scene.actor();
        assert_eq!(opener.ask("stats").ok(), "0 objects, 0 detached", "at {point}");
    }
}

/// An owner that revokes a loan while the object is read moves the object to another record, and leaves the old record
/// to the reader.
#[test]
fn an_owner_killed_while_it_takes_back_leaves_its_reader_what_it_read() {
    for point in ["move.linked", "put.birth:2", "put.current:2", "put.owner:2", "move.idle"] {
        let scene = Scene::new();
        let (mut owner, mut reader) = (scene.actor_with(&format!("kill:{point}")), scene.actor());
        let ticket = lent(&mut owner, "into_loan");
        reader.ask(&format!("redeem r {ticket}")).ok();
        owner.tell("revoke a");
        owner.wait_killed();
        assert_eq!(scene.actor().ask("stats").ok(), "1 objects, 0 detached", "at {point}");
        assert_eq!(reader.ask("borrow r").ok(), "3", "at {point}");
        reader.ask("drop r").ok();
        assert_eq!(reader.ask("stats").ok(), "0 objects, 0 detached", "at {point}");
        assert_eq!(scene.versions(), 0, "at {point}");
    }
}

#[test]
fn an_owner_killed_while_it_takes_back_from_a_writer_leaves_nothing() {
    for (point, order) in [("revoke.idle", "revoke a"), ("reissue.void", "reissue a"), ("reissue.ticket", "reissue a")]
    {
        let scene = Scene::new();
        let (mut owner, mut writer) = (scene.actor_with(&format!("kill:{point}")), scene.actor());
        let ticket = lent(&mut owner, "into_loan_mut");
        owner.tell(order);
        owner.wait_killed();
        assert_eq!(scene.actor().ask("stats").ok(), "0 objects, 0 detached", "at {point}");
        assert_eq!(writer.ask(&format!("redeem_mut w {ticket}")).kind(), "Gone", "at {point}");
        assert_eq!(scene.versions(), 0, "at {point}");
    }
}

#[test]
fn a_loan_without_a_handle_ends_when_its_borrower_is_dead() {
    let scene = Scene::new();
    let (mut owner, mut writer) = (scene.actor(), scene.actor());
    owner.ask("put a 3 100").ok();
    assert_eq!(owner.ask("lent_as a").ok(), "None");
    assert_eq!(owner.ask("end_loan a 0").ok(), "nothing");
    owner.ask("lend_mut a").ok();
    let ticket = owner.ask("ticket").ok();
    owner.ask("forget").ok();
    writer.ask(&format!("redeem_mut w {ticket}")).ok();
    assert_eq!(owner.ask("lent_as a").ok(), "Some(BorrowMut)");
    let refused = owner.ask("end_loan a 10");
    assert_eq!(refused.kind(), "Timeout");
    assert!(refused.text().contains(&format!("process {}", writer.pid())), "{}", refused.text());
    writer.kill();
    let ended = owner.ask("end_loan a 1000").ok();
    assert!(ended.contains("death of process"), "{ended}");
    assert_eq!(owner.ask("lent_as a").ok(), "None");
    assert_eq!(owner.ask("borrow a").ok(), "3");
}

#[test]
fn readers_of_a_loan_without_a_handle_are_left_behind() {
    let scene = Scene::new();
    let (mut owner, mut reader) = (scene.actor(), scene.actor());
    owner.ask("put a 3 100").ok();
    owner.ask("lend a").ok();
    let ticket = owner.ask("ticket").ok();
    owner.ask("drop").ok();
    assert_eq!(reader.ask(&format!("redeem r {ticket}")).kind(), "Expired");
    owner.ask("lend a").ok();
    let ticket = owner.ask("ticket").ok();
    reader.ask(&format!("redeem r {ticket}")).ok();
    owner.ask("drop").ok();
    assert_eq!(owner.ask("set a 4").kind(), "Conflict");
    assert_eq!(owner.ask("revoke_loan a").ok(), "revoked");
    owner.ask("set a 4").ok();
    owner.ask("unload a").ok();
    assert_eq!(owner.ask("is_loaded a").ok(), "false");
    assert_eq!(owner.ask("borrow a").ok(), "4");
    assert_eq!(reader.ask("borrow r").ok(), "3");
    reader.kill();
    owner.ask("put look 1 1").ok();
    owner.ask("drop a").ok();
    owner.ask("drop look").ok();
    owner.finish();
    assert!(!scene.folder().exists());
}

/// A wait is refused if only the waiting process itself could give the object back.
#[test]
fn waiting_for_oneself_is_refused_at_once() {
    for (lend, redeem) in [("into_loan", "redeem"), ("into_loan_mut", "redeem_mut")] {
        for address in ["shm://scene", "memory:"] {
            let scene = Scene::new();
            let mut alone = Actor::new(&scene, "");
            alone.ask(&format!("open {address}")).ok();
            let ticket = lent(&mut alone, lend);
            alone.ask(&format!("{redeem} r {ticket}")).ok();
            assert_eq!(alone.ask("end a 0").kind(), "Timeout", "without a wait, there is nothing to refuse");
            // The call does not wait: otherwise it would not have returned by now.
            let refused = alone.ask("end a 1000000000");
            assert_eq!(refused.kind(), "WouldDeadlock");
            assert!(refused.text().contains(", which is this one"), "{}", refused.text());
            alone.ask("drop r").ok();
            alone.ask("end a 20000").ok();
            assert_eq!(alone.ask("into_inner a").ok(), "3");
        }
    }
}

#[test]
fn a_lender_that_is_alone_does_not_wait_for_the_ticket_that_it_has() {
    for address in ["shm://scene", "memory:"] {
        let scene = Scene::new();
        let mut alone = Actor::new(&scene, "");
        alone.ask(&format!("open {address}")).ok();
        alone.ask("put a 3 100").ok();
        alone.ask("lend_mut a").ok();
        assert_eq!(alone.ask("end_with_its_ticket 1000000000").ok(), "never redeemed");
        assert_eq!(alone.ask("into_inner a").ok(), "3");
    }
}

#[test]
fn waiting_for_oneself_and_another_is_waiting() {
    let scene = Scene::new();
    let (mut owner, mut reader) = (scene.actor(), scene.actor());
    let ticket = lent(&mut owner, "into_loan");
    owner.ask(&format!("redeem r {ticket}")).ok();
    reader.ask(&format!("redeem r {ticket}")).ok();
    assert_eq!(owner.ask("end a 100").kind(), "Timeout", "the other one may yet give its own back");
    reader.finish();
    assert_eq!(owner.ask("end a 20000").kind(), "WouldDeadlock");
}

#[test]
fn a_copy_is_an_object_of_its_own() {
    let scene = Scene::new();
    let (mut owner, mut reader) = (scene.actor(), scene.actor());
    owner.ask("put a 3 40000").ok();
    owner.ask("set a 4").ok();
    owner.ask("duplicate a b").ok();
    owner.ask("drop a").ok();
    let ticket = owner.ask("into_ticket b").ok();
    owner.finish();
    reader.ask(&format!("claim b {ticket}")).ok();
    reader.ask("duplicate b c").ok(); // copies the store's bytes, since the reader has not read the value
    reader.ask("drop b").ok();
    assert_eq!(reader.ask("borrow c").ok(), "4");
    assert_eq!(scene.versions(), 1);
}

#[test]
fn a_process_killed_while_it_copies_leaves_nothing() {
    for point in ["put.taken:2", "cell.taken:2", "cell.whole:2", "put.written:2", "put.owner:2", "put.idle:2"] {
        let scene = Scene::new();
        let mut owner = scene.actor_with(&format!("kill:{point}"));
        owner.ask("put a 3 100").ok();
        owner.tell("duplicate a b");
        owner.wait_killed();
        let mut opener = scene.actor();
        assert_eq!(opener.ask("stats").ok(), "0 objects, 0 detached", "at {point}");
        assert_eq!(scene.versions(), 0, "at {point}");
    }
}

#[test]
fn an_object_changes_its_type_and_old_tickets_are_void() {
    let scene = Scene::new();
    let (mut owner, mut other) = (scene.actor(), scene.actor());
    owner.ask("put a 3 100").ok();
    owner.ask("lend a").ok();
    let shared = owner.ask("ticket").ok();
    other.ask(&format!("redeem r {shared}")).ok();
    owner.ask("drop").ok();
    assert_eq!(owner.ask("lent_as a").ok(), "Some(Borrow)");
    other.ask("drop r").ok();
    owner.ask("set a 4").ok();
    owner.ask("seal a 17").ok();
    assert_eq!(other.ask(&format!("redeem r {shared}")).kind(), "Expired");
    assert_eq!(other.ask(&format!("redeem_sealed {shared}")).kind(), "WrongType");
    assert_eq!(scene.versions(), 1);

    let sent = owner.ask("into_ticket a").ok();
    owner.finish();
    assert_eq!(other.ask(&format!("claim a {sent}")).kind(), "WrongType");
    other.ask(&format!("claim_sealed a {sent}")).ok();
    assert_eq!(other.ask("borrow a").ok(), "4 sealed by 17");
}

#[test]
fn an_owner_killed_in_a_transition_leaves_nothing() {
    for point in [
        "flush.staged",
        "commit.named",
        "flush.swapped",
        "commit.prev",
        "commit.current",
        "commit.unlinked",
        "commit.unstaged",
    ] {
        for nth in [1, 2] {
            // The owner passes the point first when it writes the change, and then in the transition itself.
            let scene = Scene::new();
            let mut owner = scene.actor_with(&format!("kill:{point}:{nth}"));
            owner.ask("put a 3 40000").ok();
            owner.ask("set a 4").ok();
            owner.tell("seal a 17");
            owner.wait_killed();
            let mut opener = scene.actor();
            assert_eq!(opener.ask("stats").ok(), "0 objects, 0 detached", "at {point}");
            assert_eq!(scene.versions(), 0, "at {point}");
        }
    }
}
