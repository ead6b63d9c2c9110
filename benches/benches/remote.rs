//! Measures the cost of calls in other processes, and compares it with an echo through a socket and with ProxyStore's
//! scopes.
//!
//! ProxyStore is measured if the Python that `REF_BENCH_PYTHON` names, or else `python3`, has the package `proxystore`.

use bytes::Bytes;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use ref_core::{Store, Workers, remote};
use std::error::Error;
use std::hint::black_box;
use std::io::{Read as _, Write as _, stdin};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// If this environment variable is set, this program is the other side of the echo.
const ECHO: &str = "REF_BENCH_ECHO";
const SIZES: [usize; 2] = [100, 1 << 20];

#[remote]
fn nothing() {}

#[remote]
fn length(data: &Bytes) -> usize {
    data.len()
}

#[remote]
fn touch(data: &mut Vec<u64>) {
    data[0] += 1;
}

/// Does 250,000 multiplications, each with the result of the one before.
#[remote]
fn work(seed: u64) -> u64 {
    (0..250_000_u64).fold(seed, |sum, n| sum.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(n))
}

fn main() {
    remote::init();
    if std::env::var_os(ECHO).is_some() {
        return say(echo());
    }
    let mut criterion = Criterion::default().configure_from_args();
    say(round_trips(&mut criterion));
    say(cycles(&mut criterion));
    say(many(&mut criterion));
    say(workers(&mut criterion));
    criterion.final_summary();
}

fn say(done: Done) {
    if let Err(error) = done {
        eprintln!("remote: {error}");
    }
}

/// Opens a store in a temporary folder. The folder is removed when the `TempDir` is dropped.
fn store() -> Done<(tempfile::TempDir, Store)> {
    let folder = tempfile::Builder::new().prefix("ref-bench-").tempdir_in("/dev/shm")?;
    let store = Store::open(&format!("file:{}", folder.path().join("store").display()))?;
    Ok((folder, store))
}

/// Runs the other side of the echo: reads 64 bytes at a time, and sends them back.
fn echo() -> Done {
    let mut socket = UnixStream::from(stdin().as_fd().try_clone_to_owned()?);
    let mut bytes = [0; 64];
    while socket.read_exact(&mut bytes).is_ok() {
        socket.write_all(&bytes)?;
    }
    Ok(())
}

struct Echo {
    child: Child,
    socket: UnixStream,
}

impl Echo {
    fn start() -> Done<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let child = Command::new(std::env::current_exe()?).env(ECHO, "1").stdin(OwnedFd::from(theirs)).spawn()?;
        Ok(Self { child, socket: ours })
    }

    fn round(&mut self) -> std::io::Result<()> {
        let mut bytes = [7; 64];
        self.socket.write_all(&bytes)?;
        self.socket.read_exact(&mut bytes)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// Measures single calls beside an echo: of a function that does nothing, of one that borrows 1 MiB, and of one that
/// changes 128 bytes.
fn round_trips(criterion: &mut Criterion) -> Done {
    let mut group = criterion.benchmark_group("round trip");
    let mut echo = Echo::start()?;
    group.bench_function("floor: 64 bytes echoed through a socket", |b| b.iter(|| echo.round()));
    let workers = Workers::start(1)?;
    group.bench_function("a call of a function that does nothing", |b| b.iter(|| nothing::call(&workers)));
    group.bench_function("the same, spawned in a scope and joined", |b| {
        b.iter(|| workers.scope(|s| nothing::spawn(s)?.join()))
    });
    let (_folder, store) = store()?;
    let shared = store.put(Bytes::from(vec![7; 1 << 20]))?;
    group.bench_function("a call that borrows 1 MiB, which the worker has read before", |b| {
        b.iter(|| length::call(&workers, &shared))
    });
    let mut numbers = store.put(vec![1_u64; 16])?;
    group.bench_function("a call that changes 128 bytes", |b| b.iter(|| touch::call(&workers, &mut numbers)));
    group.finish();
    Ok(())
}

/// Measures a put, a call with a shared borrow, and a drop. Prints what the same costs in ProxyStore, or why that was
/// not measured.
fn cycles(criterion: &mut Criterion) -> Done {
    let mut group = criterion.benchmark_group("put, call, drop");
    let (_folder, store) = store()?;
    let workers = Workers::start(1)?;
    for size in SIZES {
        group.bench_with_input(BenchmarkId::new("bytes", size), &size, |b, size| {
            let data = Bytes::from(vec![7; *size]);
            b.iter_batched(
                || data.clone(),
                |data| store.put(data).and_then(|owned| length::call(&workers, &owned)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
    println!("ProxyStore, the same by `scopes.submit`, medians in us by size: {}", proxystore());
    Ok(())
}

fn proxystore() -> String {
    let python = std::env::var("REF_BENCH_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/proxystore_scopes.py");
    let sizes = SIZES.map(|size| size.to_string());
    match Command::new(python).arg(script).arg("500").args(sizes).output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Ok(output) => {
            format!("not measured: {}", String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("?"))
        }
        Err(error) => format!("not measured: {error}"),
    }
}

/// Measures many calls of one worker: one after another, in a map, and spawned in a scope.
fn many(criterion: &mut Criterion) -> Done {
    const CALLS: usize = 1000;
    let mut group = criterion.benchmark_group("many calls of one worker");
    group.throughput(Throughput::Elements(CALLS as u64)).sample_size(20);
    let workers = Workers::start(1)?;
    let numbers = || (0..CALLS as u64).map(|_| 0_u64);
    group.bench_function("one after another", |b| b.iter(|| (0..CALLS).try_for_each(|_| nothing::call(&workers))));
    group.bench_function("map, sent ahead", |b| b.iter(|| short::map(&workers, numbers())));
    group.bench_function("spawned in a scope", |b| {
        b.iter(|| {
            workers.scope(|s| {
                let runs: ref_core::Result<Vec<_>> = (0..CALLS).map(|_| nothing::spawn(s)).collect();
                runs?.into_iter().try_for_each(|run| run.join())
            })
        })
    });
    group.finish();
    Ok(())
}

#[remote]
fn short(number: u64) -> u64 {
    number
}

/// Measures the same work in this thread, and with one, two and four workers.
fn workers(criterion: &mut Criterion) -> Done {
    const CALLS: u64 = 400;
    let mut group = criterion.benchmark_group("some work, mapped");
    group.throughput(Throughput::Elements(CALLS)).sample_size(20);
    group.bench_function("in this thread", |b| {
        b.iter(|| (0..CALLS).map(|seed| black_box(work(seed))).fold(0, u64::wrapping_add))
    });
    for count in [1, 2, 4] {
        let workers = Workers::start(count)?;
        group.bench_with_input(BenchmarkId::new("workers", count), &workers, |b, workers| {
            b.iter(|| work::map(workers, 0..CALLS))
        });
    }
    group.finish();
    Ok(())
}
