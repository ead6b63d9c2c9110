//! Long random histories.

use super::invariants::check_state;
use super::world::{World, acts, forbidden};
use crate::ledger::Orphans;
use proptest::prelude::*;
use proptest::sample::Index;

/// Runs a history. Each step tries one of the [`acts`], or, at a `mood` of 0, one of the [`forbidden`] acts.
fn history(sessions: u32, orphans: Orphans, steps: &[(u8, Index)]) {
    let mut world = World::new(sessions, orphans);
    for &(mood, ref which) in steps {
        let all = match mood {
            0 => forbidden(&world),
            _ => acts(&world),
        };
        if !all.is_empty() {
            world.act(*which.get(&all));
            check_state(&world);
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<(u8, Index)>> {
    proptest::collection::vec((0..12_u8, any::<Index>()), 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_invariant_holds_when_objects_go_with_their_owners(sessions in 2..=4_u32, steps in steps()) {
        history(sessions, Orphans::Reclaim, &steps);
    }

    #[test]
    fn every_invariant_holds_when_objects_wait_to_be_adopted(sessions in 2..=4_u32, steps in steps()) {
        history(sessions, Orphans::Adopt, &steps);
    }
}
