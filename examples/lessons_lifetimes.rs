//! Lifetimes: the type of a borrow says how long its owner must live, in functions, structs and threads.
//!
//! ```console
//! $ cargo run --example lessons_lifetimes
//! the longer one: "a long text"
//! its first word: "a"
//! a reader of it sees 11 letters
//! two threads count 11 and 5
//! changed, after the last borrow: "a long text indeed"
//! ```

use ref_core::{Loan, Owned, Ref, Shared, Store};
use std::error::Error;

/// The result borrows from one of the two owners, so both must outlive it.
fn longer<'a>(one: Ref<'a, String>, other: Ref<'a, String>) -> Ref<'a, String> {
    if one.len() >= other.len() { one } else { other }
}

/// A struct that contains a borrow has a lifetime. A struct that contained the owner as well could not be made: E0515
/// or E0505.
struct Reading<'a> {
    text: Ref<'a, str>,
}

impl<'a> Reading<'a> {
    fn of(owner: &'a Owned<String>) -> ref_core::Result<Self> {
        Ok(Self { text: Ref::map(owner.borrow()?, String::as_str) })
    }

    /// The result lives as long as the owner, `'a`, and not only as long as this struct.
    fn first_word(&self) -> &'a str {
        Ref::into_ref(Ref::clone(&self.text)).split(' ').next().unwrap_or_default()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open("memory:")?;
    let mut text = store.put(String::from("a long text"))?;
    let short = store.put(String::from("short"))?;
    println!("the longer one: {:?}", longer(text.borrow()?, short.borrow()?));

    let word = Reading::of(&text)?.first_word(); // the `Reading` is dropped here, the owner is not
    println!("its first word: {word:?}");

    // A loan borrows its owner until the loan is ended: `drop(text)` here would be E0505.
    let loan: Loan<'_, String, Shared> = text.lend()?;
    let lease = store.redeem(loan.ticket()?)?; // a lease has no lifetime, since it may be in another process
    println!("a reader of it sees {} letters", lease.borrow()?.len());
    lease.release()?;
    let _ = loan.end()?;

    // Scoped threads end before the owners are dropped, so such a thread may borrow an owner. A thread of
    // `std::thread::spawn` may not borrow one: E0373.
    let length = |owner: &Owned<String>| owner.borrow().map(|text| text.len());
    let (one, other) = std::thread::scope(|scope| {
        let (one, other) = (scope.spawn(|| length(&text)), scope.spawn(|| length(&short)));
        (one.join(), other.join())
    });
    println!("two threads count {} and {}", one.map_err(|_| "panic")??, other.map_err(|_| "panic")??);

    text.borrow_mut()?.push_str(" indeed"); // `word` is not used after this line: a use would be E0502
    println!("changed, after the last borrow: {:?}", text.borrow()?);
    Ok(())
}
