// rule: R11 what is exclusive cannot be copied

use ref_core::{Result, Store};

fn twice<T: Clone>(value: &T) -> (T, T) {
    (value.clone(), value.clone())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?.detach()?;
    println!("{:?}", twice(&count));
    Ok(())
}
