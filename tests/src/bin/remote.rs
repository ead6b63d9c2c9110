//! A program with remote functions, for tests. The program is the parent of workers that run the same program, or the
//! worker of a test program that was built from other code. For the second use its crate has the same name as
//! `tests/tests/remote/`.

use ref_core::{Store, Workers, remote};
use ref_tests::{Column, close};
use std::io::{Write as _, stdout};
use std::path::Path;

mod functions {
    use ref_core::remote;
    use ref_tests::Column;

    /// In the tests, the function with this path has another parameter type.
    #[remote]
    pub(crate) fn total(number: &u64) -> u64 {
        *number
    }

    #[remote]
    pub(crate) fn renumber(column: &mut Column, n: u64) -> ref_core::Result<()> {
        column.renumber(n)
    }

    /// Makes the file `begun`, and never returns.
    #[remote]
    pub(crate) fn spin(number: &mut u64, begun: &str) {
        std::fs::write(begun, "").expect("a file to write");
        loop {
            *number = number.wrapping_add(1);
        }
    }
}

/// `remote wander ADDRESS ELSEWHERE`: opens the store, changes its folder, and then calls a function that borrows from
/// the store.
fn wander(address: &str, elsewhere: &str) -> ref_core::Result<()> {
    let store = Store::open(address)?;
    std::env::set_current_dir(elsewhere).expect("a folder to go to");
    let (workers, number) = (Workers::start(1)?, store.put(7_u64)?);
    println!("{}", functions::total::call(&workers, &number)?);
    Ok(())
}

/// `remote jobs`: calls functions in three workers for a hundred stores, one after another. Prints how many descriptors
/// the workers had after the first store and after the last, and how many stores are left.
fn jobs() -> ref_core::Result<()> {
    let workers = Workers::start(3)?;
    let descriptors = || workers.idle().iter().map(|pid| files(&format!("/proc/{pid}/fd"))).sum::<usize>();
    let mut first = None;
    for job in 0..100 {
        let store = Store::open(&format!("shm://job-{job}"))?;
        let value = store.put(job)?;
        workers.scope(|s| {
            let runs = (0..6).map(|_| functions::total::spawn(s, &value)).collect::<ref_core::Result<Vec<_>>>()?;
            runs.into_iter().try_for_each(|run| run.join().map(|total| assert_eq!(total, job)))
        })?;
        while workers.idle().len() < 3 {
            std::thread::yield_now();
        }
        first.get_or_insert_with(descriptors);
    }
    let stores = std::env::var("REF_STORE_DIR").map_or(0, |folder| files(&folder));
    println!("{} {} {stores}", first.unwrap_or(0), descriptors());
    Ok(())
}

/// `remote publish ADDRESS`: has a worker change a large value, and writes the change.
fn publish(address: &str) -> ref_core::Result<()> {
    let (store, workers) = (Store::open(address)?, Workers::start(1)?);
    let mut column = store.put(Column::numbered(1, 100_000))?;
    functions::renumber::call(&workers, &mut column, 2)??;
    column.flush()
}

fn files(folder: &str) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// `remote ADDRESS FOLDER`: makes two calls that never end, prints the process numbers of their workers, and waits to
/// be killed. `remote uninitialized`: tries to start a worker without a call of `remote::init`, and prints the error.
/// `remote closed`: closes the standard input before `remote::init`, as a foreign program may.
fn main() -> ref_core::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments == ["uninitialized"] {
        Workers::start(1).map_or_else(|error| println!("{error:?}"), drop);
        return Ok(());
    }
    if arguments == ["closed"] {
        assert_eq!(close(0), 0);
    }
    remote::init();
    if arguments == ["jobs"] {
        return jobs();
    }
    let [address, folder] = match &arguments[..] {
        [order, address, elsewhere] if order == "wander" => return wander(address, elsewhere),
        [order, address] if order == "publish" => return publish(address),
        [address, folder] => [address, folder],
        _ => {
            println!("no arguments");
            return Ok(());
        }
    };
    let (store, workers) = (Store::open(address)?, Workers::start(2)?);
    let (mut a, mut b) = (store.put(1_u64)?, store.put(2_u64)?);
    assert_eq!(functions::total::call(&workers, &a)?, 1);
    let pids = workers.idle();
    let files = ["a", "b"].map(|name| format!("{folder}/{name}"));
    workers.scope(|s| {
        let runs = [functions::spin::spawn(s, &mut a, &files[0])?, functions::spin::spawn(s, &mut b, &files[1])?];
        while !files.iter().all(|file| Path::new(file).exists()) {
            std::thread::yield_now();
        }
        println!("{} {}", pids[0], pids[1]);
        let _closed = stdout().flush();
        runs.into_iter().try_for_each(|run| run.join())
    })
}
