// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree

use ref_core::{Result, Store, global_store};

mod diagnostic {}

#[global_store(diagnostic = false)]
pub struct Lint {
    pub text: String,
}

fn main() -> Result<()> {
    Store::open("memory:")?.put(Lint { text: "unused".into() })?.remove()?;
    Ok(())
}
