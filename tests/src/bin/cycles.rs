//! Measures a store and its process before and after many objects came and went, and fails if anything is left. `cargo
//! xtask cycles [--cycles N]` runs this program.

use ref_tests::cycles::balances;
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let cycles = std::env::args().nth(1).ok_or("cycles CYCLES")?.parse()?;
    let since = Instant::now();
    let [before, after] = balances(cycles)?;
    println!("before {before:?}\nafter  {after:?}");
    println!("{cycles} cycles, {:.1} us each", since.elapsed().as_secs_f64() * 1e6 / cycles as f64);
    if before == after { Ok(()) } else { Err("something is left".into()) }
}
