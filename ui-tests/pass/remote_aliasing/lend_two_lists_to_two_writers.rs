// rule: R28 a call borrows its arguments until it returns, a run until its scope ends

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn clear(parts: &mut [Heat]) {
    parts.iter_mut().for_each(|part| part.0.clear());
}

fn run(workers: &Workers, west: &mut Vec<Owned<Heat>>, east: &mut Vec<Owned<Heat>>) -> Result<()> {
    east.truncate(2);
    workers.scope(|s| {
        clear::spawn(s, &mut *west)?.join()?;
        clear::spawn(s, &mut *east)?.join()
    })
}

fn main() {
    let _ = run;
}
