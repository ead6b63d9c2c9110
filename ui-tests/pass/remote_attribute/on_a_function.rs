// rule: R35 `#[remote]` stands on a plain function, of which there is one

use ref_core::remote;

#[ref_core::global_store]
pub struct Heat(Vec<f64>);

fn main() {
    println!("{}", Heat(vec![1.0]).0.len());
    remote::init();
}
