// rule: R24 every field of a stored type is `Stored`
// code: E0277
// twin: pass/fields/each_part_of_a_tuple_in_a_field_is_stored.rs

use ref_core::{Result, Store, global_store};

#[derive(Debug)]
pub struct Point(i64);

#[global_store]
pub struct Route {
    pub ends: Option<(String, Vec<Point>)>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut route = store.put(Route { ends: None })?;
    route.borrow_mut()?.ends = Some((String::from("home"), vec![Point(1)]));
    Ok(())
}
