// rule: R15 there are three kinds of access

use ref_core::{Result, Shared, Ticket};

fn read(line: &str) -> Result<Ticket<u64, Shared>> {
    line.parse()
}

fn main() {
    assert!(read("no ticket").is_err());
}
