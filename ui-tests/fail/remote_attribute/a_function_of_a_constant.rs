// rule: R35 `#[remote]` stands on a plain function, of which there is one
// code: none
// twin: pass/remote_attribute/a_function_of_a_value.rs

use ref_core::remote;

#[remote]
fn zeros<const N: usize>() -> Vec<u64> {
    vec![0; N]
}

fn main() {
    println!("{:?}", zeros::<3>());
}
