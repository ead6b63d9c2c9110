// rule: R28 a call borrows its arguments until it returns, a run until its scope ends

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn count(parts: &[Heat]) -> usize {
    parts.len()
}

fn run(workers: &Workers, parts: &mut [Owned<Heat>; 2]) -> Result<usize> {
    let mut first = parts[0].borrow_mut()?;
    first.0.clear();
    let count = count::call(workers, &*parts)?;
    Ok(count)
}

fn main() {
    let _ = run;
}
