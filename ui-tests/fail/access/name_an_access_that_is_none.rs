// rule: R15 there are three kinds of access
// code: E0277
// twin: pass/access/name_an_access.rs

use ref_core::Ticket;

fn show(ticket: Ticket<u64, String>) -> String {
    ticket.to_text()
}

fn main() {
    let _ = show;
}
