// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_the_result_of_a_function.rs

use ref_core::{Result, Store};

fn double(number: u64) -> u64 {
    number * 2
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(double)?;
    println!("{owned:?}");
    Ok(())
}
