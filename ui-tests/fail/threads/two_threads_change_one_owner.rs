// rule: R17 threads share a handle as they share its value
// code: E0499
// twin: pass/threads/two_threads_change_their_own.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut one = store.put(1_u64)?;
    std::thread::scope(|scope| {
        scope.spawn(|| one.borrow_mut().map(|mut number| *number += 1));
        scope.spawn(|| one.borrow_mut().map(|mut number| *number += 1));
    });
    Ok(())
}
