//! Scenes: for each part of the protocol, which commands each process may give.

use crate::protocol::{Protocol, Visited};
use crate::steps::Command;
use crate::words::SLOTS;

/// The name of a scene, and the protocol that is searched.
pub type Scene = (&'static str, Protocol);

const SWEEPS: [Command; 2] = [Command::Sweep(0), Command::Sweep(1)];

const LENDER: &[Command] =
    &[Command::Put, Command::Lend, Command::End, Command::Revoke, Command::Write, Command::DropOwner];
const READER: &[Command] = &[Command::Redeem(0), Command::Redeem(1), Command::Return];

/// A reader that can put an object of its own into a record that it has helped to free.
const REUSER: &[Command] = &[Command::Put, Command::Redeem(0), Command::Return, Command::DropOwner];

const OFFERER: &[Command] = &[
    Command::Put,
    Command::Offer,
    Command::Reissue,
    Command::End,
    Command::Revoke,
    Command::Write,
    Command::DropOwner,
];
const WRITER: &[Command] = &[Command::Take(0), Command::Take(1), Command::Commit, Command::Checkpoint, Command::Abort];

const SENDER: &[Command] =
    &[Command::Put, Command::Send, Command::Claim(0), Command::Claim(1), Command::Write, Command::DropOwner];
const CLAIMER: &[Command] =
    &[Command::Claim(0), Command::Claim(1), Command::Send, Command::DropOwner, SWEEPS[0], SWEEPS[1]];

const DETACHER: &[Command] = &[Command::Put, Command::Detach, Command::Adopt, Command::DropOwner, Command::Evict];
const KEEPER: &[Command] = &[
    Command::Share,
    Command::Return,
    Command::Reserve,
    Command::Grant,
    Command::Commit,
    Command::Abort,
    Command::Adopt,
    Command::Evict,
];

/// The owner of a lasting object, which lends or sends it.
const ADOPTER: &[Command] =
    &[Command::Put, Command::Detach, Command::Adopt, Command::Offer, Command::Lend, Command::Revoke, Command::Send];
/// A process that holds a lasting object while its owner dies, or that finds its ticket expired.
const HOLDER: &[Command] = &[Command::Take(0), Command::Abort, Command::Redeem(0), SWEEPS[0]];
/// A process that comes by the object's key when the owner is dead.
const HEIR: &[Command] = &[Command::Share, Command::Adopt];

/// The owner of a lasting object, which writes it.
const AUTHOR: &[Command] = &[Command::Put, Command::Detach, Command::Adopt, Command::Write];
/// A process that writes the object by its key when the owner is dead.
const SUCCESSOR: &[Command] =
    &[Command::Reserve, Command::Grant, Command::Commit, Command::Checkpoint, Command::Adopt, Command::Write];

const ALL: &[Command] = &[
    Command::Put,
    Command::Lend,
    Command::Offer,
    Command::Reissue,
    Command::End,
    Command::Revoke,
    Command::Write,
    Command::DropOwner,
    Command::Send,
    Command::Detach,
    Command::Redeem(0),
    Command::Take(0),
    Command::Claim(0),
    Command::Return,
    Command::Abort,
    Command::Commit,
    SWEEPS[0],
    Command::Share,
    Command::Reserve,
    Command::Grant,
    Command::Adopt,
    Command::Evict,
];

fn scene(roles: [&'static [Command]; SLOTS], commands: [u8; SLOTS], kills: u8, returns: u8) -> Protocol {
    Protocol { roles, commands, kills, returns, mutant: None, seen: Visited::default() }
}

/// Returns the scenes that an ordinary test searches to the end.
#[must_use]
pub fn near() -> Vec<Scene> {
    vec![
        ("shared loans", scene([LENDER, READER, READER], [4, 2, 1], 1, 0)),
        ("shared loans", scene([LENDER, READER, READER], [2, 1, 1], 2, 1)),
        ("a record for another object", scene([LENDER, REUSER, READER], [3, 3, 0], 1, 0)),
        ("exclusive loans", scene([OFFERER, WRITER, WRITER], [4, 2, 1], 1, 0)),
        ("exclusive loans", scene([OFFERER, WRITER, WRITER], [2, 1, 1], 2, 1)),
        ("ownership", scene([SENDER, CLAIMER, CLAIMER], [4, 2, 1], 1, 0)),
        ("ownership", scene([SENDER, CLAIMER, CLAIMER], [2, 1, 1], 2, 1)),
        ("objects without an owner", scene([DETACHER, KEEPER, KEEPER], [2, 3, 1], 1, 0)),
        ("objects without an owner", scene([DETACHER, KEEPER, KEEPER], [2, 1, 1], 2, 1)),
        ("lasting objects", scene([ADOPTER, HOLDER, HEIR], [4, 2, 1], 1, 0)),
        ("written lasting objects", scene([AUTHOR, SUCCESSOR, HEIR], [4, 3, 0], 1, 0)),
        ("all of it", scene([ALL, ALL, ALL], [2, 1, 1], 1, 1)),
    ]
}

/// Returns the scenes that are too large to be searched to the end.
#[must_use]
pub fn far() -> Vec<Scene> {
    vec![
        ("shared loans", scene([LENDER, READER, READER], [5, 2, 2], 2, 1)),
        ("a record for another object", scene([LENDER, REUSER, READER], [5, 4, 2], 2, 1)),
        ("exclusive loans", scene([OFFERER, WRITER, WRITER], [5, 3, 2], 2, 1)),
        ("ownership", scene([SENDER, CLAIMER, CLAIMER], [4, 3, 2], 2, 1)),
        ("objects without an owner", scene([DETACHER, KEEPER, KEEPER], [3, 3, 3], 2, 1)),
        ("lasting objects", scene([ADOPTER, HOLDER, HEIR], [6, 3, 2], 2, 1)),
        ("written lasting objects", scene([AUTHOR, SUCCESSOR, SUCCESSOR], [6, 4, 3], 2, 1)),
        ("all of it", scene([ALL, ALL, ALL], [3, 2, 2], 2, 1)),
    ]
}
