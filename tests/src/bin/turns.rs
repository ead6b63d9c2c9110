//! Measures how long writers of one name wait for their turn. `cargo xtask turns [--turns N] [--processes N] [--at
//! ADDRESS]` runs this program.
//!
//! The figures are printed for `docs/evidence.md`. Nothing is asserted about them, but that no turn is lost.

use ref_core::Store;
use std::error::Error;
use std::io::{Read as _, Write as _, stdin};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

type Done<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["take", address, turns, hold] => take(address, turns.parse()?, Duration::from_micros(hold.parse()?)),
        [turns, processes] => with_folder(turns.parse()?, processes.parse()?),
        [turns, processes, address] => measure(address, turns.parse()?, processes.parse()?),
        _ => Err("turns TURNS PROCESSES [ADDRESS]".into()),
    }
}

/// Takes turns, once a line has come in. Prints how long each wait was, in nanoseconds.
fn take(address: &str, turns: u64, hold: Duration) -> Done {
    let store = Store::open(address)?;
    let mut count = store.named::<u64>("count")?;
    println!("ready");
    stdin().read_exact(&mut [0])?;
    let waits = (0..turns).map(|_| {
        let asked = Instant::now();
        let mut writer = count.borrow_mut()?;
        let waited = asked.elapsed();
        if !hold.is_zero() {
            thread::sleep(hold);
        }
        *writer += 1;
        writer.commit()?;
        Ok(waited.as_nanos().to_string())
    });
    println!("{}", waits.collect::<Done<Vec<_>>>()?.join(" "));
    Ok(())
}

fn with_folder(turns: u64, processes: u64) -> Done {
    let folder = tempfile::Builder::new().prefix("ref-turns-").tempdir_in("/dev/shm")?;
    measure(&format!("file:{}", folder.path().join("store").display()), turns, processes)
}

fn measure(address: &str, turns: u64, processes: u64) -> Done {
    let store = Store::open(address)?;
    let mut count = store.named::<u64>("count")?;
    for hold in [0, 1000] {
        count.set(0)?;
        let mut waits = waits(address, turns / processes, processes, hold)?;
        assert_eq!(*count.snapshot()?, turns / processes * processes, "a turn is lost");
        waits.sort_unstable();
        let mean = waits.iter().sum::<Duration>() / waits.len() as u32;
        let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
        let longest = at(1.0).as_secs_f64() / mean.as_secs_f64();
        let (half, tail) = (at(0.5), at(0.99));
        println!(
            "held {hold:>4} us: mean {mean:.0?}, p50 {half:.0?}, p99 {tail:.0?}, longest {:.0?}, {longest:.1} means, of {}",
            at(1.0),
            waits.len()
        );
    }
    count.remove()?;
    Ok(())
}

/// Returns how long each turn of each process was waited for.
fn waits(address: &str, turns: u64, processes: u64, hold: u64) -> Done<Vec<Duration>> {
    let mut children = (0..processes)
        .map(|_| {
            let mut child = Command::new(std::env::current_exe()?);
            child.args(["take", address, &turns.to_string(), &hold.to_string()]);
            Ok(child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?)
        })
        .collect::<Done<Vec<Child>>>()?;
    for child in &mut children {
        child.stdout.as_mut().ok_or("no output")?.read_exact(&mut [0; "ready\n".len()])?;
    }
    for child in &mut children {
        child.stdin.take().ok_or("no input")?.write_all(b"\n")?;
    }
    let mut waits = Vec::new();
    for child in children {
        let done = child.wait_with_output()?;
        assert!(done.status.success(), "a process failed: {}", done.status);
        for wait in String::from_utf8(done.stdout)?.split_whitespace() {
            waits.push(Duration::from_nanos(wait.parse()?));
        }
    }
    Ok(waits)
}
