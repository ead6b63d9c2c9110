// rule: R32 nothing that a remote function borrows leaves its body

use ref_core::remote;
use std::cell::RefCell;

thread_local! {
    static LAST: RefCell<Option<u64>> = const { RefCell::new(None) };
}

#[remote]
fn count(seen: &mut u64) {
    *seen += 1;
    LAST.set(Some(*seen));
}

fn main() {
    count(&mut 1);
}
