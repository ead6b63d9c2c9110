// rule: R17 threads share a handle as they share its value

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let (mut one, mut other) = (store.put(1_u64)?, store.put(1_u64)?);
    std::thread::scope(|scope| {
        scope.spawn(|| one.borrow_mut().map(|mut number| *number += 1));
        scope.spawn(|| other.borrow_mut().map(|mut number| *number += 1));
    });
    Ok(())
}
