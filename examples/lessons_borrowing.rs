//! Borrowing: any number of readers, or one writer. Others see a change when it is committed.
//!
//! ```console
//! $ cargo run --example lessons_borrowing
//! reader: the sum is 6
//! reader: the sum is 6
//! parent: the readers are done: given back
//! writer: I add 4, and commit
//! parent: the list is [1, 2, 3, 4]
//! writer: I add 5, and have second thoughts
//! parent: the list is [1, 2, 3, 4]
//! ```

use ref_core::{Exclusive, Shared, Store, Ticket};
use std::error::Error;
use std::process::Command;

const STORE: &str = "shm://lessons-borrowing";

fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open(STORE)?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["read"] => {
            let list = store.redeem(std::env::var("TICKET")?.parse::<Ticket<Vec<u64>, Shared>>()?)?;
            println!("reader: the sum is {}", list.borrow()?.iter().sum::<u64>());
            // `list.borrow_mut()` here would be E0277, "`Shared` access is read-only".
        }
        ["write", number, commit] => {
            let mut list = store.redeem(std::env::var("TICKET")?.parse::<Ticket<Vec<u64>, Exclusive>>()?)?;
            list.borrow_mut()?.push(number.parse()?); // this changes this process's copy
            match commit {
                "commit" => {
                    println!("writer: I add {number}, and commit");
                    list.commit()?;
                }
                _ => println!("writer: I add {number}, and have second thoughts"),
            }
        }
        _ => parent(&store)?,
    }
    Ok(())
}

fn parent(store: &Store) -> Result<(), Box<dyn Error>> {
    let mut list = store.put(vec![1_u64, 2, 3])?;

    let loan = list.lend()?; // while the loan is alive, `list` can be read here and not changed: E0502
    run(&["read"], &loan.ticket()?.to_text())?;
    run(&["read"], &loan.ticket()?.to_text())?;
    println!("parent: the readers are done: {}", loan.end()?);

    for what in [["write", "4", "commit"], ["write", "5", "drop"]] {
        let loan = list.lend_mut()?; // while the loan is alive, `list` cannot be read here either
        run(&what, &loan.ticket()?.to_text())?;
        let _ = loan.end()?;
        println!("parent: the list is {:?}", list.borrow()?);
    }
    Ok(())
}

fn run(arguments: &[&str], ticket: &str) -> Result<(), Box<dyn Error>> {
    let status = Command::new(std::env::current_exe()?).args(arguments).env("TICKET", ticket).status()?;
    if status.success() { Ok(()) } else { Err(format!("a borrower failed: {status}").into()) }
}
