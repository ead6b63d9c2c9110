// rule: R24 every field of a stored type is `Stored`

use ref_core::{Result, Store, global_store};

pub trait Shape {
    fn area(&self) -> u64;
}

#[global_store]
pub enum Form { Square(u64) }

impl Shape for Form {
    fn area(&self) -> u64 { let Self::Square(side) = self; side * side }
}

#[global_store]
pub struct Drawing {
    pub shapes: Vec<Form>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let drawing = store.put(Drawing { shapes: vec![Form::Square(2)] })?;
    println!("{}", drawing.borrow()?.shapes[0].area());
    Ok(())
}
