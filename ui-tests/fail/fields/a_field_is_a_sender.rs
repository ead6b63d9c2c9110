// rule: R24 every field of a stored type is `Stored`
// code: none
// twin: pass/fields/a_field_is_a_list_of_what_was_sent.rs

use std::sync::mpsc::Sender;

use ref_core::{Result, Store, global_store};

#[global_store]
pub struct Feed {
    pub news: Option<Sender<String>>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let feed = store.put(Feed { news: None })?;
    println!("{}", feed.borrow()?.news.is_none());
    Ok(())
}
