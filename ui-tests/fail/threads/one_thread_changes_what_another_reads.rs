// rule: R17 threads share a handle as they share its value
// code: E0502
// twin: pass/threads/two_threads_read_one_owner.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    std::thread::scope(|scope| {
        scope.spawn(|| count.borrow().map(|number| *number));
        scope.spawn(|| count.borrow_mut().map(|mut number| *number += 1));
    });
    Ok(())
}
