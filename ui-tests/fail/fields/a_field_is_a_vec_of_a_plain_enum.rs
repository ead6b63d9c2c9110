// rule: R24 every field of a stored type is `Stored`
// code: E0277
// twin: pass/fields/a_field_is_a_vec_of_a_stored_enum.rs

use ref_core::global_store;

pub enum Colour {
    Red,
    Blue,
}

#[global_store]
pub struct Palette {
    pub colours: Vec<Colour>,
}

fn main() {}
