// rule: R32 nothing that a remote function borrows leaves its body

use ref_core::remote;
use std::sync::OnceLock;

static FIRST: OnceLock<String> = OnceLock::new();

#[remote]
fn keep(text: &String) -> bool {
    FIRST.set(text.clone()).is_ok()
}

fn main() {
    println!("{}", keep(&"text".to_owned()));
}
