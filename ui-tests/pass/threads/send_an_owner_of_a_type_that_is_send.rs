// rule: R17 threads share a handle as they share its value

use ref_core::{Owned, Result, Store};

fn drop_elsewhere<T: Send + 'static>(owned: Owned<T>) {
    let _ = std::thread::spawn(move || drop(owned)).join();
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    drop_elsewhere(store.put(1_u64)?);
    Ok(())
}
