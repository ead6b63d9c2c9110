// rule: R28 a call borrows its arguments until it returns, a run until its scope ends

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn clear(parts: &mut [Heat]) {
    parts.iter_mut().for_each(|part| part.0.clear());
}

fn run(workers: &Workers, parts: &mut Vec<Owned<Heat>>) -> Result<()> {
    workers.scope(|s| {
        let cleared = clear::spawn(s, &mut *parts)?;
        cleared.join()
    })?;
    println!("{}", parts[0].borrow()?.0.len());
    Ok(())
}

fn main() {
    let _ = run;
}
