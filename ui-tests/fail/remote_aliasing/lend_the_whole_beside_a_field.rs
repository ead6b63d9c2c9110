// rule: R28 a call borrows its arguments until it returns, a run until its scope ends
// code: E0502
// twin: pass/remote_aliasing/lend_one_field_beside_another.rs

use ref_core::{Result, Workers, global_store, remote};

#[global_store]
#[derive(Debug)]
pub struct Map(Vec<f64>, Vec<f64>);

#[remote]
fn warm(cells: &mut Vec<f64>) {
    cells.push(0.5);
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let mut map = Map(vec![1.0], vec![1.0]);
    workers.scope(|s| {
        let run = warm::spawn(s, &mut map.0)?;
        println!("{:?}", map);
        run.join()
    })
}
