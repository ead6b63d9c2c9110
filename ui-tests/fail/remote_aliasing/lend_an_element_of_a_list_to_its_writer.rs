// rule: R28 a call borrows its arguments until it returns, a run until its scope ends
// code: E0502
// twin: pass/remote_aliasing/lend_another_owner_to_the_writer_of_a_list.rs

use ref_core::{Owned, Result, Workers, global_store, remote};

#[global_store]
pub struct Heat(Vec<f64>);

#[remote]
fn join(parts: &[Heat], into: &mut Heat) {
    parts.iter().for_each(|part| into.0.extend(&part.0));
}

fn run(workers: &Workers, parts: &mut [Owned<Heat>], into: &mut Owned<Heat>) -> Result<()> {
    into.borrow_mut()?.0.clear();
    join::call(workers, &*parts, &mut parts[0])
}

fn main() {
    let _ = run;
}
