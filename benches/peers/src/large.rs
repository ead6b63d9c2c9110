//! Rows about arrays.

use crate::measure::{Row, Way, row};
use crate::peers::Peers;
use crate::stores::Lmdb;
use crate::{Done, iceoryx};
use bytes::Bytes;
use memmap2::Mmap;
use ref_core::{Bulk, Store, StoreOptions, Stored};
use std::fs::File;
use std::hint::black_box;
use std::path::Path;

const MIB: usize = 1 << 20;

pub(crate) fn rows(folder: &Path, peers: &Peers) -> Done<Vec<Row>> {
    let address = format!("file:{}", folder.join("large").display());
    let options = || StoreOptions::new().max_object_bytes(256 * MIB);
    let (home, elsewhere) = (options().open(&address)?, options().open(&address)?);
    // This session writes into the files of what it has dropped.
    let keeping = options().recycled_bytes(512 * MIB as u64).open(&address)?;
    let mut rows = Vec::new();
    for (mebibytes, rounds) in [(1, 30), (100, 7)] {
        let size = mebibytes * MIB;
        let file = folder.join(format!("file-{mebibytes}"));
        std::fs::write(&file, vec![7; size])?;
        rows.push(put(&home, &keeping, folder, size, rounds, peers)?);
        rows.push(read(&home, &elsewhere, &file, size, rounds, peers)?);
        rows.push(change(&home, &keeping, size, rounds)?);
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

fn put(home: &Store, keeping: &Store, folder: &Path, size: usize, rounds: usize, peers: &Peers) -> Done<Row> {
    let (path, bytes) = (folder.join("written"), vec![7_u8; size]);
    let lmdb = Lmdb::new(&folder.join(format!("lmdb-{size}")), true)?;
    let mut ways = vec![
        memcpy(size),
        Way::new(WRITTEN, || {
            std::fs::write(&path, &bytes)?;
            Ok(std::fs::remove_file(&path)?)
        }),
        Way::new("LMDB, put and delete, mapped for writing", || lmdb.put(&bytes).and_then(|()| lmdb.delete())),
        Way::timed(SENT, iceoryx::messages(size)?),
        peers.numpy.way("numpy over shared memory: made, copied into, removed", "put", size),
        Way::new("Redis, SET and DEL", || peers.redis.set(&bytes).and_then(|()| peers.redis.delete())),
        peers.proxystore.way("ProxyStore on files, `bytes`", "put_and_drop", size),
    ];
    for (store, files) in [(home, ""), (keeping, AGAIN)] {
        let bytes = &bytes;
        let in_place = Way::new(&format!("ref: `put_with`, and drop{files}"), move || {
            drop(store.put_with(size, |to: &mut [u8]| to.copy_from_slice(bytes))?);
            Ok(())
        });
        ways.push(with_array_goals(in_place, files));
        let bulk = move || Bulk::from_vec(vec![7.0_f64; size / 8]);
        ways.push(with_array_goals(put_way(store, "Bulk<f64>", files, bulk), files));
        ways.push(with_goals(put_way(store, "Bytes", files, move || Bytes::from(vec![7; size])), files, 3.0));
        let numbers = with_goals(put_way(store, "Vec<f64>", files, move || vec![7.0_f64; size / 8]), files, 3.0);
        let list = with_goals(put_way(store, "Vec<u8>", files, move || vec![7_u8; size]), files, 3.0);
        let beside = if files.is_empty() { BYTES_PUT } else { BYTES_PUT_AGAIN };
        ways.extend([numbers, list].map(|way| way.goal_beside(AS_BYTES, beside)));
    }
    Ok(row(&title("Put {}, and drop it", size), rounds, ways))
}

/// What the names of the ways end with in which files are written again.
const AGAIN: &str = ", into a kept file";
/// The names of ways that goals name.
const WRITTEN: &str = "a file, written and removed";
const SENT: &str = "iceoryx2, loan, copy, send, receive";
const BYTES_PUT: &str = "ref: `put` of `Bytes`, and drop";
const BYTES_PUT_AGAIN: &str = "ref: `put` of `Bytes`, and drop, into a kept file";
const BYTES_READ: &str = "ref: `Bytes`";
/// The goal of a list of numbers beside `Bytes`, which are copied and not encoded.
const AS_BYTES: f64 = 1.2;
const MAPPED: &str = "a file, opened and mapped, every byte read";

/// Adds the goals of a way that puts a value: beside a copy with a kept file, and beside a fresh file without.
fn with_goals<'a>(way: Way<'a>, files: &str, goal: f64) -> Way<'a> {
    if files.is_empty() { way.goal_beside(1.2, WRITTEN) } else { way.goal(goal) }
}

