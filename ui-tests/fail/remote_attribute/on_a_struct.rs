// rule: R35 `#[remote]` stands on a plain function, of which there is one
// code: none
// twin: pass/remote_attribute/on_a_function.rs

use ref_core::remote;

#[remote]
pub struct Heat(Vec<f64>);

fn main() {
    println!("{}", Heat(vec![1.0]).0.len());
    remote::init();
}
