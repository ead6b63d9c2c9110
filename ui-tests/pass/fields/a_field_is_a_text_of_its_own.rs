// rule: R22 a stored type borrows nothing and holds no address

use ref_core::global_store;

#[global_store]
pub struct Page {
    pub text: String,
}

fn main() {
    let _ = size_of::<Page>();
}
