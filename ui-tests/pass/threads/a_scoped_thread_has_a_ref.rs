// rule: R17 threads share a handle as they share its value

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let text = store.put(String::from("text"))?;
    let reader = text.borrow()?;
    std::thread::scope(|scope| scope.spawn(move || println!("{reader}")).join().is_ok());
    Ok(())
}
