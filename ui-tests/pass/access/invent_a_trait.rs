// rule: R15 there are three kinds of access

use ref_core::AccessKind;

#[derive(Debug)]
struct Ours;

trait Access {
    const KIND: AccessKind;
}

impl Access for Ours {
    const KIND: AccessKind = AccessKind::Exclusive;
}

fn main() {
    println!("{Ours:?}");
}
