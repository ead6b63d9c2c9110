// rule: R24 every field of a stored type is `Stored`
// code: E0277
// twin: pass/fields/an_opaque_list_of_what_serde_knows.rs

use ref_core::global_store;

#[derive(Debug)]
pub struct Uuid(u128);

#[global_store]
pub struct Order {
    #[global_store(opaque)]
    pub ids: Vec<Uuid>,
}

fn main() {
    let _ = size_of::<Order>();
}
