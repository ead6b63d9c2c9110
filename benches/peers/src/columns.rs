//! Rows about four columns of 100 MB that two worker processes normalise, and about an array of 1 GiB that four read.

use crate::Done;
use crate::measure::{Row, Way, row};
use crate::memory::{Memory, peak};
use crate::python::Python;
use ref_core::{Bulk, Exclusive, Owned, Result, Shared, Store, StoreOptions, Stored, Ticket, Workers, remote};
use std::path::Path;
use std::sync::OnceLock;

const COLUMNS: usize = 4;
/// Bytes of a column.
const SIZE: usize = 100_000_000;
const ROUNDS: usize = 5;
/// Bytes of the array that four workers read.
const ARRAY: usize = 1 << 30;
/// What a session of kept files keeps: two versions of each column.
const KEPT: u64 = 2 * (COLUMNS * SIZE) as u64;

/// Makes the mean of a column 0 and its standard deviation 1.
fn normalise(column: &mut [f64]) {
    let count = column.len() as f64;
    let mean = column.iter().sum::<f64>() / count;
    column.iter_mut().for_each(|cell| *cell -= mean);
    let deviation = (column.iter().map(|cell| cell * cell).sum::<f64>() / count).sqrt();
    column.iter_mut().for_each(|cell| *cell /= deviation);
}

#[remote]
fn change_array(column: &mut Bulk<f64>) -> Result<()> {
    normalise(column.to_mut()?);
    Ok(())
}

#[remote]
fn change_list(column: &mut Vec<f64>) {
    normalise(column);
}

/// Commits the change itself.
#[remote]
fn change_lent(address: &str, kept: u64, ticket: &str) -> Result<()> {
    let mut lease = own_session(address, kept)?.redeem(ticket.parse::<Ticket<Bulk<f64>, Exclusive>>()?)?;
    normalise(lease.borrow_mut()?.to_mut()?);
    lease.commit()?;
    Ok(())
}

#[remote]
fn sum(array: &Bulk<u64>) -> u64 {
    array.iter().fold(0, |sum, n| sum.wrapping_add(*n))
}

/// Gives the array back before the worker returns the sum.
#[remote]
fn sum_lent(address: &str, ticket: &str) -> Result<u64> {
    let lease = own_session(address, 0)?.redeem(ticket.parse::<Ticket<Bulk<u64>, Shared>>()?)?;
    let sum = sum(&*lease.borrow()?);
    lease.release()?;
    Ok(sum)
}

/// Returns the store, which a worker keeps open, and so the files that its session keeps.
fn own_session(address: &str, kept: u64) -> Result<&'static Store> {
    static STORE: OnceLock<Store> = OnceLock::new();
    if let Some(store) = STORE.get() {
        return Ok(store);
    }
    let store = open(address, kept)?;
    Ok(STORE.get_or_init(|| store))
}

fn open(address: &str, kept: u64) -> Result<Store> {
    StoreOptions::new().max_object_bytes(2 * ARRAY).recycled_bytes(kept).open(address)
}

fn fill(cells: &mut [f64]) {
    cells.iter_mut().enumerate().for_each(|(row, cell)| *cell = (row % 1000) as f64);
}

fn array(store: &Store) -> Result<Owned<Bulk<f64>>> {
    store.put_with(SIZE / 8, fill)
}

fn list(store: &Store) -> Result<Owned<Vec<f64>>> {
    let mut cells = vec![0.0; SIZE / 8];
    fill(&mut cells);
    store.put(cells)
}

fn columns<T: Stored>(store: &Store, make: fn(&Store) -> Result<Owned<T>>) -> Result<Vec<Owned<T>>> {
    (0..COLUMNS).map(|_| make(store)).collect()
}

