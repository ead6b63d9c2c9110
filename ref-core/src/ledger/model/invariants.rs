//! The invariants: a sentence for each, with the function that checks it.

use super::owner::LoanMark;
use super::world::{Event, World};
use crate::id::{Epoch, Right};
use crate::ledger::{Command, Life, LoanState, Owner, Refusal, Reply, SessionId, Writer, step_under};

/// Panics if an invariant of every state does not hold.
pub(super) fn check_state(world: &World) {
    for (sentence, holds) in STATES {
        assert!(holds(world), "{sentence}\n{world:#?}");
    }
}

/// Panics if an invariant of every command does not hold.
pub(super) fn check_step(world: &World, event: &Event) {
    for (sentence, holds) in STEPS {
        assert!(holds(world, event), "{sentence}\n{event:#?}\nin {world:#?}");
    }
}

type Always = (&'static str, fn(&World) -> bool);
type Whenever = (&'static str, fn(&World, &Event) -> bool);

const STATES: &[Always] = &[
    ("I1: shared xor exclusive among live holders of unrevoked loans, and at most one exclusive", shared_xor_exclusive),
    ("I1: the owner changes its value only while no session borrows it", owner_changes_alone),
    ("I2: an unrevoked reader's version is the current one", readers_are_current),
    ("I2: a version that a session reads, of a revoked loan too, is present", what_is_read_is_present),
    ("I5: one live owner at most, whose object is live", one_owner),
    ("I7: nothing without a claim is kept", no_claim_no_object),
    ("I14: no death ends a lasting object", no_death_ends_what_lasts),
    ("I14: only a detached object has a time", only_what_is_detached_has_a_time),
    ("I12: what the owner reads at home is the current version, or its own change on top of it", owner_is_current),
];

const STEPS: &[Whenever] = &[
    ("I3: the counter, and every number given out, rise", numbers_rise),
    ("I3: versions are in the order of their tokens", versions_rise),
    ("I4: a dead session's command changes nothing", the_dead_do_nothing),
    (
        "I5: an exclusive ticket is redeemed at most once, while it is on offer; a reservation by its own session",
        one_redemption,
    ),
    ("I5: an ownership ticket is claimed at most once", one_claim),
    ("I5: only its owner lends, ends, revokes, writes, sends or drops an object", no_usurpation),
    ("I6: gone absorbs", gone_absorbs),
    ("I6: an id is put once", put_once),
    ("I6: doomed grants nothing", doomed_grants_nothing),
    ("I8: a loan that has ended, and all else that wants the object at rest, leaves no live unrevoked holder", at_rest),
    ("I8: a shared ticket fits its own loan, until its owner closes it", closed_admits_no_borrower),
    ("I9: no commit after a revocation, and none by a session without a borrow", commits_are_held),
    ("I10: every commit goes on from the version before it", no_fork),
    ("I11: a commit that succeeds is on a live object", commits_are_on_the_living),
    ("I13: after a revocation the owner can lend again at once", lend_again),
    ("I14: only its living owner, an eviction or its time ends a lasting object", what_lasts_is_ended_by_the_living),
    ("overlapping shared loans of one owner are one loan", shared_loans_join),
    ("a repeated commit has the result of the first, and changes nothing", commits_repeat),
    (
        "a checkpoint leaves the borrow to its writer, under the next token, and so does a repeated one",
        checkpoints_keep,
    ),
    ("a refused command has granted nothing: at most, a shared loan is closed", refusals_change_little),
];

/// Returns whether a live session has a borrow that was not revoked.
fn is_held(world: &World) -> bool {
    let reads = world.living().any(|p| world.current_reads(p).next().is_some());
    let writes = world.living().any(|p| p.writing.is_some_and(|(token, _)| !world.is_revoked(token)));
    reads || writes
}

fn shared_xor_exclusive(world: &World) -> bool {
    let readers = world.living().filter(|p| world.current_reads(p).next().is_some()).count();
    let writers = world.living().filter(|p| p.writing.is_some_and(|(token, _)| !world.is_revoked(token))).count();
    writers == 0 || (writers, readers) == (1, 0)
}

fn owner_changes_alone(world: &World) -> bool {
    !world.owner().is_some_and(|owned| owned.dirty) || !is_held(world)
}

fn readers_are_current(world: &World) -> bool {
    let version = world.object.version;
    world.living().flat_map(|p| world.current_reads(p)).all(|read| read == version)
}

fn what_is_read_is_present(world: &World) -> bool {
    world.living().all(|p| p.reading.is_empty()) || matches!(world.settled().life, Life::Live | Life::Doomed)
}

fn one_owner(world: &World) -> bool {
    let alive = world.sessions().filter(|&s| !world.is_dead(s));
    let owners: Vec<_> = alive.filter(|&s| world.participants[s.0 as usize].owned.is_some()).collect();
    match owners[..] {
        [] => true,
        [owner] => (world.object.life, world.object.owner) == (Life::Live, Owner::Session(owner)),
        _ => false,
    }
}

fn no_claim_no_object(world: &World) -> bool {
    let object = world.settled();
    let ownerless = matches!(object.owner, Owner::Detached | Owner::Published | Owner::Orphan { .. });
    let claimed = world.living().any(|p| {
        let writes = p.writing.is_some_and(|(token, _)| !world.is_revoked(token));
        p.owned.is_some() || !p.reading.is_empty() || writes || p.reserved.is_some()
    });
    let kept = matches!(object.life, Life::Live | Life::Doomed);
    !kept || ownerless || claimed || world.account.sent.is_some()
}

fn no_death_ends_what_lasts(world: &World) -> bool {
    !world.object.lasting || world.object.life != Life::Live || world.settled().life == Life::Live
}

fn only_what_is_detached_has_a_time(world: &World) -> bool {
    !world.object.timed || (world.object.life, world.object.owner) == (Life::Live, Owner::Detached)
}

fn what_lasts_is_ended_by_the_living(_: &World, event: &Event) -> bool {
    let stays = event.after.lasting && event.after.life == Life::Live;
    let ended = match (event.command, event.result) {
        (Command::DropOwner | Command::Evict, Ok(_)) => true,
        (Command::TimeExpired, Ok(_)) => event.before.timed,
        _ => false,
    };
    !event.before.lasting || event.before.life != Life::Live || stays || ended
}

fn owner_is_current(world: &World) -> bool {
    let Some(owned) = world.owner() else { return true };
    owned.mark == LoanMark::Exclusive || owned.value.is_none_or(|value| value == world.object.version)
}

fn numbers_rise(world: &World, event: &Event) -> bool {
    let (before, after) = (event.before.last, event.after.last);
    let risen = |number: Epoch| before < number && number <= after;
    let fresh = match (event.command, event.result) {
        (Command::OpenShared, Ok(Reply::Opened(_))) if world.account.lent.is_some() => true,
        (_, Ok(Reply::Opened(epoch))) => risen(epoch),
        (Command::RedeemExclusive { .. }, Ok(Reply::Exclusive { token, .. })) => risen(token),
        (Command::Checkpoint { .. }, Ok(Reply::Exclusive { token, .. })) if new_commit(world, event).is_some() => {
            risen(token)
        }
        (_, Ok(Reply::Sent { seq })) => event.before.seq < seq && seq <= event.after.seq,
        _ => true,
    };
    before <= after && event.before.seq <= event.after.seq && fresh
}

fn versions_rise(world: &World, event: &Event) -> bool {
    let (before, after) = (event.before.version, event.after.version);
    let written = match (event.command, event.result) {
        (Command::Put | Command::OwnerCommit { .. }, Ok(Reply::Version(version))) => Some(version),
        _ => new_commit(world, event),
    };
    match written {
        Some(version) => before < version && after == version && version <= event.after.last,
        None => before == after,
    }
}

fn the_dead_do_nothing(world: &World, event: &Event) -> bool {
    !world.is_dead(event.session) || (event.result == Err(Refusal::Fenced) && event.after == world.object)
}

fn one_redemption(world: &World, event: &Event) -> bool {
    match (event.command, event.result) {
        (Command::RedeemExclusive { right }, Ok(_)) => world.account.offered == Some(right),
        (Command::Grant, Ok(Reply::Exclusive { token, .. })) => {
            world.participants[event.session.0 as usize].reserved == Some(token)
        }
        _ => true,
    }
}

fn one_claim(world: &World, event: &Event) -> bool {
    match (event.command, event.result) {
        (Command::Claim { seq, .. } | Command::TransitExpired { seq }, Ok(_)) => world.account.sent == Some(seq),
        _ => true,
    }
}

fn no_usurpation(world: &World, event: &Event) -> bool {
    let owners_alone = matches!(
        event.command,
        Command::OpenShared
            | Command::OpenExclusive { .. }
            | Command::Reissue { .. }
            | Command::End
            | Command::Revoke
            | Command::OwnerCommit { .. }
            | Command::DropOwner
            | Command::Keep
            | Command::Send { .. }
            | Command::Detach
            | Command::DetachFor { .. }
            | Command::Publish
    );
    !owners_alone || event.result.is_err() || world.participants[event.session.0 as usize].owned.is_some()
}

fn gone_absorbs(_: &World, event: &Event) -> bool {
    event.before.life != Life::Gone || event.before == event.after
}

fn put_once(_: &World, event: &Event) -> bool {
    event.command != Command::Put || event.result.is_err() || event.before.life == Life::Absent
}

fn doomed_grants_nothing(_: &World, event: &Event) -> bool {
    let over = matches!(event.before.life, Life::Doomed | Life::Gone);
    let repeated = matches!(event.command, Command::Commit { .. }) && event.before.version == event.after.version;
    !over || repeated || matches!(event.result, Err(_) | Ok(Reply::Done))
}

fn at_rest(world: &World, event: &Event) -> bool {
    let rest = matches!(
        event.command,
        Command::End
            | Command::Reissue { .. }
            | Command::OpenExclusive { .. }
            | Command::OwnerCommit { .. }
            | Command::Send { .. }
            | Command::Detach
            | Command::DetachFor { .. }
            | Command::Publish
            | Command::Adopt
            | Command::Grant
    );
    !rest || event.result.is_err() || !is_held(world)
}

fn closed_admits_no_borrower(world: &World, event: &Event) -> bool {
    match (event.command, event.result) {
        (Command::RedeemShared { epoch }, Ok(_)) => world.account.lent == Some(epoch),
        _ => true,
    }
}

/// Returns the token if `event` is a borrower's commit or checkpoint that was granted, and not a retry of the last one.
fn new_commit(world: &World, event: &Event) -> Option<Epoch> {
    match (event.command, event.result) {
        (Command::Commit { token } | Command::Checkpoint { token }, Ok(_))
            if world.account.committed != Some((event.session, token)) =>
        {
            Some(token)
        }
        _ => None,
    }
}

fn commits_are_held(world: &World, event: &Event) -> bool {
    let held = world.participants[event.session.0 as usize].writing.map(|(token, _)| token);
    new_commit(world, event).is_none_or(|token| held == Some(token) && !world.is_revoked(token))
}

fn no_fork(world: &World, event: &Event) -> bool {
    let base = match (event.command, event.result) {
        (Command::OwnerCommit { base }, Ok(_)) => base,
        _ if new_commit(world, event).is_some() => {
            world.participants[event.session.0 as usize].writing.map_or(Epoch(0), |(_, base)| base)
        }
        _ => return true,
    };
    base == event.before.version
}

fn commits_are_on_the_living(world: &World, event: &Event) -> bool {
    let owner = matches!((event.command, event.result), (Command::OwnerCommit { .. }, Ok(_)));
    !(owner || new_commit(world, event).is_some()) || event.before.life == Life::Live
}

fn lend_again(world: &World, event: &Event) -> bool {
    let can = |command| {
        let mut object = event.after.clone();
        step_under(world.orphans, &mut object, &|s: SessionId| world.is_dead(s), event.session, command).is_ok()
    };
    let revoked = matches!((event.command, event.result), (Command::Revoke, Ok(_)));
    !revoked || (can(Command::OpenShared) && can(Command::OpenExclusive { right: Right(0) }))
}

fn shared_loans_join(world: &World, event: &Event) -> bool {
    let owned = world.participants[event.session.0 as usize].owned.is_some();
    match (event.command, world.account.lent) {
        (Command::OpenShared, Some(open)) if owned => event.result == Ok(Reply::Opened(open)),
        _ => true,
    }
}

fn commits_repeat(world: &World, event: &Event) -> bool {
    let Command::Commit { token } = event.command else { return true };
    let again = world.account.committed == Some((event.session, token)) && !world.is_dead(event.session);
    let kept = event.before.life != Life::Gone;
    !(again && kept) || (event.result == Ok(Reply::Version(token)) && event.before == event.after)
}

fn checkpoints_keep(world: &World, event: &Event) -> bool {
    let (Command::Checkpoint { token }, Ok(reply)) = (event.command, event.result) else { return true };
    let (next, session) = (Epoch(token.0.saturating_add(1)), event.session);
    let again = world.account.committed == Some((session, token));
    reply == Reply::Exclusive { token: next, version: token }
        && event.after.writer == Writer::Active(session, next)
        && (!again || event.before == event.after)
}

fn closed(loan: LoanState) -> LoanState {
    match loan {
        LoanState::Shared(epoch) => LoanState::Closing(epoch),
        loan => loan,
    }
}

fn refusals_change_little(world: &World, event: &Event) -> bool {
    let mut before = event.before.clone();
    let owned = world.participants[event.session.0 as usize].owned.is_some();
    match event.command {
        Command::End if owned => before.loan = closed(before.loan),
        // On a doomed object, these commands end their borrow or reservation.
        Command::Commit { .. } | Command::Checkpoint { .. } | Command::Grant if before.life != Life::Live => {
            return true;
        }
        _ => {}
    }
    event.result.is_ok() || before == event.after
}
