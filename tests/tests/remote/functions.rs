//! The remote functions of these tests.

use ref_core::{Owned, Schema, Store, Stored, global_store, remote};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list of numbers, and a count of steps.
#[global_store]
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Grid {
    pub(crate) step: u64,
    pub(crate) cells: Vec<u64>,
}

impl Grid {
    pub(crate) fn of(cells: &[u64]) -> Self {
        Self { step: 0, cells: cells.to_vec() }
    }
}

/// The error type of the function `add`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Overflow {
    pub(crate) at: usize,
}

#[remote]
pub(crate) fn total(grid: &Grid) -> u64 {
    grid.cells.iter().sum()
}

/// Adds one to the steps of `into`, and the cells of all `parts` to the cells of `into` with the same index. Returns how
/// many parts there are.
#[remote]
pub(crate) fn reduce(parts: &[Grid], into: &mut Grid) -> usize {
    into.step += 1;
    for part in parts {
        part.cells.iter().zip(&mut into.cells).for_each(|(more, cell)| *cell += more);
    }
    parts.len()
}

/// Adds one to the steps of `to`, and each cell of `from`, multiplied by `times`, to the cell of `to` with the same
/// index. Returns the sum of the cells of `to`. Ends at the first index at which a number is too large, and returns
/// that index as the error. The step and the cells before the index are then changed.
#[remote]
pub(crate) fn add(from: &Grid, to: &mut Grid, times: u64) -> Result<u64, Overflow> {
    to.step += 1;
    for (at, (from, to)) in from.cells.iter().zip(&mut to.cells).enumerate() {
        *to = from.checked_mul(times).and_then(|more| to.checked_add(more)).ok_or(Overflow { at })?;
    }
    Ok(to.cells.iter().sum())
}

#[remote]
pub(crate) fn process() -> u32 {
    std::process::id()
}

#[remote]
pub(crate) fn words(text: &str, of: &[String], (a, b): (u8, u8)) -> String {
    format!("{text} {} {a}{b}", of.join(" "))
}

#[remote]
pub(crate) fn grow(mut grid: Owned<Grid>, by: u64) -> Result<Owned<Grid>, String> {
    if by == 0 {
        return Err("by nothing".into());
    }
    grid.borrow_mut().map_err(|error| error.to_string())?.cells.push(by);
    Ok(grid)
}

#[remote]
pub(crate) fn keep(grid: Owned<Grid>) -> Owned<Grid> {
    grid
}

/// Appends the cells of `right`, each multiplied by `by`, to `left`, and returns `left`. Drops `right`.
#[remote]
pub(crate) fn merge(mut left: Owned<Grid>, by: u64, right: Owned<Grid>) -> Result<Owned<Grid>, String> {
    let cells = right.borrow().map_err(|error| error.to_string())?.cells.clone();
    left.borrow_mut().map_err(|error| error.to_string())?.cells.extend(cells.iter().map(|cell| cell * by));
    Ok(left)
}

#[remote]
pub(crate) fn swallow(grid: Owned<Grid>) -> usize {
    grid.borrow().map_or(0, |grid| grid.cells.len())
}

#[remote]
pub(crate) fn make(address: String, cells: Vec<u64>) -> Result<Owned<Grid>, String> {
    let store = Store::open(&address).map_err(|error| error.to_string())?;
    store.put(Grid { step: 0, cells }).map_err(|error| error.to_string())
}

/// Changes the grid, then panics.
#[remote]
pub(crate) fn explode(grid: &mut Grid, why: String) {
    grid.cells.clear();
    panic!("{why}");
}

/// Changes the grid, then ends the worker.
#[remote]
pub(crate) fn leave(grid: &mut Grid, code: i32) {
    grid.cells.clear();
    std::process::exit(code);
}

/// Allocates `bytes` bytes, and returns how many it got.
#[remote]
pub(crate) fn hoard(bytes: usize) -> usize {
    let hoard: Vec<u8> = Vec::with_capacity(bytes);
    hoard.capacity()
}

/// Writes the worker's process number to the file `begun`, waits until the file `until` exists, and adds a step to the
/// grid. Returns the grid's count of steps.
#[remote]
pub(crate) fn hold(grid: &mut Grid, begun: &str, until: &str) -> u64 {
    std::fs::write(begun, std::process::id().to_string()).unwrap();
    while !std::path::Path::new(until).exists() {
        std::thread::yield_now();
    }
    grid.step += 1;
    grid.step
}

/// Reports one of `total` steps, waits until the caller asks the function to end, and reports a second one. Returns how
/// many steps were made, and adds them to the grid's.
#[remote]
pub(crate) fn climb(grid: &mut Grid, total: usize) -> u64 {
    remote::progress(1, total);
    while !remote::is_cancelled() {
        std::thread::yield_now();
    }
    remote::progress(2, total);
    grid.step += 2;
    2
}

