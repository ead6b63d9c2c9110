// rule: R20 handles and tickets come from a store only

use ref_core::Ref;

fn main() {
    let _ = Ref::<'_, u64>::into_ref;
}
