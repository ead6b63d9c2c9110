//! Rows about 100 bytes that are found by a name: reads, replacements, and the slowest of very many reads.

use crate::measure::{Row, Way, row};
use crate::peers::Redis;
use crate::stores::{Lmdb, Redb};
use crate::tail::{Tail, tail};
use crate::{Done, iceoryx};
use arc_swap::ArcSwap;
use ref_core::Store;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

const SIZE: usize = 100;
const ROUNDS: usize = 40;
const KEY: &str = "key";
const VALUE: [u8; SIZE] = [7; SIZE];

pub(crate) fn rows(folder: &Path, redis: &Redis) -> Done<Vec<Row>> {
    let home = Store::open(&format!("file:{}", folder.join("names").display()))?;
    let server = Store::open(&redis.address("peers"))?;
    let (lmdb, redb) = (Lmdb::new(&folder.join("lmdb-names"), false)?, Redb::new(&folder.join("redb-names"))?);
    let swapped = ArcSwap::from_pointee(VALUE);
    let (mut here, mut there) = (home.named::<[u8; SIZE]>(KEY)?, server.named::<[u8; SIZE]>(KEY)?);
    here.set(VALUE)?;
    there.set(VALUE)?;
    lmdb.put(&VALUE)?;
    redb.put(&VALUE)?;
    redis.set(&VALUE)?;
    let read = iceoryx::blackboard("read", |read| {
        row(
            "Read the newest version of 100 bytes",
            ROUNDS,
            vec![
                Way::new("iceoryx2, a read of a blackboard (a copy)", move || {
                    black_box(read());
                    Ok(())
                }),
                Way::new("arc-swap in one process, `load`", || {
                    black_box(swapped.load()[SIZE - 1]);
                    Ok(())
                }),
                Way::new("LMDB, a transaction that reads", || lmdb.read(|value| _ = black_box(value[SIZE - 1]))),
                Way::new("redb, a transaction that reads", || redb.read(|value| _ = black_box(value[SIZE - 1]))),
                Way::new("Redis, GET", || {
                    black_box(redis.get()?[SIZE - 1]);
                    Ok(())
                }),
                Way::new("ref: `snapshot`", || {
                    black_box(here.snapshot()?[SIZE - 1]);
                    Ok(())
                })
                .goal(2.0),
                Way::new("ref: `snapshot` on a Redis server", || {
                    black_box(there.snapshot()?[SIZE - 1]);
                    Ok(())
                }),
            ],
        )
    })?;
    let (mut set, mut updated) = (home.named::<[u8; SIZE]>(KEY)?, home.named::<[u8; SIZE]>(KEY)?);
    let replace = iceoryx::written_blackboard(|write| {
        row(
            "Replace the newest version of 100 bytes",
            ROUNDS,
            vec![
                Way::new("iceoryx2, an update of a blackboard (a copy)", move || {
                    write(VALUE);
                    Ok(())
                }),
                Way::new("arc-swap in one process, `store`", || {
                    swapped.store(Arc::new(VALUE));
                    Ok(())
                }),
                Way::new("LMDB, put", || lmdb.put(&VALUE)),
                Way::new("redb, insert", || redb.put(&VALUE)),
                Way::new("Redis, SET", || redis.set(&VALUE)),
                Way::new("ref: `set`", || Ok(set.set(VALUE).map(drop)?)),
                Way::new("ref: `update`", || Ok(updated.update(|value| value[0] = value[0].wrapping_add(1))?)),
                Way::new("ref: `set` on a Redis server", || Ok(there.set(VALUE).map(drop)?)),
            ],
        )
    })?;
    home.named::<[u8; SIZE]>(KEY)?.remove()?;
    there.remove()?;
    Ok(vec![read, replace])
}

/// Reads at full speed in one thread; with a second one that replaces the version each second, and without.
pub(crate) fn tails(folder: &Path) -> Done<Vec<Tail>> {
    let address = format!("file:{}", folder.join("tails").display());
    let home = Store::open(&address)?;
    let mut here = home.named::<[u8; SIZE]>(KEY)?;
    here.set(VALUE)?;
    let swapped = ArcSwap::from_pointee(VALUE);
    let mut tails = Vec::new();
    for replaces in [false, true] {
        tails.push(tail(
            "arc-swap in one process, `load`",
            replaces,
            || {
                black_box(swapped.load()[SIZE - 1]);
                Ok(())
            },
            || {
                swapped.store(Arc::new(VALUE));
                Ok(())
            },
        )?);
    }
    for replaces in [false, true] {
        tails.push(iceoryx::blackboard("tail", |read| {
            tail(
                "iceoryx2, a read of a blackboard (a copy)",
                replaces,
                || {
                    black_box(read());
                    Ok(())
                },
                || iceoryx::update("tail", VALUE),
            )
        })??);
    }
    for replaces in [false, true] {
        tails.push(tail(
            "ref: `snapshot`",
            replaces,
            || {
                black_box(here.snapshot()?[SIZE - 1]);
                Ok(())
            },
            || {
                let mut elsewhere = Store::open(&address)?.named::<[u8; SIZE]>(KEY)?;
                Ok(elsewhere.set(VALUE).map(drop)?)
            },
        )?);
    }
    here.remove()?;
    Ok(tails)
}
