// rule: R28 a call borrows its arguments until it returns, a run until its scope ends
// code: E0502
// twin: pass/remote_aliasing/borrow_an_owner_in_a_list_after_its_scope.rs

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
        println!("{}", parts[0].borrow()?.0.len());
        cleared.join()
    })
}

fn main() {
    let _ = run;
}