/// Adds the goals of a way that puts an array.
fn with_array_goals<'a>(way: Way<'a>, files: &str) -> Way<'a> {
    let way = with_goals(way, files, 1.5);
    if files.is_empty() { way } else { way.goal_beside(1.0, SENT) }
}

fn put_way<'a, T: Stored>(store: &'a Store, name: &str, files: &str, value: impl FnMut() -> T + 'a) -> Way<'a> {
    Way::prepared(&format!("ref: `put` of `{name}`, and drop{files}"), value, |value| {
        drop(store.put(value)?);
        Ok(())
    })
}

fn read(home: &Store, elsewhere: &Store, file: &Path, size: usize, rounds: usize, peers: &Peers) -> Done<Row> {
    peers.redis.set(&vec![7; size])?;
    let mapped = || -> Done<Mmap> {
        // SAFETY: only this process knows the file, and this process does not change a file that is mapped.
        Ok(unsafe { Mmap::map(&File::open(file)?)? })
    };
    let mut ways = vec![
        Way::new("a file, opened and mapped, nothing read", || {
            black_box(&mapped()?[..]);
            Ok(())
        }),
        Way::new(MAPPED, || {
            sum(&mapped()?);
            Ok(())
        }),
        Way::new("a file, read", || {
            black_box(std::fs::read(file)?);
            Ok(())
        }),
        peers.numpy.way("numpy over shared memory: attached, nothing read", "attach", size),
        peers.numpy.way("numpy over shared memory: attached, every number read", "read", size),
        Way::new("Redis, GET", || {
            black_box(peers.redis.get()?);
            Ok(())
        }),
        peers.proxystore.way("ProxyStore on files, `bytes`", "read", size),
    ];
    ways.push(
        read_way(home, elsewhere, "`Bulk<u8>`, nothing read", Bulk::from_vec(vec![7_u8; size]), |_| ())?.goal(5.0),
    );
    let every_byte =
        read_way(home, elsewhere, "`Bulk<u8>`, every byte read", Bulk::from_vec(vec![7_u8; size]), |it| sum(it))?;
    ways.push(every_byte.goal_beside(1.2, MAPPED));
    ways.push(read_way(home, elsewhere, "`Bytes`", Bytes::from(vec![7; size]), |_| ())?);
    let numbers = read_way(home, elsewhere, "`Vec<f64>`", vec![7.0_f64; size / 8], |_| ())?;
    let list = read_way(home, elsewhere, "`Vec<u8>`", vec![7_u8; size], |_| ())?;
    ways.extend([numbers, list].map(|way| way.goal_beside(AS_BYTES, BYTES_READ)));
    let row = row(&title("Have {} of another process for the first time", size), rounds, ways);
    peers.redis.delete()?;
    Ok(row)
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
fn change(home: &Store, keeping: &Store, size: usize, rounds: usize) -> Done<Row> {
    let mut ways = vec![memcpy(size)];
    for (store, files) in [(home, ""), (keeping, AGAIN)] {
        let mut owned = store.put(Bulk::from_vec(vec![7_u8; size]))?;
        let bulk = Way::new(&format!("ref: `borrow_mut` of a `Bulk<u8>`, and `flush`{files}"), move || {
            owned.borrow_mut()?.to_mut()?[0] += 1;
            Ok(owned.flush()?)
        });
        ways.push(if files.is_empty() { bulk } else { bulk.goal(2.0) });
        let mut list = store.put(vec![7_u8; size])?;
        ways.push(Way::new(&format!("ref: `borrow_mut` of a `Vec<u8>`, and `flush`{files}"), move || {
            list.borrow_mut()?[0] += 1;
            Ok(list.flush()?)
        }));
    }
    Ok(row(&title("Change one byte of {}, and write it to the store", size), rounds, ways))
}
