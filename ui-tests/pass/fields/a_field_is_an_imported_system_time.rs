// rule: R24 every field of a stored type is `Stored`

use std::time::SystemTime;

use ref_core::{Result, Store, global_store};

#[global_store]
pub struct Job {
    pub started: SystemTime,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let job = store.put(Job { started: SystemTime::now() })?;
    println!("{:?}", job.borrow()?.started.elapsed());
    Ok(())
}
