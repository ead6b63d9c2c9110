// rule: R20 handles and tickets come from a store only
// code: E0603
// twin: pass/forgery/name_an_export.rs

use ref_core::handle::Ref;

fn main() {
    let _ = Ref::<'_, u64>::into_ref;
}
