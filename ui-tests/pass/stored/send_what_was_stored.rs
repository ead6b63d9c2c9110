// rule: R16 a value lives in a store if its type is `Stored`

use std::sync::mpsc;

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let (sender, receiver) = mpsc::channel();
    let number = store.put(1_u64)?;
    let _ = sender.send(*number.borrow()?);
    println!("{:?}", receiver.try_recv());
    Ok(())
}
