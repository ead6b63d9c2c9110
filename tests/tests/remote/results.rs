//! Results of functions: what comes back behind an alias, and errors of the library.

use super::{assert_empty, lab};
use ref_core::access::AccessKind;
use ref_core::error::HeldAs;
use ref_core::{Error, ErrorKind, Exclusive, Key, Owned, Result, Store, Ticket, remote};
use std::time::Duration;

/// An alias that does not say that the type is a `Result`.
type Outcome = std::result::Result<Owned<Vec<u64>>, Error>;

#[remote]
fn grow(mut list: Owned<Vec<u64>>) -> Result<Owned<Vec<u64>>> {
    list.borrow_mut()?.push(1);
    Ok(list)
}

#[remote]
fn shrink(mut list: Owned<Vec<u64>>) -> Outcome {
    match list.borrow_mut()?.pop() {
        Some(_) => Ok(list),
        None => Err(Store::open("ftp://nowhere").unwrap_err()),
    }
}

#[remote]
fn change(address: &str, ticket: &str) -> Result<u64> {
    let mut lease = Store::open(address)?.redeem(ticket.parse::<Ticket<Vec<u64>, Exclusive>>()?)?;
    lease.borrow_mut()?.push(1);
    Ok(lease.commit()?.get())
}

/// Lends a list, redeems the ticket itself, and ends the loan in vain: the list stays, detached.
#[remote]
fn leave_behind(address: &str) -> Result<()> {
    let store = Store::open(address)?;
    let loan = store.put(vec![7_u64])?.into_loan()?;
    let reader = store.redeem(loan.ticket()?)?;
    let ended = loan.end_timeout(Duration::ZERO);
    drop(reader);
    ended.map(drop)
}

#[remote]
fn open(address: &str) -> Error {
    Store::open(address).unwrap_err()
}

const TAKES_OVER: u32 = line!() + 3;

/// Returns the list. Panics unless this function is noted as the line of code that owns the list.
#[remote]
fn take_over(list: Owned<Vec<u64>>, key: Key<Vec<u64>>, store: &Store) -> Owned<Vec<u64>> {
    let noted = holder_of(store, &key);
    assert!(is_at(&noted, TAKES_OVER), "{noted}");
    list
}

fn is_at(noted: &str, line: u32) -> bool {
    noted.ends_with(&format!("results.rs:{line}"))
}

/// Returns the noted line of the process that owns the object.
fn holder_of(store: &Store, key: &Key<Vec<u64>>) -> String {
    let refused = store.get(key).unwrap_err();
    refused.conflict().unwrap().holders[0].at.clone().unwrap()
}

#[test]
fn a_result_behind_an_alias_is_a_result() {
    let (_scene, store, workers) = lab(1);
    let list = grow::call(&workers, store.put(vec![]).unwrap()).unwrap().unwrap();
    assert_eq!(*list.borrow().unwrap(), [1]);
    let list = shrink::call(&workers, list).unwrap().unwrap();
    assert!(list.borrow().unwrap().is_empty());
    let error = shrink::call(&workers, list).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_empty(&store);
}

#[test]
fn an_error_of_the_library_comes_back_with_its_conflict() {
    let (scene, store, workers) = lab(1);
    let address = format!("file:{}", scene.folder().display());
    let mut list = store.put(vec![7_u64]).unwrap();
    let loan = list.lend_mut().unwrap();
    let ticket = loan.ticket().unwrap().to_text();
    let lease = store.redeem(ticket.parse::<Ticket<Vec<u64>, Exclusive>>().unwrap()).unwrap();
    let here = store.redeem(ticket.parse::<Ticket<Vec<u64>, Exclusive>>().unwrap()).unwrap_err();
    let there = change::call(&workers, &address, &ticket).unwrap().unwrap_err();
    assert_eq!((there.kind(), there.is_retryable()), (here.kind(), here.is_retryable()));
    let conflict = there.conflict().unwrap();
    assert_eq!((conflict.asked, conflict.held, conflict.count), (AccessKind::BorrowMut, HeldAs::BorrowMut, 1));
    assert_eq!(Some(conflict), here.conflict());
    assert_eq!(conflict.holders[0].pid, std::process::id());
    assert!(there.to_string().contains("which is this one"), "{there}");
    drop(lease);
    assert_eq!(open::call(&workers, "ftp://nowhere").unwrap().kind(), ErrorKind::Unsupported);
}

#[test]
fn an_error_of_the_library_comes_back_with_the_key_of_what_was_left_behind() {
    let (scene, store, workers) = lab(1);
    let address = format!("file:{}", scene.folder().display());
    let error = leave_behind::call(&workers, &address).unwrap().unwrap_err();
    let key: Key<Vec<u64>> = error.key().expect("the list was detached").parse().unwrap();
    assert_eq!(*store.adopt(key).unwrap().borrow().unwrap(), [7]);
}

/// The store notes for errors which line of code has an object. A line of the library would tell a user nothing.
#[test]
fn owners_of_a_call_are_those_of_a_line_of_the_program() {
    let (_scene, store, workers) = lab(1);
    let key = store.put(vec![7_u64]).unwrap().detach().unwrap();
    let list = store.adopt(key.clone()).unwrap();
    let (list, line) = (take_over::call(&workers, list, key.clone(), &store).unwrap(), line!());
    let noted = holder_of(&store, &key);
    assert!(is_at(&noted, line), "{noted}");
    drop(list);
}
