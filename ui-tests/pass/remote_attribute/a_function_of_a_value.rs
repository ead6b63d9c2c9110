// rule: R35 `#[remote]` stands on a plain function, of which there is one

use ref_core::remote;

#[remote]
fn zeros(n: usize) -> Vec<u64> {
    vec![0; n]
}

fn main() {
    println!("{:?}", zeros(3));
}
