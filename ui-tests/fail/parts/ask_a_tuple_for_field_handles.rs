// rule: R27 field handles are borrowed apart, each of them once
// code: E0277
// twin: pass/parts/ask_a_struct_for_field_handles.rs

use ref_core::access::HasFields;
use ref_core::global_store;

#[global_store]
struct Point {
    x: u64,
    y: u64,
}

fn show<T: HasFields + 'static>() {
    println!("{}", std::any::type_name::<T::Fields<'static>>());
}

fn main() {
    println!("{}", size_of::<Point>());
    show::<(u64, u64)>();
}
