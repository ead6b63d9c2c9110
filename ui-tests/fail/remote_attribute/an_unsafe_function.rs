// rule: R35 `#[remote]` stands on a plain function, of which there is one
// code: none
// twin: pass/remote_attribute/a_safe_function.rs

use ref_core::remote;

#[remote]
unsafe fn double(number: u64) -> u64 {
    number * 2
}

fn main() {
    let _ = double;
}
