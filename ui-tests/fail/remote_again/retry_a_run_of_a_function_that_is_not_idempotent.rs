// rule: R46 a call is made again only of an idempotent function, which takes no owner
// code: E0277
// twin: pass/remote_again/retry_a_run_of_a_function_that_is_idempotent.rs

use ref_core::{Result, Workers, remote};

#[remote]
fn charge(account: &u64, amount: u64) -> u64 {
    *account - amount
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    let account = 10;
    let left = workers.scope(|s| charge::spawn(s, &account, 3)?.retries(2).join())?;
    println!("{left}");
    Ok(())
}
