// rule: R24 every field of a stored type is `Stored`

use ref_core::global_store;

mod foreign {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Uuid(u128);
}

#[global_store]
pub struct Order {
    #[global_store(opaque)]
    pub id: foreign::Uuid,
}

fn main() {}
