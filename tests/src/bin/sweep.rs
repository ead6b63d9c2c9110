//! Measures the cost of a borrow in a store of many objects, of a list of the objects, and of the recovery from the death
//! of their owner. A plain scan of as much memory is measured for comparison. `cargo xtask sweep [--objects N]` runs this
//! program.
//!
//! The figures are printed for `docs/evidence.md`. The program asserts only that the recovery found one dead session,
//! and left none of that session's files.

use ref_core::inspect::Inspector;
use ref_core::{Owned, Store, StoreOptions};
use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _, stdin, stdout};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Bytes of a record in the ledger.
const RECORD: usize = 64;
const BORROWS: u32 = 100_000;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["own", address, objects] => own(address, objects.parse()?),
        ["attend", address] => attend(address),
        [objects] => measure(objects.parse()?),
        _ => Err("sweep OBJECTS".into()),
    }
}

/// Puts objects, prints the time for one, and keeps them until this process is killed.
fn own(address: &str, objects: u32) -> Done {
    let store = Store::open(address)?;
    let since = Instant::now();
    let owned = (0..objects).map(|n| store.put(value(n)));
    let owned: Vec<Owned<Vec<u8>>> = owned.collect::<Result<_, _>>()?;
    wait_to_be_killed(&format!("{}", since.elapsed().as_nanos() / u128::from(objects.max(1))))?;
    drop(owned);
    Ok(())
}

/// Returns a value of 100 bytes, none of which is zero.
fn value(n: u32) -> Vec<u8> {
    vec![(n % 255) as u8 + 1; 100]
}

/// Keeps the store open until this process is killed, and does nothing else.
fn attend(address: &str) -> Done {
    let store = Store::open(address)?;
    wait_to_be_killed("0")?;
    drop(store);
    Ok(())
}

fn wait_to_be_killed(answer: &str) -> Done {
    writeln!(stdout(), "{answer}")?;
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn measure(objects: u32) -> Done {
    let folder = tempfile::Builder::new().prefix("ref-sweep-").tempdir_in("/dev/shm")?;
    let address = format!("file:{}", folder.path().join("store").display());
    let store = StoreOptions::new().max_objects(objects + 16).open(&address)?;

    let few = borrow(&store)?;
    let empty = allocated(folder.path())?;
    let mut full = 0;
    let put = killed_after(&["own", &address, &objects.to_string()], || {
        full = allocated(folder.path())?;
        Ok(())
    })?;
    println!("put                                {put:>12} ns each");
    println!("memory of the store                {full:>12} bytes, {empty} of them before the first object");
    // The owner is dead by now, so the recovery alone is measured.
    let (reclaimed, count) = timed(|| store.reap())?;
    say("owner of all dead, recovered", reclaimed, objects);
    assert_eq!(count, 1, "one process died");
    assert_eq!(files(&folder.path().join("store/obj"))?, 0, "nothing of it is left");

    let mut many = Duration::ZERO;
    let keep = |store: &Store| -> Done<Vec<Owned<Vec<u8>>>> {
        Ok((0..objects).map(|n| store.put(value(n))).collect::<Result<_, _>>()?)
    };
    let owned = keep(&store)?;
    let (listed, entries) = timed(|| Inspector::open(&address).and_then(|inspector| inspector.objects()))?;
    say("all listed, without a session", listed, objects);
    assert_eq!(entries.len(), owned.len(), "each object has an entry");
    killed_after(&["attend", &address], || {
        many = borrow(&store)?;
        Ok(())
    })?;
    let (swept, _) = timed(|| store.reap())?;
    say("process without objects dead, swept", swept, objects);
    let words: Vec<u64> = (0..objects as usize * RECORD / 8).map(|n| n as u64).collect();
    let (scanned, _) = timed(|| Ok::<_, ref_core::Error>(black_box(&words).iter().fold(0, |sum, word| sum ^ word)))?;
    say("plain scan of as much memory", scanned, objects);
    println!("lend, redeem, read, give back, end {:>12} ns with 1 object", few.as_nanos());
    println!("the same                           {:>12} ns with {objects} objects", many.as_nanos());
    let (dropped, ()) = timed(|| {
        drop(owned);
        Ok::<_, ref_core::Error>(())
    })?;
    say("all dropped", dropped, objects);
    Ok(())
}

/// Returns the cost of one borrow of a new object, from the loan to its end.
fn borrow(store: &Store) -> Done<Duration> {
    let owned = store.put(7_u64)?;
    let since = Instant::now();
    for _ in 0..BORROWS {
        let loan = owned.lend()?;
        let lease = store.redeem(loan.ticket()?)?;
        assert_eq!(*lease.borrow()?, 7);
        lease.release()?;
        let _how_it_ended = loan.end()?;
    }
    Ok(since.elapsed() / BORROWS)
}

/// Runs this program as another process, and kills that process when it has answered and `meanwhile` has returned.
/// Returns the answer.
fn killed_after(arguments: &[&str], meanwhile: impl FnOnce() -> Done) -> Done<u64> {
    let program = std::env::current_exe()?;
    let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut answer = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut answer)?;
    let answer = answer.trim().parse()?;
    let done = meanwhile();
    child.kill()?;
    child.wait()?;
    done.map(|()| answer)
}

fn timed<T, E>(act: impl FnOnce() -> Result<T, E>) -> Result<(Duration, T), E> {
    let since = Instant::now();
    let value = act()?;
    Ok((since.elapsed(), value))
}

fn say(what: &str, time: Duration, objects: u32) {
    println!("{what:<35}{:>12.1} ms, {} ns each", time.as_secs_f64() * 1e3, (time / objects.max(1)).as_nanos());
}

/// Returns how many bytes the files below `folder` take.
fn allocated(folder: &Path) -> Done<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        bytes += if path.is_dir() { allocated(&path)? } else { path.metadata()?.blocks() * 512 };
    }
    Ok(bytes)
}

fn files(folder: &Path) -> Done<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        count += if path.is_dir() { files(&path)? } else { 1 };
    }
    Ok(count)
}
