// rule: R32 nothing that a remote function borrows leaves its body
// code: E0521
// twin: pass/remote_body/give_an_argument_to_a_thread_in_a_scope.rs

use ref_core::remote;
use std::thread;

#[remote]
fn sum(numbers: &Vec<u64>) -> u64 {
    thread::spawn(|| numbers.iter().sum()).join().unwrap_or_default()
}

fn main() {
    println!("{}", sum(&vec![1, 2]));
}
