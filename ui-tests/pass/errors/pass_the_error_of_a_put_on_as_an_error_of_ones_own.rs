// rule: R37 no handle is alive in an error that is passed on

use ref_core::{Owned, Store};

#[derive(Debug)]
struct Failed;

impl From<ref_core::Error> for Failed {
    fn from(_: ref_core::Error) -> Self {
        Self
    }
}

fn keep(store: &Store, text: String) -> Result<Owned<String>, Failed> {
    Ok(store.put(text)?)
}

fn main() {
    let store = Store::open("memory:").unwrap();
    assert!(keep(&store, String::from("kept")).is_ok());
}
