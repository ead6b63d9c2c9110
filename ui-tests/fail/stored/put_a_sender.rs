// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/send_what_was_stored.rs

use std::sync::mpsc;

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let (sender, receiver) = mpsc::channel();
    let sender = store.put(sender)?;
    let _ = sender.borrow()?.send(1_u64);
    println!("{:?}", receiver.try_recv());
    Ok(())
}
