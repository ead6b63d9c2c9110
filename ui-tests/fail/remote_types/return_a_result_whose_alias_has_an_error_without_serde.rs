// rule: R33 what goes to another process can be written and read there
// code: E0277
// twin: pass/remote_types/return_a_result_whose_alias_has_an_error_with_serde.rs

use ref_core::remote;

pub struct Full;

pub type Result<T> = std::result::Result<T, Full>;

#[remote]
fn fill(rows: u64) -> Result<u64> {
    if rows < 9 { Ok(rows) } else { Err(Full) }
}

fn main() {
    let _ = fill::call;
}
