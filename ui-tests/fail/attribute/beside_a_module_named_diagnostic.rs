// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: E0433
// twin: pass/attribute/beside_a_module_named_diagnostic_without_its_attributes.rs

use ref_core::{Result, Store, global_store};

mod diagnostic {}

#[global_store]
pub struct Lint {
    pub text: String,
}

fn main() -> Result<()> {
    Store::open("memory:")?.put(Lint { text: "unused".into() })?.remove()?;
    Ok(())
}
