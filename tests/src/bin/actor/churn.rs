//! Arrays that come and go, in a store whose sessions write into the files of versions that they removed.

use crate::{Actor, Reply};
use ref_core::{Bulk, Error, Store};
use ref_tests::Column;
use ref_tests::torture::Dice;

/// So many cells are mapped, and their file is kept when it is removed.
const CELLS: u64 = 5_000;
/// How many arrays are kept at a time.
const KEPT: usize = 6;

impl Actor {
    /// Does so many random steps. Each time, checks all arrays that it keeps without a handle.
    pub(crate) fn churn(&self, seed: u64, steps: u64) -> Reply {
        let (mut dice, mut kept) = (Dice::new(seed), Vec::new());
        for step in 0..steps {
            churn_once(self.store(), &mut dice, &mut kept).map_err(|error| crate::error(&error))?;
            if let Some(torn) = kept.iter().position(|cells| !is_whole(cells)) {
                return Err(format!("array {torn} changed in step {step}"));
            }
            if kept.len() > KEPT {
                kept.swap_remove(dice.below(KEPT as u64) as usize);
            }
        }
        Ok(String::new())
    }
}

fn is_whole(cells: &Bulk<u64>) -> bool {
    cells.is_mapped() && Column::is_numbered(cells)
}

fn churn_once(store: &Store, dice: &mut Dice, kept: &mut Vec<Bulk<u64>>) -> Result<(), Error> {
    let mut named = store.named::<Column>(&format!("column{}", dice.below(3)))?;
    let column = Column::numbered(dice.below(1 << 40), CELLS + dice.below(CELLS));
    match dice.below(7) {
        0 | 1 => named.set(column).map(drop),
        2 => named.try_update(|there| there.renumber(column.n)),
        3 | 4 => named.get_or_insert_with(|| column).map(|seen| kept.push(seen.cells.clone())),
        5 => {
            let mut owned = store.put(column)?;
            kept.push(owned.borrow()?.cells.clone());
            owned.borrow_mut()?.renumber(7)?;
            owned.flush()
        }
        _ => {
            let owned = store.put(column)?;
            let loan = owned.lend()?;
            let lease = store.redeem(loan.ticket()?)?;
            kept.push(lease.borrow()?.cells.clone());
            loan.revoke().map(drop)
        }
    }
}