/// Has the workers change all columns, and writes the columns to the store.
fn borrowed(workers: &Workers, columns: &mut [Owned<Bulk<f64>>]) -> Result<()> {
    workers.scope(|s| {
        let runs = columns.iter_mut().map(|column| change_array::spawn(s, column)).collect::<Result<Vec<_>>>()?;
        runs.into_iter().try_for_each(|run| run.join()?)
    })?;
    columns.iter_mut().try_for_each(Owned::flush)
}

/// The same of lists.
fn borrowed_lists(workers: &Workers, columns: &mut [Owned<Vec<f64>>]) -> Result<()> {
    workers.scope(|s| {
        let runs = columns.iter_mut().map(|column| change_list::spawn(s, column)).collect::<Result<Vec<_>>>()?;
        runs.into_iter().try_for_each(|run| run.join())
    })?;
    columns.iter_mut().try_for_each(Owned::flush)
}

/// Lends all columns, and sends the workers tickets, with which they commit.
fn lent(workers: &Workers, columns: &mut [Owned<Bulk<f64>>], address: &str, kept: u64) -> Result<()> {
    let loans = columns.iter_mut().map(Owned::lend_mut).collect::<Result<Vec<_>>>()?;
    let tickets = loans.iter().map(|loan| Ok(loan.ticket()?.to_text())).collect::<Result<Vec<_>>>()?;
    workers.scope(|s| {
        let spawn = tickets.iter().map(|ticket| change_lent::spawn(s, address, kept, ticket));
        let runs = spawn.collect::<Result<Vec<_>>>()?;
        runs.into_iter().try_for_each(|run| run.join()?)
    })?;
    loans.into_iter().try_for_each(|loan| loan.end().map(drop))
}

/// Changes all columns once.
type Act = Box<dyn FnMut() -> Result<()>>;

/// One of our ways: makes the columns in a store at the address, and returns the act.
struct Ours {
    name: &'static str,
    kept: u64,
    goal: Option<f64>,
    make: fn(String, u64) -> Result<Act>,
}

const OURS: [Ours; 6] = [
    Ours { name: "ref: `&mut Bulk<f64>`, and `flush`", kept: 0, goal: None, make: by_mut },
    Ours { name: "ref: `&mut Vec<f64>`, and `flush`", kept: 0, goal: None, make: lists_by_mut },
    Ours { name: "ref: `Bulk<f64>` by a ticket", kept: 0, goal: None, make: by_ticket },
    Ours { name: "ref: `&mut Bulk<f64>`, and `flush`, with kept files", kept: KEPT, goal: Some(2.0), make: by_mut },
    Ours { name: "ref: `&mut Vec<f64>`, and `flush`, with kept files", kept: KEPT, goal: None, make: lists_by_mut },
    Ours { name: "ref: `Bulk<f64>` by a ticket, with kept files", kept: KEPT, goal: None, make: by_ticket },
];

fn by_mut(address: String, kept: u64) -> Result<Act> {
    let (workers, store) = (Workers::start(2)?, open(&address, kept)?);
    let mut columns = columns(&store, array)?;
    Ok(Box::new(move || borrowed(&workers, &mut columns)))
}

fn lists_by_mut(address: String, kept: u64) -> Result<Act> {
    let (workers, store) = (Workers::start(2)?, open(&address, kept)?);
    let mut columns = columns(&store, list)?;
    Ok(Box::new(move || borrowed_lists(&workers, &mut columns)))
}

fn by_ticket(address: String, kept: u64) -> Result<Act> {
    let (workers, store) = (Workers::start(2)?, open(&address, kept)?);
    let mut columns = columns(&store, array)?;
    Ok(Box::new(move || lent(&workers, &mut columns, &address, kept)))
}

/// numpy's ways, with the names of their acts.
const NUMPY: [(&str, &str); 2] = [
    ("numpy over shared memory, in place", "centre_and_scale"),
    ("numpy over shared memory, by `mean` and `std`", "by_mean_and_std"),
];

