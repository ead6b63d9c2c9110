//! The columns of a matrix are normalised by two processes. Each of them reads a column where the store has it.
//!
//! ```console
//! $ cargo run --example matrix
//! 4 columns of 250000 numbers take 8.0 MB in the store
//! 4 of 4 columns were read without a copy
//! 4 of 4 changed columns came without a copy
//! each column has mean 0.000 and deviation 1.000
//! ```

use ref_core::{Bulk, Owned, Result, Store, Workers, remote};

const ROWS: usize = 250_000;
const COLUMNS: usize = 4;

/// Returns the mean and the standard deviation of a column, and whether the column was read without a copy.
#[remote]
fn moments(column: &Bulk<f64>) -> (f64, f64, bool) {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    let variance = column.iter().map(|cell| (cell - mean).powi(2)).sum::<f64>() / column.len() as f64;
    (mean, variance.sqrt(), column.is_mapped())
}

/// Changes a column so that its mean is 0 and its standard deviation 1.
#[remote]
fn normalise(column: &mut Bulk<f64>, mean: f64, deviation: f64) {
    let cells = column.to_mut().expect("the store is not damaged"); // the worker's own copy
    cells.iter_mut().for_each(|cell| *cell = (*cell - mean) / deviation);
}

/// Makes a column in the store itself.
fn column(store: &Store, nth: usize) -> Result<Owned<Bulk<f64>>> {
    store.put_with(ROWS, |cells: &mut [f64]| {
        cells.iter_mut().enumerate().for_each(|(row, cell)| *cell = ((row * 7919 + nth) % 1000) as f64);
    })
}

/// Has two workers look at all columns at the same time.
fn look(workers: &Workers, columns: &[Owned<Bulk<f64>>]) -> Result<Vec<(f64, f64, bool)>> {
    workers.scope(|s| {
        let runs = columns.iter().map(|column| moments::spawn(s, column)).collect::<Result<Vec<_>>>()?;
        runs.into_iter().map(|run| run.join()).collect()
    })
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(2)?;
    let store = Store::open("shm://matrix")?;
    let mut columns = (0..COLUMNS).map(|nth| column(&store, nth)).collect::<Result<Vec<_>>>()?;
    println!("{COLUMNS} columns of {ROWS} numbers take {:.1} MB in the store", store.stats()?.bytes as f64 / 1e6);

    let before = look(&workers, &columns)?;
    let mapped = before.iter().filter(|(_, _, is_mapped)| *is_mapped).count();
    println!("{mapped} of {COLUMNS} columns were read without a copy");

    workers.scope(|s| {
        let pairs = columns.iter_mut().zip(&before);
        let spawn = pairs.map(|(column, (mean, deviation, _))| normalise::spawn(s, column, *mean, *deviation));
        spawn.collect::<Result<Vec<_>>>()?.into_iter().try_for_each(|run| run.join())
    })?;

    // Each is in the file that its worker has written, which becomes a version when it is written to the store.
    let changed = columns.iter().filter(|column| column.borrow().is_ok_and(|cells| cells.is_mapped())).count();
    println!("{changed} of {COLUMNS} changed columns came without a copy");
    let after = look(&workers, &columns)?;
    let is_normal = |(mean, deviation, _): &(f64, f64, bool)| mean.abs() < 1e-9 && (deviation - 1.0).abs() < 1e-9;
    assert!(after.iter().all(is_normal), "{after:?}");
    println!("each column has mean 0.000 and deviation 1.000");
    Ok(())
}
