// fencing1: a late borrower is refused by a number.
//
// Rule: I9
//
// This program compiles. A borrower does not answer, so the owner takes the page back and lends it to
// another borrower. Then the first one wakes up. The store refuses its commit. The printer is outside of
// the store, and knows nothing of loans.
//
// A lease has a token: a number that is larger than those of all earlier leases of the object. Tokens are
// compared by `<` and `>`.
//
//     slow   [lease, token 1 ........................ prints "old"
//     owner          revoke, lend_mut
//     fast                   [lease, token 2] prints "new", "newer"

use ref_core::{ErrorKind, FencingToken, Result, Store};

#[derive(Default)]
struct Printer {
    largest: Option<FencingToken>,
    lines: Vec<String>,
}

impl Printer {
    fn print(&mut self, token: FencingToken, line: &str) {
        if Some(token) < self.largest {
            return;
        }
        self.largest = Some(token);
        self.lines.push(line.to_string());
    }
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut printer = Printer::default();
    let mut page = store.put(String::new())?;

    let loan = page.lend_mut()?;
    let slow = store.redeem(loan.ticket()?)?;
    let _ = loan.revoke()?; // does not wait for the borrower

    let loan = page.lend_mut()?;
    let fast = store.redeem(loan.ticket()?)?;
    printer.print(fast.token(), "new");
    printer.print(fast.token(), "newer");
    fast.commit()?;
    let _ = loan.end()?;

    printer.print(slow.token(), "old");
    let late = slow.commit().unwrap_err();

    assert_eq!(late.kind(), ErrorKind::Fenced);
    assert_eq!(printer.lines, ["new", "newer"], "an old line was printed, or a new one was not");
    println!("{}", printer.lines.join(", "));
    Ok(())
}

// Question: would a time of day do as well as a token?
// Answer: no. Two clocks differ, and a clock is set back. The slow borrower may also read the time after it
// woke up. A token is given with the lease, in the order of the leases.
