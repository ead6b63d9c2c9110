//! Does one act of the library so many times: `ref-instructions ACT COUNT`. `cargo xtask instructions` counts the
//! instructions.

use bytes::Bytes;
use ref_core::{Loan, Owned, Shared, Store};
use std::hint::black_box;

const VALUE: &[u8] = &[7; 100];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(act), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("two arguments: an act, and how often to do it".into());
    };
    let folder = tempfile::Builder::new().prefix("ref-instructions-").tempdir_in("/dev/shm")?;
    let address = format!("file:{}", folder.path().join("store").display());
    let (home, elsewhere) = (Store::open(&address)?, Store::open(&address)?);
    act_often(&act, count.parse()?, &home, &elsewhere)
}

fn act_often(act: &str, count: u32, home: &Store, elsewhere: &Store) -> Result<(), Box<dyn std::error::Error>> {
    let mut owned = home.put(Bytes::from_static(VALUE))?;
    match act {
        "put and drop" => (0..count).try_for_each(|_| home.put(Bytes::from_static(VALUE)).map(drop))?,
        "change of an owner and flush" => (0..count).try_for_each(|_| {
            *owned.borrow_mut()? = Bytes::from_static(VALUE);
            owned.flush()
        })?,
        "lend, redeem, change, commit, end" => (0..count).try_for_each(|_| change(&mut owned, elsewhere))?,
        "redeem, read, release" => often(count, &owned.lend()?, elsewhere, true)?,
        "redeem, release" => often(count, &owned.lend()?, elsewhere, false)?,
        "redeem, release, beside another lease" => {
            let loan = owned.lend()?;
            let _lease = elsewhere.redeem(loan.ticket()?)?;
            often(count, &loan, elsewhere, false)?;
        }
        "snapshot of a name" => {
            let mut named = home.named::<Bytes>("name")?;
            named.set(Bytes::from_static(VALUE))?;
            (0..count).try_for_each(|_| named.snapshot().map(|value| _ = black_box(value.len())))?;
        }
        "borrow at home" => (0..count).try_for_each(|_| owned.borrow().map(|value| _ = black_box(value.len())))?,
        _ => return Err(format!("no act is called `{act}`").into()),
    }
    Ok(())
}

fn change(owned: &mut Owned<Bytes>, elsewhere: &Store) -> ref_core::Result<()> {
    let loan = owned.lend_mut()?;
    let mut lease = elsewhere.redeem(loan.ticket()?)?;
    *lease.borrow_mut()? = Bytes::from_static(VALUE);
    lease.commit()?;
    loan.end().map(drop)
}

fn often(count: u32, loan: &Loan<'_, Bytes, Shared>, elsewhere: &Store, reads: bool) -> ref_core::Result<()> {
    let ticket = loan.ticket()?;
    (0..count).try_for_each(|_| {
        let lease = elsewhere.redeem(ticket.clone())?;
        if reads {
            black_box(lease.borrow()?.len());
        }
        lease.release()
    })
}
