// rule: R33 what goes to another process can be written and read there

use ref_core::remote;

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Full;

pub type Result<T> = std::result::Result<T, Full>;

#[remote]
fn fill(rows: u64) -> Result<u64> {
    if rows < 9 { Ok(rows) } else { Err(Full) }
}

fn main() {
    let _ = fill::call;
}
