// rule: R30 what is lent has the parameter's type and its kind of borrow

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn grow(mut heat: Owned<Heat>) -> std::result::Result<Owned<Heat>, String> {
    heat.borrow_mut().map_err(|error| error.to_string())?.0.push(0.0);
    Ok(heat)
}

fn run(workers: &Workers, west: Owned<Heat>) -> Result<()> {
    let grown = grow::call(workers, west)?;
    println!("{}", grown.is_ok());
    Ok(())
}

fn main() {
    let _ = run;
}
