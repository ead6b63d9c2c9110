// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
#[derive(Clone)]
struct Grid {
    step: u64,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let grid = Grid { step: 1 };
    let stored = store.put(grid.clone())?;
    println!("{} {}", stored.borrow()?.step, grid.step);
    Ok(())
}
