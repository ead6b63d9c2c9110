// rule: R24 every field of a stored type is `Stored`

use ref_core::global_store;

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Uuid(u128);

#[global_store]
pub struct Order {
    #[global_store(opaque)]
    pub ids: Vec<Uuid>,
}

fn main() {
    let _ = size_of::<Order>();
}
