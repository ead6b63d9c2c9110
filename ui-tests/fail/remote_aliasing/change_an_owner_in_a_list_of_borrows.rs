// rule: R28 a call borrows its arguments until it returns, a run until its scope ends
// code: E0502
// twin: pass/remote_aliasing/read_an_owner_in_a_list_of_borrows.rs

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
        drop(west.borrow_mut()?);
        count.join()
    })
}

fn main() {
    let _ = run;
}
