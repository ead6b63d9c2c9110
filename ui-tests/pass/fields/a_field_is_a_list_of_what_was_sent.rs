// rule: R24 every field of a stored type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
pub struct Feed {
    pub news: Option<Vec<String>>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let feed = store.put(Feed { news: None })?;
    println!("{}", feed.borrow()?.news.is_none());
    Ok(())
}
