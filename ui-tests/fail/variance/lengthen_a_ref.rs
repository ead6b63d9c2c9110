// rule: R18 a borrow may be shortened, never lengthened
// code: none
// twin: pass/variance/shorten_a_ref.rs

use ref_core::Ref;

fn keep<'a>(text: Ref<'a, String>) -> Ref<'static, String> {
    text
}

fn main() {
    let _ = keep;
}