/// Puts each cell of the grid into the store, as a grid of its own. Drops the grid.
#[remote]
pub(crate) fn split(whole: Owned<Grid>, store: &Store) -> ref_core::Result<Vec<Owned<Grid>>> {
    whole.borrow()?.cells.iter().map(|cell| store.put(Grid::of(&[*cell]))).collect()
}

/// A type of a program that has the name of this crate's type.
pub(crate) mod shop {
    use ref_core::{global_store, remote};

    #[global_store]
    pub(crate) struct Store {
        pub(crate) price: u64,
    }

    #[remote]
    pub(crate) fn price(store: &Store, of: &mut Store) -> u64 {
        of.price += store.price;
        of.price
    }
}

#[remote]
pub(crate) fn echo(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

#[remote]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Tries to start a worker in a worker. Returns how many were started, or the text of the error.
#[remote]
pub(crate) fn start_workers() -> Result<usize, String> {
    ref_core::Workers::start(1).map(|workers| workers.count()).map_err(|error| error.to_string())
}

/// Starts a program in a worker. Returns what the program prints, or nothing if the program cannot be started.
#[remote]
pub(crate) fn started(program: &str) -> Vec<u8> {
    std::process::Command::new(program).output().map(|output| output.stdout).unwrap_or_default()
}

/// Starts a program that has a socket as its standard input, as a worker has. Returns what the program prints.
#[remote]
pub(crate) fn started_on_a_socket(program: &str) -> Vec<u8> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut command = std::process::Command::new(program);
    command.stdin(std::os::fd::OwnedFd::from(theirs)).stdout(std::process::Stdio::piped());
    let started = command.spawn().unwrap();
    drop(command);
    drop(ours);
    started.wait_with_output().unwrap().stdout
}

/// Forks a child, which keeps the worker's descriptors open until it is killed. Returns the child's number.
#[remote]
pub(crate) fn fork_and_keep() -> i32 {
    match ref_tests::fork() {
        0 => loop {
            ref_tests::pause();
        },
        child => child,
    }
}

/// Forks the worker, and returns in the worker and in the child, each time with the process's own number.
#[remote]
pub(crate) fn fork_and_return() -> u32 {
    ref_tests::fork();
    std::process::id()
}

/// Appends the number to the file, and returns the number. The number 7 ends the worker instead.
#[remote]
pub(crate) fn note(number: u64, file: &str) -> u64 {
    use std::io::Write as _;
    if number == 7 {
        std::process::exit(7);
    }
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    writeln!(file, "{number}").unwrap();
    number
}

/// A number that can always be encoded, but decoded only if it is even.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub(crate) struct Even(pub(crate) u64);

impl Stored for Even {
    fn describe(schema: &mut Schema) {
        schema.named("Even", 1, |shape| shape.field::<u64>("0"));
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.store(to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::try_from(u64::restore(from)?).map_err(D::Error::custom)
    }
}

impl From<Even> for u64 {
    fn from(Even(number): Even) -> Self {
        number
    }
}

impl TryFrom<u64> for Even {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        if number.is_multiple_of(2) { Ok(Self(number)) } else { Err(format!("{number} is odd")) }
    }
}

#[remote]
pub(crate) fn sum(numbers: &[Even]) -> u64 {
    numbers.iter().map(|number| number.0).sum()
}

/// Writes the worker's process number to the file `begun`, and waits until the file `until` exists. Returns the sum of
/// the steps.
#[remote]
pub(crate) fn hold_all(grids: &[Grid], begun: &str, until: &str) -> u64 {
    hold(&mut Grid::default(), begun, until);
    grids.iter().map(|grid| grid.step).sum()
}

/// Adds `by` to each number.
#[remote]
pub(crate) fn add_to_all(numbers: &mut [Even], by: u64) -> usize {
    numbers.iter_mut().for_each(|number| number.0 += by);
    numbers.len()
}

/// Clears each grid, writes the worker's process number to the file `begun`, and waits until the file `until` exists.
#[remote]
pub(crate) fn clear_all(grids: &mut [Grid], begun: &str, until: &str) {
    grids.iter_mut().for_each(|grid| grid.cells.clear());
    hold(&mut Grid::default(), begun, until);
}

#[remote]
pub(crate) fn increment(grid: &mut Grid, number: &mut Even) {
    grid.step += 1;
    number.0 += 1;
}

/// Reads the grid, and ends the worker.
#[cfg(feature = "redis")]
#[remote]
pub(crate) fn watch_and_leave(grid: &Grid) {
    std::process::exit(grid.cells.len() as i32);
}

#[remote]
pub(crate) fn count(step: &mut u64) {
    *step += 1;
}

#[remote]
pub(crate) fn double(cells: &mut Vec<u64>) {
    cells.iter_mut().for_each(|cell| *cell *= 2);
}
