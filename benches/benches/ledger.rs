//! Measures what a borrow costs on one host: a borrow of an object that this process owns and has not lent, of a lent
//! object, and of an object that another process borrows at the same time.
//!
//! A borrow between processes is compared with a floor: a look-up in a table of records, a check that the record is
//! still the object's, one compare-and-swap to take the record, a note of the holder, and one compare-and-swap to give
//! the record back. The floor keeps no rule and survives no kill. The floor is the cost of the memory accesses alone.

use criterion::{BenchmarkGroup, Criterion, criterion_group, measurement::WallTime};
use ref_core::{Shared, Store, Ticket};
use std::cell::RefCell;
use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Environment variables: the address of a store, and a ticket. If both are set, this program is the other process.
const STORE: &str = "REF_BENCH_STORE";
const TICKET: &str = "REF_BENCH_TICKET";

fn main() {
    if let (Ok(store), Ok(ticket)) = (std::env::var(STORE), std::env::var(TICKET)) {
        return say(borrow_for_ever(&store, &ticket));
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}

fn all(criterion: &mut Criterion) {
    say(at_home(criterion));
    say(shared(criterion));
}

criterion_group!(benches, all);

fn say(done: Done) {
    if let Err(error) = done {
        eprintln!("ledger: {error}");
    }
}

/// Opens a store in a temporary folder. The folder is removed when the `TempDir` is dropped.
fn store() -> Done<(tempfile::TempDir, Store)> {
    let folder = tempfile::Builder::new().prefix("ref-bench-").tempdir_in("/dev/shm")?;
    let store = Store::open(&address(folder.path()))?;
    Ok((folder, store))
}

fn address(folder: &Path) -> String {
    format!("file:{}", folder.join("store").display())
}

/// Measures borrows of an object that this process owns and has not lent. Such borrows do not use the ledger.
fn at_home(criterion: &mut Criterion) -> Done {
    let mut group = criterion.benchmark_group("at home");
    let (_folder, store) = store()?;
    let mut owned = store.put(7_u64)?;
    let (boxed, cell) = (Box::new(7_u64), RefCell::new(7_u64));
    group.bench_function("Box, read", |b| b.iter(|| **black_box(&boxed)));
    group.bench_function("RefCell, borrow and read", |b| b.iter(|| *black_box(&cell).borrow()));
    group.bench_function("Owned, borrow and read", |b| b.iter(|| black_box(&owned).borrow().map_or(0, |value| *value)));
    group.bench_function("Owned, borrow_mut and write", |b| {
        b.iter(|| {
            if let Ok(mut value) = black_box(&mut owned).borrow_mut() {
                *value += 1;
            }
        })
    });
    group.finish();
    Ok(())
}

/// Measures a shared borrow by ticket, and its return.
fn shared(criterion: &mut Criterion) -> Done {
    let mut group = criterion.benchmark_group("shared borrow and return");
    let (folder, store) = store()?;
    let owned = store.put(7_u64)?;
    let loan = owned.lend()?;
    let ticket = loan.ticket()?;
    parts(&mut group, &store);
    borrow(&mut group, "alone", &store, &ticket);
    {
        let _kept = store.redeem(ticket.clone())?;
        borrow(&mut group, "alone, of a process that has another lease", &store, &ticket);
    }
    let mut other = other_process(&address(folder.path()), &ticket)?;
    borrow(&mut group, "beside a process that does the same", &store, &ticket);
    {
        let _kept = store.redeem(ticket.clone())?;
        borrow(&mut group, "the same, of a process that has another lease", &store, &ticket);
    }
    other.kill()?;
    other.wait()?;
    group.finish();
    let _ = loan.end()?;
    Ok(())
}

fn borrow(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, store: &Store, ticket: &Ticket<u64, Shared>) {
    group.bench_function(name, |b| {
        b.iter(|| store.redeem(ticket.clone()).is_ok_and(|lease| lease.release().is_ok()));
    });
}

/// Measures the floor, and the parts of a shared borrow and its return, each by itself.
fn parts(group: &mut BenchmarkGroup<'_, WallTime>, store: &Store) {
    let floor = Floor::new();
    group.bench_function("floor", |b| b.iter(|| floor.borrow(black_box(17)).map(|index| floor.give_back(index))));
    let word = AtomicU64::new(0);
    group.bench_function("part: one compare-and-swap", |b| {
        b.iter(|| black_box(&word).compare_exchange(0, 0, Ordering::AcqRel, Ordering::Acquire));
    });
    group.bench_function("part: one fence after a store", |b| {
        b.iter(|| {
            black_box(&word).store(0, Ordering::Relaxed);
            std::sync::atomic::fence(Ordering::SeqCst);
        });
    });
    group
        .bench_function("part: a clone of the `Store`, for the lease to keep", |b| b.iter(|| black_box(store).clone()));
    let shared = Arc::new(0);
    group.bench_function("part: the same of an `Arc`", |b| b.iter(|| Arc::clone(black_box(&shared))));
    group.bench_function("part: the coarse clock, for the note of who borrows", |b| {
        b.iter(|| rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse));
    });
}

/// Records as in a ledger, and a table that notes the holder of each.
struct Floor {
    records: Vec<[AtomicU64; 8]>,
    holders: Vec<[AtomicU64; 2]>,
}

impl Floor {
    fn new() -> Self {
        Self { records: (0..1024).map(|_| zeros()).collect(), holders: (0..1024).map(|_| zeros()).collect() }
    }

    fn borrow(&self, index: usize) -> Option<usize> {
        let [state, birth, ..] = self.records.get(index)?;
        if birth.load(Ordering::Acquire) != 0 {
            return None;
        }
        state.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire).ok()?;
        self.holders[index][0].store(index as u64 + 1, Ordering::Relaxed);
        Some(index)
    }

    fn give_back(&self, index: usize) -> bool {
        self.holders[index][0].store(0, Ordering::Relaxed);
        self.records[index][0].compare_exchange(1, 0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

fn zeros<const N: usize>() -> [AtomicU64; N] {
    std::array::from_fn(|_| AtomicU64::new(0))
}

/// Starts this program as the other process, which redeems the ticket again and again until it is killed.
fn other_process(store: &str, ticket: &Ticket<u64, Shared>) -> Done<Child> {
    let mut other = Command::new(std::env::current_exe()?);
    other.env(STORE, store).env(TICKET, ticket.to_text()).stdout(Stdio::piped());
    let mut other = other.spawn()?;
    let mut begun = String::new();
    BufReader::new(other.stdout.take().ok_or("the other process has no output")?).read_line(&mut begun)?;
    Ok(other)
}

fn borrow_for_ever(store: &str, ticket: &str) -> Done {
    let store = Store::open(store)?;
    let ticket: Ticket<u64, Shared> = ticket.parse()?;
    println!("begun");
    loop {
        store.redeem(ticket.clone())?.release()?;
    }
}
