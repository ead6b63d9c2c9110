// rule: R35 `#[remote]` stands on a plain function, of which there is one
// code: none
// twin: pass/remote_attribute/an_attribute_on_the_function.rs

use ref_core::remote;

#[remote]
fn double(#[cfg(true)] number: u64) -> u64 {
    number * 2
}

fn main() {
    let _ = double;
}
