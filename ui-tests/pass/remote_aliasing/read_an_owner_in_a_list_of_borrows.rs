// rule: R28 a call borrows its arguments until it returns, a run until its scope ends

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn count(parts: &[Heat]) -> usize {
    parts.len()
}

fn run(workers: &Workers, west: &mut Owned<Heat>, east: &Owned<Heat>) -> Result<usize> {
    workers.scope(|s| {
        let count = count::spawn(s, vec![&*west, east, &*west])?;
        drop(west.borrow()?);
        count.join()
    })
}

fn main() {
    let _ = run;
}
