// rule: R24 every field of a stored type is `Stored`
// code: E0277
// twin: pass/fields/an_opaque_type_that_serde_knows.rs

use ref_core::{Result, Store, global_store};

#[global_store(opaque)]
pub struct Uri {
    pub text: String,
}

#[global_store]
pub struct Link {
    pub to: Uri,
}

fn main() -> Result<()> {
    let link = Store::open("memory:")?.put(Link { to: Uri { text: "a:b".into() } })?;
    println!("{}", link.borrow()?.to.text);
    Ok(())
}
