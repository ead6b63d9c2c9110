// rule: R15 there are three kinds of access

use ref_core::{Shared, Ticket};

fn show(ticket: Ticket<u64, Shared>) -> String {
    ticket.to_text()
}

fn main() {
    let _ = show;
}
