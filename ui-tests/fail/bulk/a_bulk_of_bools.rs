// rule: R41 the elements of a `Bulk` are plain data, and are borrowed as the elements of a slice are
// code: E0277
// twin: pass/bulk/a_bulk_of_bytes.rs

use ref_core::{Bulk, global_store};

#[global_store]
pub struct Mask {
    pub bits: Bulk<bool>,
}

fn main() {}
