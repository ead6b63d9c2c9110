// rule: R28 a call borrows its arguments until it returns, a run until its scope ends
// code: E0502
// twin: pass/remote_aliasing/read_a_list_that_a_run_reads.rs

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn count(parts: &[Heat]) -> usize {
    parts.len()
}

fn run(workers: &Workers, parts: &mut Vec<Owned<Heat>>) -> Result<usize> {
    workers.scope(|s| {
        let count = count::spawn(s, &*parts)?;
        drop(parts.pop());
        count.join()
    })
}

fn main() {
    let _ = run;
}
