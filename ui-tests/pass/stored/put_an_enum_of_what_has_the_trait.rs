// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store, global_store};

trait Shape {
    fn area(&self) -> u64;
}

#[global_store]
struct Square(u64);

impl Shape for Square {
    fn area(&self) -> u64 { self.0 * self.0 }
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let shape: Box<Square> = Box::new(Square(2));
    println!("{}", store.put(shape)?.borrow()?.area());
    Ok(())
}
