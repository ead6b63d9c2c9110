// rule: R24 every field of a stored type is `Stored`
// code: E0277
// twin: pass/fields/a_field_is_an_imported_system_time.rs

use std::time::Instant;

use ref_core::{Result, Store, global_store};

#[global_store]
pub struct Job {
    pub started: Instant,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let job = store.put(Job { started: Instant::now() })?;
    println!("{:?}", job.borrow()?.started.elapsed());
    Ok(())
}
