//! A worker dies in the middle of its work, and the call is made again. The object that the dead worker borrowed is
//! unchanged.
//!
//! ```console
//! $ cargo run --example retry
//! try 1: the worker was killed; the account has 100 and 0 entries
//! try 2: the worker was killed; the account has 100 and 0 entries
//! try 3: booked; the account has 70 and 2 entries
//! ```

use ref_core::{ErrorKind, Result, Store, Workers, global_store, remote};
use std::path::{Path, PathBuf};

#[global_store]
struct Account {
    balance: i64,
    entries: Vec<String>,
}

/// Books two entries. In the first two calls, the worker dies between the entries.
#[remote]
fn book(account: &mut Account, tries: &str) -> i64 {
    account.balance -= 10;
    account.entries.push("ten".into());
    if die_twice(Path::new(tries)) {
        std::process::abort(); // a crash, the out-of-memory killer and `kill -9` have the same effect
    }
    account.balance -= 20;
    account.entries.push("twenty".into());
    account.balance
}

/// Returns whether this process is to die. A file counts the calls, since a process that dies loses its memory.
fn die_twice(file: &Path) -> bool {
    let before = std::fs::read_to_string(file).unwrap_or_default().len();
    std::fs::write(file, "x".repeat(before + 1)).is_ok() && before < 2
}

fn main() -> Result<()> {
    remote::init();
    let tries: PathBuf = std::env::temp_dir().join(format!("ref-retry-{}", std::process::id()));
    let (workers, store) = (Workers::start(1)?, Store::open("shm://retry")?);
    let mut account = store.put(Account { balance: 100, entries: Vec::new() })?;

    for nth in 1.. {
        let booked = book::call(&workers, &mut account, &tries.to_string_lossy());
        let now = account.borrow()?;
        let state = format!("the account has {} and {} entries", now.balance, now.entries.len());
        match booked {
            Ok(balance) => {
                assert_eq!(balance, now.balance);
                println!("try {nth}: booked; {state}");
                break;
            }
            Err(error) if error.kind() == ErrorKind::WorkerDied => {
                println!("try {nth}: the worker was killed; {state}")
            }
            Err(error) => return Err(error),
        }
    }
    let _ = std::fs::remove_file(tries);
    Ok(())
}
