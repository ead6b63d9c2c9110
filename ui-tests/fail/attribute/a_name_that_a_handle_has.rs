// rule: R26 `#[global_store]` stands on a `struct` or an `enum`, with options that agree
// code: E0428
// twin: pass/attribute/a_name_that_the_handles_leave_out.rs

use ref_core::{Store, global_store};

#[global_store]
pub struct Form {
    pub name: String,
}

pub struct FormRef(u64);

fn main() -> ref_core::Result<()> {
    let form = Store::open("memory:")?.put(Form { name: String::new() })?;
    println!("{} {}", form.borrow()?.name, FormRef(2).0);
    Ok(())
}
