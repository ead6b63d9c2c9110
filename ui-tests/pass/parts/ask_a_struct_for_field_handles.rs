// rule: R27 field handles are borrowed apart, each of them once

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
    show::<Point>();
}
