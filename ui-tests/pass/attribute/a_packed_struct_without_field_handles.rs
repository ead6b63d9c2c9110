// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree

use ref_core::{Result, Store, global_store};

#[global_store(handles = false)]
#[repr(C, packed)]
pub struct Packet {
    pub kind: u8,
    pub length: u32,
}

fn main() -> Result<()> {
    Store::open("memory:")?.put(Packet { kind: 1, length: 2 })?.remove()?;
    Ok(())
}
