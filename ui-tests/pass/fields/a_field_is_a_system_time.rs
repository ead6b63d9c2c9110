// rule: R24 every field of a stored type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
pub struct Job {
    pub started: std::time::SystemTime,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let job = store.put(Job { started: std::time::SystemTime::now() })?;
    println!("{:?}", job.borrow()?.started.elapsed());
    Ok(())
}
