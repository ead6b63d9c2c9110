//! Rows about arrays.

use crate::measure::{Row, Way, row};
use crate::stores::{Lmdb, ProxyStore};
use crate::{Done, iceoryx};
use bytes::Bytes;
use memmap2::Mmap;
use ref_core::{Bulk, Store, StoreOptions, Stored};
use std::cell::RefCell;
use std::fs::File;
use std::hint::black_box;
use std::path::Path;

const MIB: usize = 1 << 20;

pub(crate) fn rows(folder: &Path, proxystore: &RefCell<ProxyStore>) -> Done<Vec<Row>> {
    let address = format!("file:{}", folder.join("large").display());
    let store = || StoreOptions::new().max_object_bytes(256 * MIB).open(&address);
    let (home, elsewhere) = (store()?, store()?);
    let mut rows = Vec::new();
    for (mebibytes, rounds) in [(1, 30), (100, 7)] {
        let size = mebibytes * MIB;
        let file = folder.join(format!("file-{mebibytes}"));
        std::fs::write(&file, vec![7; size])?;
        rows.push(put(&home, folder, size, rounds, proxystore)?);
        rows.push(read(&home, &elsewhere, &file, size, rounds, proxystore)?);
        rows.push(change(&home, size, rounds)?);
        std::fs::remove_file(&file)?;
    }
    Ok(rows)
}

fn title(what: &str, size: usize) -> String {
    what.replace("{}", &format!("{} MiB", size / MIB))
}

/// A copy into memory that was touched before.
fn memcpy<'a>(size: usize) -> Way<'a> {
    let (from, mut to) = (vec![7_u8; size], vec![1_u8; size]);
    Way::new("a copy in memory", move || {
        black_box(&mut to).copy_from_slice(black_box(&from));
        Ok(())
    })
}

fn put(home: &Store, folder: &Path, size: usize, rounds: usize, proxystore: &RefCell<ProxyStore>) -> Done<Row> {
    let (path, bytes) = (folder.join("written"), vec![7_u8; size]);
    let lmdb = Lmdb::new(&folder.join(format!("lmdb-{size}")), true)?;
    let mut ways = vec![
        memcpy(size),
        Way::new("a file, written and removed", || {
            std::fs::write(&path, &bytes)?;
            Ok(std::fs::remove_file(&path)?)
        }),
        Way::new("LMDB, put and delete, mapped for writing", || lmdb.put(&bytes).and_then(|()| lmdb.delete())),
        Way::timed("iceoryx2, loan, copy, send, receive", iceoryx::messages(size)?),
        Way::timed("ProxyStore on files, `bytes`", |times| proxystore.borrow_mut().act("put_and_drop", size, times)),
        Way::new("ref: `put_with`, and drop", || {
            drop(home.put_with(size, |to: &mut [u8]| to.copy_from_slice(&bytes))?);
            Ok(())
        })
        .goal(1.5),
    ];
    ways.push(put_way(home, "Bulk<f64>", || Bulk::from_vec(vec![7.0_f64; size / 8])).goal(1.5));
    ways.push(put_way(home, "Bytes", || Bytes::from(vec![7; size])).goal(3.0));
    ways.push(put_way(home, "Vec<f64>", || vec![7.0_f64; size / 8]).goal(3.0));
    ways.push(put_way(home, "Vec<u8>", || vec![7_u8; size]).goal(3.0));
    Ok(row(&title("Put {}, and drop it", size), rounds, ways))
}

fn put_way<'a, T: Stored>(home: &'a Store, name: &str, value: impl FnMut() -> T + 'a) -> Way<'a> {
    Way::prepared(&format!("ref: `put` of `{name}`, and drop"), value, |value| {
        drop(home.put(value)?);
        Ok(())
    })
}

fn read(
    home: &Store,
    elsewhere: &Store,
    file: &Path,
    size: usize,
    rounds: usize,
    proxystore: &RefCell<ProxyStore>,
) -> Done<Row> {
    let mapped = || -> Done<Mmap> {
        // SAFETY: only this process knows the file, and this process does not change a file that is mapped.
        Ok(unsafe { Mmap::map(&File::open(file)?)? })
    };
    let mut ways = vec![
        Way::new("a file, opened and mapped, nothing read", || {
            black_box(&mapped()?[..]);
            Ok(())
        }),
        Way::new("a file, opened and mapped, every byte read", || {
            sum(&mapped()?);
            Ok(())
        }),
        Way::new("a file, read", || {
            black_box(std::fs::read(file)?);
            Ok(())
        }),
        Way::timed("ProxyStore on files, `bytes`", |times| proxystore.borrow_mut().act("read", size, times)),
    ];
    ways.push(
        read_way(home, elsewhere, "`Bulk<u8>`, nothing read", Bulk::from_vec(vec![7_u8; size]), |_| ())?.goal(5.0),
    );
    ways.push(read_way(home, elsewhere, "`Bulk<u8>`, every byte read", Bulk::from_vec(vec![7_u8; size]), |it| {
        sum(it)
    })?);
    ways.push(read_way(home, elsewhere, "`Bytes`", Bytes::from(vec![7; size]), |_| ())?);
    ways.push(read_way(home, elsewhere, "`Vec<f64>`", vec![7.0_f64; size / 8], |_| ())?);
    ways.push(read_way(home, elsewhere, "`Vec<u8>`", vec![7_u8; size], |_| ())?);
    Ok(row(&title("Have {} of another process for the first time", size), rounds, ways))
}

fn read_way<'a, T: Stored + Send + Sync>(
    home: &Store,
    elsewhere: &'a Store,
    name: &str,
    value: T,
    read: impl Fn(&T) + 'a,
) -> Done<Way<'a>> {
    // Detached, the object outlives this function.
    let key = home.put(value)?.detach()?;
    Ok(Way::timed(&format!("ref: {name}"), move |times| {
        let owned = elsewhere.adopt(key.clone())?;
        let mut took = std::time::Duration::ZERO;
        let loan = owned.lend()?;
        let ticket = loan.ticket()?;
        for _ in 0..times {
            let since = std::time::Instant::now();
            let lease = elsewhere.redeem(ticket.clone())?;
            read(&*lease.borrow()?);
            lease.release()?;
            took += since.elapsed();
        }
        let _ = loan.end()?;
        let _ = owned.detach()?;
        Ok(took)
    }))
}

fn sum(bytes: &[u8]) {
    black_box(bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_add(u64::from(*byte))));
}

/// Returns the row about a change that the owner writes to the store.
fn change(home: &Store, size: usize, rounds: usize) -> Done<Row> {
    let mut owned = home.put(Bulk::from_vec(vec![7_u8; size]))?;
    let mut list = home.put(vec![7_u8; size])?;
    let ways = vec![
        memcpy(size),
        Way::new("ref: `borrow_mut` of a `Bulk<u8>`, and `flush`", move || {
            owned.borrow_mut()?.to_mut()?[0] += 1;
            Ok(owned.flush()?)
        })
        .goal(2.0),
        Way::new("ref: `borrow_mut` of a `Vec<u8>`, and `flush`", move || {
            list.borrow_mut()?[0] += 1;
            Ok(list.flush()?)
        }),
    ];
    Ok(row(&title("Change one byte of {}, and write it to the store", size), rounds, ways))
}
