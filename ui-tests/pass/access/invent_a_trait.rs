// rule: R15 there are three kinds of access

use ref_core::access::AccessKind;

trait Named {
    const KIND: AccessKind;
}

#[derive(Debug)]
struct Ours;

impl Named for Ours {
    const KIND: AccessKind = AccessKind::BorrowMut;
}

fn main() {
    println!("{Ours:?}");
}
