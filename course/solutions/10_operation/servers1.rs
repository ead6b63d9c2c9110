// servers1: a lease of a server can be lost, and the work is then given back.
//
// Rule: R09
//
// A store can be on a server, for processes of several computers: `redis://HOST`. A server sees no process
// die. So there a session is a lease by time: a thread renews it, and what is not renewed for ten seconds is
// lost, with its borrows. A borrower that slept for longer learns it from its commit, which is refused.
// A `commit` that is refused drops the lease, and the changed text with it.
//
// In this exercise the owner revokes the loan: the commit is refused at once, and no server is needed.
//
//     borrower   [lease, changes ............... commit: refused]
//     owner              lend_mut      revoke

use ref_core::{Exclusive, Lease, Owned, Result, Store};

/// Commits the page. Returns the text that is not in the store, if the commit is refused.
fn save(page: Lease<String, Exclusive>) -> Result<Option<String>> {
    match page.commit_or_return() {
        Ok(_) => Ok(None),
        Err(refused) => Ok(Some(refused.handle.borrow()?.to_string())),
    }
}

/// Adds a line to the page, and takes the page back before it is saved if the borrower is slow.
fn write(store: &Store, page: &mut Owned<String>, line: &str, slow: bool) -> Result<Option<String>> {
    let loan = page.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    lease.borrow_mut()?.push_str(line);
    if slow {
        let _ = loan.revoke()?; // as a server does after ten seconds
    }
    save(lease)
}

fn main() -> Result<()> {
    let address = std::env::var("COURSE_STORE").unwrap_or_else(|_| "memory:".to_string());
    let store = Store::open(&address)?;
    let mut page = store.put(String::new())?;

    let kept = write(&store, &mut page, "first;", false)?;
    let given_back = write(&store, &mut page, "second;", true)?;

    assert_eq!(kept, None, "what was committed is not given back");
    assert_eq!(given_back.as_deref(), Some("first;second;"), "a refused change is given back");
    assert_eq!(*page.borrow()?, "first;", "a refused change is not in the store");
    println!("{}, and not saved: {given_back:?}", page.borrow()?);
    Ok(())
}

// Question: the text was given back. May this borrower now write it over what is in the store?
// Answer: no. Another borrower may have changed the page meanwhile, and that change would be lost. The
// borrower asks for a new loan, reads the page as it is now, and makes its own change again.
