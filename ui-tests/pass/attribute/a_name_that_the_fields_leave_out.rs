// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree

use ref_core::{Store, global_store};

#[global_store(handles = false)]
pub struct Form {
    pub name: String,
}

pub struct FormFields(u64);

fn main() -> ref_core::Result<()> {
    let form = Store::open("memory:")?.put(Form { name: String::new() })?;
    println!("{} {}", form.borrow()?.name, FormFields(2).0);
    Ok(())
}
