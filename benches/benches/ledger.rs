//! What a borrow from the ledger of one host costs.

use criterion::{Criterion, criterion_group, criterion_main};
use ref_core::Store;
use std::error::Error;

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// A store in a folder of its own, which goes when the folder is dropped.
fn store() -> Done<(tempfile::TempDir, Store)> {
    let folder = tempfile::Builder::new().prefix("ref-bench-").tempdir_in("/dev/shm")?;
    let store = Store::open(&format!("file:{}", folder.path().join("store").display()))?;
    Ok((folder, store))
}

fn shared(c: &mut Criterion) -> Done {
    let mut group = c.benchmark_group("shared");
    let (_folder, store) = store()?;
    let owned = store.put(7_u64)?;
    let loan = owned.lend()?;
    group.bench_function("redeem and return", |b| {
        b.iter(|| loan.ticket().and_then(|ticket| Ok(store.redeem(ticket)?.release()?)))
    });
    group.finish();
    loan.end()?;
    Ok(())
}

fn all(c: &mut Criterion) {
    if let Err(error) = shared(c) {
        eprintln!("ledger: {error}");
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
