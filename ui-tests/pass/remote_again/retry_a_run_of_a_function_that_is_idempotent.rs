// rule: R46 a call is made again only of an idempotent function, which takes no owner

use ref_core::{Result, Workers, remote};

#[remote(idempotent)]
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
