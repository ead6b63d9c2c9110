// rule: R17 threads share a handle as they share its value

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    std::thread::scope(|scope| {
        scope.spawn(|| count.borrow().map(|number| *number));
        scope.spawn(|| count.borrow().map(|number| *number));
    });
    Ok(())
}
