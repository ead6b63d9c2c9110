// rule: R35 `#[remote]` stands on a plain function, of which there is one

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
struct Price(u64);

mod price {
    #[ref_core::remote]
    pub fn of_many(one: &super::Price, count: u64) -> u64 { one.0 * count }
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{} of {} workers", price::of_many::call(&workers, &Price(2), 3)?, workers.count());
    Ok(())
}
