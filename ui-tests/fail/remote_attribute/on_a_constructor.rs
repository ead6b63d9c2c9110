// rule: R35 `#[remote]` stands on a plain function, of which there is one
// code: none
// twin: pass/remote_attribute/on_a_function_in_place_of_a_constructor.rs

use ref_core::{Result, Workers, remote};

#[derive(serde::Serialize, serde::Deserialize)]
struct Price(u64);

impl Price {
    #[ref_core::remote]
    fn of_many(one: u64, count: u64) -> Self { Self(one * count) }
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{} of {} workers", Price::of_many(2, 3).0, workers.count());
    Ok(())
}
