// rule: R24 every field of a stored type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
pub struct Canvas {
    pub pieces: Vec<u64>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let canvas = store.put(Canvas { pieces: vec![1_u64] })?;
    println!("{}", canvas.borrow()?.pieces.len());
    Ok(())
}
