// rule: R35 `#[remote]` stands on a plain function, of which there is one
// code: none
// twin: pass/remote_attribute/on_a_function_in_place_of_a_method.rs

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
struct Price(u64);

impl Price {
    #[ref_core::remote]
    fn of_many(&self, count: u64) -> u64 { self.0 * count }
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{} of {} workers", Price(2).of_many(3), workers.count());
    Ok(())
}
