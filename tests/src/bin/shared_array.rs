//! Measures the memory that an array takes which one process makes in place (`Store::put_with`) and other processes
//! read. `shared_array BYTES READERS` prints the figures for `docs/evidence.md`.

use ref_core::{Bulk, Error, Shared, StoreOptions, Ticket};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _, stdin, stdout};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["read", address, ticket] => read(address, ticket.parse()?),
        [bytes, readers] => measure(bytes.parse()?, readers.parse()?),
        _ => Err("shared_array BYTES READERS".into()),
    }
}

/// Reads every element, and prints their sum and what the process has in memory of its own. Then waits for the end of
/// its input, with the array.
fn read(address: &str, ticket: Ticket<Bulk<u64>, Shared>) -> Done {
    let store = StoreOptions::new().max_object_bytes(1 << 40).open(address)?;
    let lease = store.redeem(ticket)?;
    let array = lease.borrow()?.clone();
    writeln!(stdout(), "{} {}", sum(&array), own_peak()?)?;
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn sum(array: &[u64]) -> u64 {
    array.iter().fold(0, |sum, n| sum.wrapping_add(*n))
}

fn measure(bytes: usize, readers: usize) -> Done {
    let folder = tempfile::Builder::new().prefix("ref-array-").tempdir_in("/dev/shm")?;
    let address = format!("file:{}", folder.path().join("store").display());
    let options = StoreOptions::new().max_object_bytes(1 << 40).recycled_bytes(2 * bytes as u64);
    let store = options.open(&address)?;
    let empty = allocated(folder.path())?;
    for round in ["the first array", "the next one, into its file"] {
        let fill = |cells: &mut [u64]| cells.iter_mut().zip(0..).for_each(|(cell, n)| *cell = n);
        let owned = store.put_with(bytes / 8, fill)?;
        let loan = owned.lend()?;
        let ticket = || -> Result<String, Error> { Ok(loan.ticket()?.to_text()) };
        let mut children = (0..readers).map(|_| start(&address, &ticket()?)).collect::<Done<Vec<_>>>()?;
        let answers = children.iter_mut().map(answer).collect::<Done<Vec<_>>>()?;
        let seen = sum(&owned.borrow()?);
        assert!(answers.iter().all(|(sum, _)| *sum == seen), "all read the same");
        let (in_store, owner) = (allocated(folder.path())? - empty, own_peak()?);
        let theirs: u64 = answers.iter().map(|(_, own)| own).sum();
        let all = in_store + owner + theirs;
        println!("{round}: {}", in_mib(all));
        println!("  in the store {}, of the owner's own {}", in_mib(in_store), in_mib(owner));
        println!(
            "  of {readers} readers' own {}, all beside the array {:.4}",
            in_mib(theirs),
            all as f64 / bytes as f64
        );
        for (mut child, input) in children {
            drop(input);
            child.wait()?;
        }
        let _returned = loan.end()?;
    }
    Ok(())
}

fn start(address: &str, ticket: &str) -> Done<(Child, ChildStdin)> {
    let mut reader = Command::new(std::env::current_exe()?);
    let mut child = reader.args(["read", address, ticket]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let input = child.stdin.take().ok_or("the reader has an input")?;
    Ok((child, input))
}

fn answer((child, _): &mut (Child, ChildStdin)) -> Done<(u64, u64)> {
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("the reader has an output")?).read_line(&mut line)?;
    let (sum, own) = line.trim().split_once(' ').ok_or("two numbers")?;
    Ok((sum.parse()?, own.parse()?))
}

/// Returns how many bytes this process had resident at most, without those of shared memory and of files, such as its
/// program, that it has now.
fn own_peak() -> Done<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let of = |name: &str| -> Done<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("a line of the status")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    };
    Ok(of("VmHWM:")?.saturating_sub(of("RssShmem:")? + of("RssFile:")?))
}

fn allocated(folder: &Path) -> Done<u64> {
    let mut all = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        all += if entry.file_type()?.is_dir() { allocated(&entry.path())? } else { entry.metadata()?.blocks() * 512 };
    }
    Ok(all)
}

fn in_mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
