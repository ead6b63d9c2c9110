//! Scenes: for each kind of request, which calls the session may make, and how much may happen.

use super::model::Requests;
use super::server::{Keeper, Loan};
use super::state::{Budget, Script};

/// The name of a scene, and what is searched.
pub type RequestScene = (&'static str, Requests);

const OWN: (&str, &[Script], (Keeper, Loan)) =
    ("adopt and detach", &[Script::Adopt, Script::Detach, Script::Other], (Keeper::Detached, Loan::None));
const PASS_ON: (&str, &[Script], (Keeper, Loan)) =
    ("claim and send", &[Script::Claim, Script::Send, Script::Other], (Keeper::Transit, Loan::None));
const LEND: (&str, &[Script], (Keeper, Loan)) =
    ("lend", &[Script::OpenShared, Script::End, Script::Other], (Keeper::Session, Loan::None));
const COMMIT: (&str, &[Script], (Keeper, Loan)) =
    ("commit as the owner", &[Script::OwnerCommit, Script::Other], (Keeper::Session, Loan::None));
const READ: (&str, &[Script], (Keeper, Loan)) =
    ("borrow shared", &[Script::Share, Script::Other], (Keeper::Detached, Loan::None));
const WRITE: (&str, &[Script], (Keeper, Loan)) =
    ("borrow exclusively", &[Script::RedeemExclusive, Script::Commit, Script::Other], (Keeper::Another, Loan::Offered));

const PARTS: [(&str, &[Script], (Keeper, Loan)); 6] = [OWN, PASS_ON, LEND, COMMIT, READ, WRITE];

/// The budget with which nothing happens.
const CALM: Budget = Budget {
    calls: 0,
    give_ups: 0,
    breaks: 0,
    lost_requests: 0,
    lost_answers: 0,
    errors: 0,
    restarts: 0,
    fall_backs: 0,
    losses: 0,
    others: 0,
};

/// The budgets of the scenes that are searched to the end. In the first, most events happen to the connections, in the
/// second to the server, and in the third the server may start anew with an older state.
const NEAR: [Budget; 3] = [
    Budget { calls: 3, give_ups: 2, breaks: 1, errors: 1, ..CALM },
    Budget { calls: 2, give_ups: 1, lost_requests: 1, lost_answers: 1, restarts: 1, losses: 1, others: 2, ..CALM },
    Budget { calls: 3, give_ups: 1, fall_backs: 1, losses: 1, ..CALM },
];

/// The budget of a search for a seeded mistake.
const SEEDED: Budget = Budget { calls: 4, give_ups: 2, breaks: 1, lost_requests: 1, errors: 1, others: 1, ..CALM };

/// The budgets of the larger scenes. In the first, most events happen to the connections, in the second to the server.
const FAR: [Budget; 2] = [
    Budget { calls: 5, give_ups: 3, breaks: 2, lost_requests: 1, errors: 1, ..CALM },
    Budget {
        calls: 4,
        give_ups: 2,
        breaks: 1,
        lost_answers: 1,
        restarts: 1,
        fall_backs: 1,
        losses: 1,
        others: 2,
        ..CALM
    },
];

fn scene((name, calls, first): (&'static str, &'static [Script], (Keeper, Loan)), budget: Budget) -> RequestScene {
    (name, Requests { calls, first, budget, mutant: None, seen: Default::default() })
}

/// Returns the scenes that an ordinary test searches to the end.
#[must_use]
pub fn near() -> Vec<RequestScene> {
    NEAR.iter().flat_map(|budget| PARTS.map(|part| scene(part, *budget))).collect()
}

/// Returns the scenes that are too large to be searched to the end.
#[must_use]
pub fn far() -> Vec<RequestScene> {
    FAR.iter().flat_map(|budget| PARTS.map(|part| scene(part, *budget))).collect()
}

/// Returns the scene of that name, with the seeded mistake `mutant`.
///
/// # Panics
///
/// If there is no such scene.
#[must_use]
pub fn seeded(name: &str, mutant: &'static str) -> Requests {
    let part = PARTS.into_iter().find(|(known, ..)| *known == name);
    let (_, requests) = scene(part.unwrap_or_else(|| panic!("there is no scene `{name}`")), SEEDED);
    Requests { mutant: Some(mutant), ..requests }
}
