// rule: R17 threads share a handle as they share its value

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let text = store.put(String::from("text"))?;
    let loan = text.lend()?;
    std::thread::scope(|scope| scope.spawn(move || loan.end().is_ok()).join().is_ok());
    Ok(())
}
