// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_an_enum_of_what_has_the_trait.rs

use ref_core::{Result, Store, global_store};

trait Shape {
    fn area(&self) -> u64;
}

#[global_store]
enum Form { Square(u64) }

impl Shape for Form {
    fn area(&self) -> u64 { let Self::Square(side) = self; side * side }
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let shape: Box<dyn Shape> = Box::new(Form::Square(2));
    println!("{}", store.put(shape)?.borrow()?.area());
    Ok(())
}
