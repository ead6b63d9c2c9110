// rule: R24 every field of a stored type is `Stored`
// code: E0277
// twin: pass/fields/a_map_in_a_field_has_values_that_are_stored.rs

use std::collections::HashMap;

use ref_core::{Result, Store, global_store};

#[derive(Debug)]
pub struct Point(i64);

#[global_store]
pub struct Map {
    pub places: HashMap<String, Point>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let map = store.put(Map { places: HashMap::new() })?;
    println!("{}", map.borrow()?.places.len());
    Ok(())
}
