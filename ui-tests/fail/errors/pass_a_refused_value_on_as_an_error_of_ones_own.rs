// rule: R37 no handle is alive in an error that is passed on
// code: E0277
// twin: pass/errors/pass_the_error_of_a_put_on_as_an_error_of_ones_own.rs

use ref_core::{Owned, Store};

#[derive(Debug)]
struct Failed;

impl From<ref_core::Error> for Failed {
    fn from(_: ref_core::Error) -> Self {
        Self
    }
}

fn keep(store: &Store, text: String) -> Result<Owned<String>, Failed> {
    Ok(store.put_or_return(text)?)
}

fn main() {
    let store = Store::open("memory:").unwrap();
    assert!(keep(&store, String::from("kept")).is_ok());
}
