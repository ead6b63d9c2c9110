// rule: R17 threads share a handle as they share its value
// code: E0277
// twin: pass/threads/send_an_owner_of_a_type_that_is_send.rs

use ref_core::{Owned, Result, Store};

fn drop_elsewhere<T: 'static>(owned: Owned<T>) {
    let _ = std::thread::spawn(move || drop(owned)).join();
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    drop_elsewhere(store.put(1_u64)?);
    Ok(())
}