pub(crate) fn rows(folder: &Path, numpy: &Python) -> Done<Vec<Row>> {
    numpy.act("make", SIZE, 1)?;
    let mut ways: Vec<_> = NUMPY.iter().map(|(name, act)| numpy.way(name, act, SIZE)).collect();
    for (number, Ours { name, kept, goal, make }) in OURS.iter().enumerate() {
        let mut act = make(address(folder, &format!("timed-{number}")), *kept)?;
        let way = Way::new(name, move || Ok(act()?));
        ways.push(if let Some(goal) = goal { way.goal(*goal) } else { way });
    }
    let row = row("Normalise 4 columns of 100 MB by two processes", ROUNDS, ways);
    numpy.act("drop", SIZE, 1)?;
    Ok(vec![row])
}

/// Measures the memory of each way, with that of the columns, which are made and changed twice.
pub(crate) fn memory(folder: &Path, numpy: &Python) -> Done<Vec<Memory>> {
    let of = (COLUMNS * SIZE) as u64;
    let mut measured = Vec::new();
    for (name, act) in NUMPY {
        measured.push(peak(name, of, None, || {
            numpy.act("make", SIZE, 1)?;
            numpy.act(act, SIZE, 2).map(drop)
        })?);
        numpy.act("drop", SIZE, 1)?;
    }
    for (number, Ours { name, kept, goal, make }) in OURS.iter().enumerate() {
        measured.push(peak(name, of, *goal, || {
            let mut act = make(address(folder, &format!("measured-{number}")), *kept)?;
            Ok((0..2).try_for_each(|_| act())?)
        })?);
    }
    let name = "ref: 1 GiB by `put_with`, read by four processes by tickets, and the next one, with kept files";
    let act = || arrays(&address(folder, "array-by-tickets"), read_by_tickets);
    measured.push(peak(name, ARRAY as u64, Some(1.05), act)?);
    let name = "ref: the same by `&Bulk<u64>`, which a worker drops after it has returned the sum";
    measured.push(peak(name, ARRAY as u64, None, || arrays(&address(folder, "array"), read_borrowed))?);
    Ok(measured)
}

/// How four workers read an array at the address.
type Read = fn(&Workers, &Owned<Bulk<u64>>, &str) -> Result<Vec<u64>>;

/// Makes an array and has four workers read it, and then does the same with the next one.
fn arrays(address: &str, read: Read) -> Done {
    let (workers, store) = (Workers::start(4)?, open(address, 2 * ARRAY as u64)?);
    for _ in 0..2 {
        let fill = |cells: &mut [u64]| cells.iter_mut().zip(0..).for_each(|(cell, n)| *cell = n);
        let array = store.put_with(ARRAY / 8, fill)?;
        let sums = read(&workers, &array, address)?;
        let count = ARRAY as u64 / 8;
        if sums != [count * (count - 1) / 2; 4] {
            return Err(format!("the workers have read something else: {sums:?}").into());
        }
    }
    Ok(())
}

fn read_borrowed(workers: &Workers, array: &Owned<Bulk<u64>>, _address: &str) -> Result<Vec<u64>> {
    workers.scope(|s| {
        let runs = (0..4).map(|_| sum::spawn(s, array)).collect::<Result<Vec<_>>>()?;
        runs.into_iter().map(|run| run.join()).collect()
    })
}

fn read_by_tickets(workers: &Workers, array: &Owned<Bulk<u64>>, address: &str) -> Result<Vec<u64>> {
    let loan = array.lend()?;
    let ticket = loan.ticket()?.to_text();
    let sums = workers.scope(|s| {
        let runs = (0..4).map(|_| sum_lent::spawn(s, address, &ticket)).collect::<Result<Vec<_>>>()?;
        runs.into_iter().map(|run| run.join()?).collect()
    });
    let _ended = loan.end()?;
    sums
}

fn address(folder: &Path, name: &str) -> String {
    format!("file:{}", folder.join(name).display())
}
