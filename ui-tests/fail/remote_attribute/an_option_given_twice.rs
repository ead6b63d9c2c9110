// rule: R35 `#[remote]` stands on a plain function, of which there is one
// code: none
// twin: pass/remote_attribute/an_option_given_once.rs

use ref_core::remote;

#[remote(crate = ::ref_core, crate = ::ref_core)]
fn double(number: u64) -> u64 {
    number * 2
}

fn main() {
    let _ = double;
}
