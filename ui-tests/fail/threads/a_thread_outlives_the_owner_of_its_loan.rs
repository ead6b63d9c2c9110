// rule: R17 threads share a handle as they share its value
// code: E0597
// twin: pass/threads/a_scoped_thread_has_a_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let text = store.put(String::from("text"))?;
    let loan = text.lend()?;
    let _ = std::thread::spawn(move || loan.end().is_ok()).join();
    Ok(())
}
