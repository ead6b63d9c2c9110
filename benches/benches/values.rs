//! Measures the cost of a value of 100 bytes, in a cell and in a file of its own, and of a value of 1 MiB, by its type:
//! of a put and a drop in a store on this host, and of a redemption with a read.
//!
//! These costs are compared with the cost of the bytes alone: they are copied in memory, and a file of the same size in
//! the same folder is written and removed, or read.

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ref_core::{Bulk, Opaque, Owned, Store, StoreOptions, Stored};
use std::error::Error;
use std::hint::black_box;
use std::path::Path;

type Done<T = ()> = Result<T, Box<dyn Error>>;

const SIZE: usize = 1 << 20;
const FEW: usize = 100;

fn all(criterion: &mut Criterion) {
    if let Err(error) = values(criterion) {
        eprintln!("values: {error}");
    }
}

criterion_group!(benches, all);
criterion_main!(benches);

fn values(criterion: &mut Criterion) -> Done {
    let folder = tempfile::Builder::new().prefix("ref-bench-").tempdir_in("/dev/shm")?;
    let store = Store::open(&format!("file:{}", folder.path().join("store").display()))?;
    small(criterion, &store, "in a cell")?;
    let address = format!("file:{}", folder.path().join("files").display());
    small(criterion, &StoreOptions::new().small_value_bytes(0).open(&address)?, "in a file")?;
    file(criterion, folder.path());
    value(criterion, &store, "Bytes", || Bytes::from(vec![7; SIZE]))?;
    value(criterion, &store, "Bulk<f64>", || Bulk::from_vec(vec![7.0_f64; SIZE / 8]))?;
    value(criterion, &store, "String", || "7".repeat(SIZE))?;
    value(criterion, &store, "Vec<f64>", || vec![7.0_f64; SIZE / 8])?;
    value(criterion, &store, "Vec<u8>", || vec![7_u8; SIZE])?;
    value(criterion, &store, "Vec<Vec<f64>>", || vec![vec![7.0_f64; SIZE / 8 / 64]; 64])?;
    value(criterion, &store, "Vec<[f64; 3]>", || vec![[7.0_f64; 3]; SIZE / 24])?;
    value(criterion, &store, "Vec<bool>", || vec![true; SIZE])?;
    value(criterion, &store, "Vec<char>", || vec!['7'; SIZE / 4])?;
    // An opaque value is written, read back and written again when it is put.
    value(criterion, &store, "Opaque<Vec<f64>>", || Opaque(vec![7.0_f64; SIZE / 8]))
}

/// Measures what happens to a value of 100 bytes.
fn small(criterion: &mut Criterion, store: &Store, place: &str) -> Done {
    let mut group = criterion.benchmark_group("100 B");
    group.bench_function(format!("{place}, put and drop"), |b| {
        b.iter_batched(|| vec![7_u8; FEW], |value| store.put(value).is_ok(), BatchSize::SmallInput);
    });
    let mut owned = store.put(vec![7_u8; FEW])?;
    group.bench_function(format!("{place}, change and flush"), |b| {
        b.iter(|| owned.borrow_mut().map(|mut value| value[0] ^= 1).and_then(|()| owned.flush()));
    });
    group.bench_function(format!("{place}, lend exclusively, redeem, change, commit, end"), |b| {
        b.iter(|| change_by_another(&mut owned, store).is_ok());
    });
    let loan = owned.lend()?;
    let ticket = loan.ticket()?;
    group.bench_function(format!("{place}, redeem and read"), |b| {
        b.iter(|| store.redeem(ticket.clone()).is_ok_and(|lease| lease.borrow().is_ok()));
    });
    group.finish();
    let _ = loan.end()?;
    Ok(())
}

fn change_by_another(owned: &mut Owned<Vec<u8>>, store: &Store) -> Done {
    let loan = owned.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    lease.borrow_mut()?[0] ^= 1;
    lease.commit()?;
    let _committed = loan.end()?;
    Ok(())
}

fn file(criterion: &mut Criterion, folder: &Path) {
    let (bytes, mut copy, path) = (vec![7_u8; SIZE], vec![1_u8; SIZE], folder.join("file"));
    let mut group = criterion.benchmark_group("1 MiB");
    group.throughput(Throughput::Bytes(SIZE as u64));
    group.bench_function("memory, copy into warm pages", |b| {
        b.iter(|| black_box(&mut copy).copy_from_slice(black_box(&bytes)));
    });
    group.bench_function("file, write and remove", |b| {
        b.iter(|| std::fs::write(&path, black_box(&bytes)).and_then(|()| std::fs::remove_file(&path)));
    });
    let _written = std::fs::write(&path, &bytes);
    group.bench_function("file, read", |b| b.iter(|| std::fs::read(&path)));
    group.finish();
}

/// Measures what happens to a value that `make` makes. Each put has a value of its own, and its drop frees that value.
fn value<T: Stored>(criterion: &mut Criterion, store: &Store, name: &str, make: impl Fn() -> T) -> Done {
    let mut group = criterion.benchmark_group("1 MiB");
    group.throughput(Throughput::Bytes(SIZE as u64));
    group.bench_function(format!("{name}, put and drop"), |b| {
        b.iter_batched(&make, |value| store.put(value).is_ok(), BatchSize::PerIteration);
    });
    let owned = store.put(make())?;
    let loan = owned.lend()?;
    let ticket = loan.ticket()?;
    group.bench_function(format!("{name}, redeem and read"), |b| {
        b.iter(|| store.redeem(ticket.clone()).is_ok_and(|lease| lease.borrow().is_ok()));
    });
    group.finish();
    let _ = loan.end()?;
    Ok(())
}
