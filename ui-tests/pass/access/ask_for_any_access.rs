// rule: R15 there are three kinds of access

use ref_core::{Access, AccessKind};

fn kind<A: Access>() -> AccessKind {
    A::KIND
}

fn main() {
    let _ = AccessKind::Shared;
}
