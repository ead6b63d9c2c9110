//! The calls that are measured, each on objects of its own.

use crate::Done;
use ref_core::{Exclusive, Owned, Ownership, Shared, Store, Ticket};

/// The names of the cases. PING comes first: the times of the others are shown as multiples of its time.
pub(crate) const NAMES: [&str; 8] = [
    "PING",
    "put and drop a u64",
    "borrow, read 100 B, release (posted)",
    "borrow, read 100 B, release (awaited)",
    "borrow, read 1 MiB, release (posted)",
    "lend exclusively, commit 100 B, end",
    "lend exclusively, commit 1 MiB, end",
    "hand over and back",
];

/// Makes the case with this name.
pub(crate) fn case(name: &str, address: &str, socket: &str) -> Done<Box<dyn FnMut() -> Done>> {
    let open = || Store::open(address);
    let size = if name.contains("1 MiB") { 1 << 20 } else { 100 };
    Ok(match name {
        "PING" => Box::new(ping(socket)?),
        "hand over and back" => Box::new(hand_over(open()?, open()?)?),
        _ if name.starts_with("put") => Box::new(put(open()?)),
        _ if name.starts_with("borrow") => Box::new(borrow(open()?, open()?, size, name.contains("awaited"))?),
        _ => Box::new(commit(open()?, open()?, size)?),
    })
}

fn ping(socket: &str) -> Done<impl FnMut() -> Done + use<>> {
    let mut plain = redis::Client::open(redis::ConnectionAddr::Unix(socket.into()))?.get_connection()?;
    Ok(move || Ok(redis::cmd("PING").query::<()>(&mut plain)?))
}

fn value(size: usize) -> String {
    "x".repeat(size)
}

fn borrow(lender: Store, borrower: Store, size: usize, awaited: bool) -> Done<impl FnMut() -> Done> {
    let loan = lender.put(value(size))?.into_loan()?;
    let ticket: Ticket<String, Shared> = loan.ticket()?;
    Ok(move || {
        let _lent = &loan;
        let lease = borrower.redeem(ticket.clone())?;
        std::hint::black_box(lease.borrow()?.len());
        if awaited { Ok(lease.release()?) } else { Ok(()) }
    })
}

fn commit(lender: Store, borrower: Store, size: usize) -> Done<impl FnMut() -> Done> {
    let mut owned = lender.put(value(size))?;
    Ok(move || {
        let loan = owned.lend_mut()?;
        let ticket: Ticket<String, Exclusive> = loan.ticket()?;
        let mut lease = borrower.redeem(ticket)?;
        lease.borrow_mut()?.replace_range(0..1, "y");
        lease.commit()?;
        let _ = loan.end()?;
        Ok(())
    })
}

fn put(store: Store) -> impl FnMut() -> Done {
    move || Ok(store.put(7_u64)?.remove()?)
}

fn hand_over(here: Store, there: Store) -> Done<impl FnMut() -> Done> {
    let mut owned: Option<Owned<String>> = Some(here.put(value(100))?);
    Ok(move || {
        for store in [&there, &here] {
            let ticket: Ticket<String, Ownership> = owned.take().ok_or("it was lost")?.into_ticket()?;
            owned = Some(store.claim(ticket)?);
        }
        Ok(())
    })
}
