// rule: R32 nothing that a remote function borrows leaves its body
// code: E0521
// twin: pass/remote_body/keep_a_copy_of_an_argument_in_a_static.rs

use ref_core::remote;
use std::sync::OnceLock;

static FIRST: OnceLock<&'static String> = OnceLock::new();

#[remote]
fn keep(text: &String) -> bool {
    FIRST.set(text).is_ok()
}

fn main() {
    println!("{}", keep(&"text".to_owned()));
}
