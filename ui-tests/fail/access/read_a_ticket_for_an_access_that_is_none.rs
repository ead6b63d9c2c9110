// rule: R15 there are three kinds of access
// code: E0277
// twin: pass/access/read_a_ticket_for_an_access.rs

use ref_core::{Result, Ticket};

fn read(line: &str) -> Result<Ticket<u64, String>> {
    line.parse()
}

fn main() {
    assert!(read("no ticket").is_err());
}
