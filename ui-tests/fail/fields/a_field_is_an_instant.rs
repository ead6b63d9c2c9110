// rule: R24 every field of a stored type is `Stored`
// code: none
// twin: pass/fields/a_field_is_a_system_time.rs

use ref_core::{Result, Store, global_store};

#[global_store]
pub struct Job {
    pub started: std::time::Instant,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let job = store.put(Job { started: std::time::Instant::now() })?;
    println!("{:?}", job.borrow()?.started.elapsed());
    Ok(())
}
