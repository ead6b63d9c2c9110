// rule: R24 every field of a stored type is `Stored`
// code: E0277
// twin: pass/fields/an_opaque_field_of_a_foreign_type.rs

use ref_core::global_store;

mod foreign {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Uuid(u128);
}

#[global_store]
pub struct Order {
    pub id: foreign::Uuid,
}

fn main() {}
