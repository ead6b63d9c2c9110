// rule: R24 every field of a stored type is `Stored`
// code: E0277
// twin: pass/fields/a_stored_type_is_put_with_a_stored_argument.rs

use ref_core::{Store, global_store};

#[global_store]
pub struct Stack<T> {
    pub items: Vec<T>,
}

pub fn put(store: &Store) -> bool {
    store.put(Stack { items: vec![std::rc::Rc::new(1_u64)] }).is_ok()
}

fn main() {}
