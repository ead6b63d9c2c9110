// rule: R15 there are three kinds of access
// code: E0277
// twin: pass/access/invent_a_trait.rs

use ref_core::access::AccessKind;

trait Named {
    const KIND: AccessKind;
}

#[derive(Debug)]
struct Ours;

impl ref_core::access::Access for Ours {
    const KIND: AccessKind = AccessKind::BorrowMut;
}

fn main() {
    println!("{Ours:?}");
}
