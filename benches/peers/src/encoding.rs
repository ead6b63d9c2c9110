//! Rows about the encoding alone: what the codec takes to write a value of 1 MiB, and to read one.

use crate::Done;
use crate::measure::{Row, Way, row};
use memmap2::MmapMut;
use ref_core::codec::{Bincode, Codec, Failure, Limits, Sink};
use ref_core::{Store, Stored, global_store};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

const SIZE: usize = 1 << 20;
const ROUNDS: usize = 30;

thread_local! {
    /// How long the last call of `Timed` took.
    static TOOK: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// `Bincode`, which notes how long it took.
#[derive(Clone, Copy, Debug)]
struct Timed;

impl Codec for Timed {
    const ID: u8 = 128;
    const NAME: &'static str = "timed bincode";

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        noted(|| Bincode::encode(value, sink))
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, Failure> {
        noted(|| Bincode::decode(bytes, limits))
    }
}

fn noted<R>(act: impl FnOnce() -> R) -> R {
    let since = Instant::now();
    let done = act();
    TOOK.set(since.elapsed());
    done
}

#[global_store(codec = Timed, handles = false)]
struct Value<T>(T);

pub(crate) fn rows() -> Done<Vec<Row>> {
    let store = Store::open("memory:")?;
    let (mut write, mut read) = (copies(), copies());
    let mut add = |ways: Done<[Way<'static>; 2]>| -> Done {
        let [written, back] = ways?;
        write.push(written);
        read.push(back);
        Ok(())
    };
    add(ways(&store, "Vec<u8>", 2.5, || vec![7_u8; SIZE]))?;
    add(ways(&store, "Vec<f64>", 2.5, || vec![7.0_f64; SIZE / 8]))?;
    add(ways(&store, "Vec<Vec<f64>>", 2.5, || vec![vec![7.0_f64; SIZE / 8 / 64]; 64]))?;
    add(ways(&store, "String", 2.5, || "7".repeat(SIZE)))?;
    add(ways(&store, "Vec<bool>", 5.0, || vec![true; SIZE]))?;
    add(ways(&store, "Vec<char>", 5.0, || vec!['7'; SIZE / 4]))?;
    add(ways(&store, "Vec<[f64; 3]>", 5.0, || vec![[7.0_f64; 3]; SIZE / 24]))?;
    Ok(vec![row("Write 1 MiB by the codec", ROUNDS, write), row("Read 1 MiB by the codec", ROUNDS, read)])
}

/// The name of the way that goals name.
const FRESH: &str = "a copy into fresh memory";

/// A copy into memory of the allocator, which may have been used before, as that of a value that is read; and a copy into
/// memory that nothing has touched before.
fn copies() -> Vec<Way<'static>> {
    let bytes = vec![7_u8; SIZE];
    let again = Way::timed("a copy into memory of the allocator", move |times| {
        let mut took = Duration::ZERO;
        for _ in 0..times {
            let since = Instant::now();
            let copy = black_box(&bytes).clone();
            took += since.elapsed();
            drop(black_box(copy));
        }
        Ok(took)
    });
    let bytes = vec![7_u8; SIZE];
    let fresh = Way::timed(FRESH, move |times| {
        let mut took = Duration::ZERO;
        for _ in 0..times {
            let since = Instant::now();
            let mut fresh = MmapMut::map_anon(SIZE)?;
            fresh.copy_from_slice(black_box(&bytes));
            took += since.elapsed();
            drop(black_box(fresh));
        }
        Ok(took)
    });
    vec![again, fresh]
}

/// Returns how values that `make` makes are written and read.
fn ways<T: Stored>(store: &Store, name: &str, goal: f64, make: impl Fn() -> T) -> Done<[Way<'static>; 2]> {
    let (owned, key) = (store.put(Value(make()))?, store.put(Value(make()))?.detach()?);
    let write = Way::timed(&format!("ref: `{name}`"), move |times| {
        let mut took = Duration::ZERO;
        for _ in 0..times {
            drop(owned.duplicate()?);
            took += TOOK.get();
        }
        Ok(took)
    });
    let store = store.clone();
    let read = Way::timed(&format!("ref: `{name}`"), move |times| {
        let mut took = Duration::ZERO;
        for _ in 0..times {
            drop(black_box(store.get(&key)?));
            took += TOOK.get();
        }
        Ok(took)
    });
    Ok([write.goal_beside(goal, FRESH), read.goal_beside(goal, FRESH)])
}
