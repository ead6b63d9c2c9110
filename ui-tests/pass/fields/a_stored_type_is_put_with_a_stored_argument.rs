// rule: R24 every field of a stored type is `Stored`

use ref_core::{Store, global_store};

#[global_store]
pub struct Stack<T> {
    pub items: Vec<T>,
}

pub fn put(store: &Store) -> bool {
    store.put(Stack { items: vec![Box::new(1_u64)] }).is_ok()
}

fn main() {}
