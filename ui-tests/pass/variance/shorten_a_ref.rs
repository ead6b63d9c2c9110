// rule: R18 a borrow may be shortened, never lengthened

use ref_core::Ref;

fn keep<'a>(text: Ref<'static, String>) -> Ref<'a, String> {
    text
}

fn main() {
    let _ = keep;
}
