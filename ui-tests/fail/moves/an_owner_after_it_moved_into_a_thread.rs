// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/an_owner_comes_back_from_a_thread.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let thread = std::thread::spawn(move || owned.id());
    println!("{:?}", thread.join().is_ok());
    println!("{}", owned.borrow()?);
    Ok(())
}
