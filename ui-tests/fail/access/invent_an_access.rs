// rule: R15 there are three kinds of access
// code: E0277
// twin: pass/access/ask_for_any_access.rs

use ref_core::{Access, AccessKind};

struct Ours;

impl Access for Ours {
    const KIND: AccessKind = AccessKind::Exclusive;
}

fn main() {
    let _ = AccessKind::Shared;
}
