// rule: R32 nothing that a remote function borrows leaves its body

use ref_core::remote;
use std::thread;

#[remote]
fn sum(numbers: &Vec<u64>) -> u64 {
    thread::scope(|s| s.spawn(|| numbers.iter().sum()).join()).unwrap_or_default()
}

fn main() {
    println!("{}", sum(&vec![1, 2]));
}
