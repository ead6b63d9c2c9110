// rule: R33 what goes to another process can be written and read there

use ref_core::{Result, Workers, remote};

#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct Point(f64, f64);

#[remote]
fn length(points: &[Point]) -> f64 {
    points.iter().map(|point| point.0.hypot(point.1)).sum()
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(1)?;
    println!("{}", length::call(&workers, &[Point(3.0, 4.0)])?);
    Ok(())
}
