// rule: R08 a part is borrowed no longer than the whole
// code: E0597
// twin: pass/lifetimes/a_mapped_part_is_kept_as_long_as_the_owner.rs

use ref_core::{Ref, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let pair = store.put((1_u64, String::from("one")))?;
    let text = Ref::map(pair.borrow()?, |pair| pair.1.as_str());
    let text: &'static str = Ref::into_ref(text);
    println!("{text}");
    Ok(())
}
