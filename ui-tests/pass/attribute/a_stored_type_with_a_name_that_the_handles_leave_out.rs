// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree

use ref_core::{Store, global_store};

#[global_store(handles = false)]
pub struct Form {
    pub name: String,
}

#[global_store]
pub struct FormRef {
    pub page: u64,
}

fn main() -> ref_core::Result<()> {
    let store = Store::open("memory:")?;
    let (form, place) = (store.put(Form { name: String::new() })?, store.put(FormRef { page: 2 })?);
    println!("{} {}", form.borrow()?.name, place.borrow()?.page);
    Ok(())
}
