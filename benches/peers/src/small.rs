//! Rows about values of 100 bytes.

use crate::measure::{Row, Way, row};
use crate::peers::Peers;
use crate::stores::{Lmdb, Redb};
use crate::{Done, iceoryx};
use bytes::Bytes;
use ref_core::{Loan, Shared, Store};
use std::hint::black_box;
use std::path::Path;
use std::sync::RwLock;

const SIZE: usize = 100;
const ROUNDS: usize = 40;
const VALUE: &[u8] = &[7; SIZE];

pub(crate) fn rows(folder: &Path, peers: &Peers) -> Done<Vec<Row>> {
    let address = format!("file:{}", folder.join("small").display());
    let (home, elsewhere) = (Store::open(&address)?, Store::open(&address)?);
    let (lmdb, mapped) = (Lmdb::new(&folder.join("lmdb"), false)?, Lmdb::new(&folder.join("lmdb-mapped"), true)?);
    let redb = Redb::new(&folder.join("redb"))?;
    let put = put_and_drop(&home, folder, &lmdb, &mapped, &redb, peers);
    mapped.put(VALUE)?;
    lmdb.put(VALUE)?;
    redb.put(VALUE)?;
    peers.redis.set(VALUE)?;
    let change = change(&home, &elsewhere, &lmdb, &mapped, &redb, peers)?;
    let owned = home.put(Bytes::from_static(VALUE))?;
    let loan = owned.lend()?;
    let first = first_read(&elsewhere, &loan, &mapped, peers)?;
    let borrow = borrow(&elsewhere, &loan, &mapped)?;
    let _ = loan.end()?;
    Ok(vec![put, change, first, borrow])
}

fn put_and_drop(home: &Store, folder: &Path, lmdb: &Lmdb, mapped: &Lmdb, redb: &Redb, peers: &Peers) -> Row {
    let path = folder.join("file");
    row(
        "Put 100 bytes, and drop them",
        ROUNDS,
        vec![
            Way::new("LMDB, put and delete", || lmdb.put(VALUE).and_then(|()| lmdb.delete())),
            Way::new("LMDB, put and delete, mapped for writing", || mapped.put(VALUE).and_then(|()| mapped.delete())),
            Way::new("redb, insert and remove", || redb.put(VALUE).and_then(|()| redb.delete())),
            Way::new("a file, written and removed", || {
                std::fs::write(&path, VALUE)?;
                Ok(std::fs::remove_file(&path)?)
            }),
            peers.proxystore.way("ProxyStore on files", "put_and_drop", SIZE),
            Way::new("Redis, SET and DEL", || peers.redis.set(VALUE).and_then(|()| peers.redis.delete())),
            Way::new("ref: `put`, and drop", || {
                drop(home.put(Bytes::from_static(VALUE))?);
                Ok(())
            })
            .goal(0.5),
        ],
    )
}

fn change(home: &Store, elsewhere: &Store, lmdb: &Lmdb, mapped: &Lmdb, redb: &Redb, peers: &Peers) -> Done<Row> {
    let mut owned = Some(home.put(VALUE.to_vec())?);
    let bump = |value: &mut Vec<u8>| value[0] = value[0].wrapping_add(1);
    Ok(row(
        "Change 100 bytes of another process",
        ROUNDS,
        vec![
            Way::new("LMDB, a transaction that reads and writes", || lmdb.change(bump)),
            Way::new("LMDB, a transaction that reads and writes, mapped for writing", || mapped.change(bump)),
            Way::new("redb, a transaction that reads and writes", || redb.change(bump)),
            peers.proxystore.way("ProxyStore on files: borrow, update", "change", SIZE),
            Way::new("Redis, GET and SET", || {
                let mut value = peers.redis.get()?;
                bump(&mut value);
                peers.redis.set(&value)
            }),
            Way::new("ref: `lend_mut`, redeem, change, commit, end", || {
                let mut lender = owned.take().ok_or("the owner is lost")?;
                {
                    let loan = lender.lend_mut()?;
                    let mut lease = elsewhere.redeem(loan.ticket()?)?;
                    bump(&mut *lease.borrow_mut()?);
                    lease.commit()?;
                    let _ = loan.end()?;
                }
                owned = Some(lender);
                Ok(())
            })
            .goal(1.0),
        ],
    ))
}

fn first_read(elsewhere: &Store, loan: &Loan<'_, Bytes, Shared>, mapped: &Lmdb, peers: &Peers) -> Done<Row> {
    let ticket = loan.ticket()?;
    Ok(row(
        "Read 100 bytes of another process for the first time",
        ROUNDS,
        vec![
            Way::new("LMDB, a transaction that reads", || mapped.read(|value| _ = black_box(value[SIZE - 1]))),
            peers.proxystore.way("ProxyStore on files: borrow, read", "read", SIZE),
            Way::new("Redis, GET", || {
                black_box(peers.redis.get()?[SIZE - 1]);
                Ok(())
            }),
            Way::new("ref: redeem, `borrow`, give back", || {
                let lease = elsewhere.redeem(ticket.clone())?;
                black_box(lease.borrow()?[SIZE - 1]);
                Ok(lease.release()?)
            })
            .goal(2.0),
        ],
    ))
}

/// Returns the row about a borrow. The ways of `ref` do not read the object's value.
fn borrow(elsewhere: &Store, loan: &Loan<'_, Bytes, Shared>, mapped: &Lmdb) -> Done<Row> {
    let ticket = loan.ticket()?;
    let lock = RwLock::new(7_u8);
    let redeem = || -> Done { Ok(elsewhere.redeem(ticket.clone())?.release()?) };
    iceoryx::blackboard("board", |read| {
        row(
            "Borrow from another process, and give back",
            ROUNDS,
            vec![
                Way::new("iceoryx2, a read of a blackboard (a copy of 100 bytes)", move || {
                    black_box(read());
                    Ok(())
                }),
                Way::new("LMDB, a transaction that reads", || mapped.read(|value| _ = black_box(value.len()))),
                Way::new("`RwLock` of one process, read", || {
                    black_box(*lock.read().map_err(|_| "poisoned")?);
                    Ok(())
                }),
                Way::new("ref: redeem and give back", redeem).goal(4.0),
                Way::timed("ref: the same, of a process that has another lease", |times| {
                    let _kept = elsewhere.redeem(ticket.clone())?;
                    let since = std::time::Instant::now();
                    (0..times).try_for_each(|_| redeem())?;
                    Ok(since.elapsed())
                })
                .goal(3.0),
            ],
        )
    })
}
