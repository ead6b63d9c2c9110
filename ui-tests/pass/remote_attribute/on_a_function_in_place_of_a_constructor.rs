// rule: R35 `#[remote]` stands on a plain function, of which there is one

use ref_core::{Result, Workers, remote};

#[derive(serde::Serialize, serde::Deserialize)]
struct Price(u64);

mod price {
    #[ref_core::remote]
    pub fn of_many(one: u64, count: u64) -> super::Price { super::Price(one * count) }
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{} of {} workers", price::of_many::call(&workers, 2, 3)?.0, workers.count());
    Ok(())
}
