// rule: R24 every field of a stored type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store(opaque)]
#[derive(serde::Serialize, serde::Deserialize)]
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
