// rule: R41 the elements of a `Bulk` are plain data, and are borrowed as the elements of a slice are

use ref_core::{Bulk, global_store};

#[global_store]
pub struct Mask {
    pub bits: Bulk<u8>,
}

fn main() {}
