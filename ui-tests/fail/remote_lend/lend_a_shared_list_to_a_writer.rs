// rule: R30 what is lent has the parameter's type and its kind of borrow
// code: E0277
// twin: pass/remote_lend/lend_an_exclusive_list_to_a_writer.rs

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn clear(parts: &mut [Heat]) {
    parts.iter_mut().for_each(|part| part.0.clear());
}

fn run(workers: &Workers, mut parts: Vec<Owned<Heat>>) -> Result<usize> {
    clear::call(workers, &parts)?;
    parts.truncate(1);
    Ok(parts.len())
}

fn main() {
    let _ = run;
}
