//! The cases that are measured once, and not in rounds with several numbers of clients: readers, room, sessions without
//! calls, and calls that wait.

use crate::Done;
use ref_core::{Shared, Store, Ticket};
use ref_tests::RedisServer;
use std::time::{Duration, Instant};

/// How long sessions and waiting calls are watched.
const WATCHED: Duration = Duration::from_secs(5);
const READERS: usize = 1000;
const OBJECTS: u64 = 10_000;
const WAITING: usize = 200;
const SESSIONS: usize = 500;

/// A case's name, and what measures it in a server.
type Case = (&'static str, fn(&RedisServer) -> Done<String>);

/// Measures the cases that are wanted, each in a server of its own.
pub(crate) fn all(is_wanted: &dyn Fn(&str) -> bool) -> Done {
    let cases: [Case; 4] = [
        ("a borrow beside 1,000 readers", readers),
        ("the room of a u64", room),
        ("200 calls that wait", waits),
        ("500 sessions without calls", sessions),
    ];
    for (name, figure) in cases.into_iter().filter(|(name, _)| is_wanted(name)) {
        println!("{name}: {}", figure(&RedisServer::start())?);
    }
    Ok(())
}

/// Returns the value of a field of the server's `INFO`.
fn info(server: &RedisServer, field: &str) -> Done<f64> {
    let socket = redis::ConnectionAddr::Unix(server.socket());
    let text: String = redis::cmd("INFO").query(&mut redis::Client::open(socket)?.get_connection()?)?;
    let value = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).ok_or("no such field")?;
    Ok(value.trim().parse()?)
}

/// Returns how many microseconds of a processor the server's process has used.
pub(crate) fn server_micros(server: &RedisServer) -> Done<f64> {
    Ok((info(server, "used_cpu_user")? + info(server, "used_cpu_sys")?) * 1e6)
}

/// Returns how many microseconds of a processor this process has used.
fn own_micros() -> Done<f64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = text.rsplit(')').next().ok_or("no fields")?.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok(ticks * 10_000.0) // A tick is 10 ms.
}

/// Returns the shares of one processor that the server and this process use in the time `WATCHED`.
fn idle(server: &RedisServer) -> Done<String> {
    let (began, ours, theirs) = (Instant::now(), own_micros()?, server_micros(server)?);
    std::thread::sleep(WATCHED);
    let share = |micros: f64| micros / 1e4 / began.elapsed().as_secs_f64();
    let (ours, theirs) = (share(own_micros()? - ours), share(server_micros(server)? - theirs));
    Ok(format!("{theirs:.2} % of a core in the server, {ours:.2} % in this process"))
}

fn readers(server: &RedisServer) -> Done<String> {
    let address = server.address("bench");
    let (lender, borrower) = (Store::open(&address)?, Store::open(&address)?);
    let loan = lender.put("x".repeat(100))?.into_loan()?;
    let ticket: Ticket<String, Shared> = loan.ticket()?;
    let measure = || -> Done<(f64, f64)> {
        let (cpu, began) = (server_micros(server)?, Instant::now());
        for _ in 0..5000 {
            borrower.redeem(ticket.clone())?.release()?;
        }
        let micros = began.elapsed().as_secs_f64() * 1e6 / 5000.0;
        Ok((micros, (server_micros(server)? - cpu) / 5000.0))
    };
    let (alone, alone_cpu) = measure()?;
    let others = (0..READERS).map(|_| Store::open(&address)).collect::<Result<Vec<_>, _>>()?;
    let _leases = others.iter().map(|other| other.redeem(ticket.clone())).collect::<Result<Vec<_>, _>>()?;
    let (beside, beside_cpu) = measure()?;
    Ok(format!("{beside:.1} us, alone {alone:.1} us; server {beside_cpu:.1} us, alone {alone_cpu:.1} us"))
}

fn room(server: &RedisServer) -> Done<String> {
    let store = Store::open(&server.address("bench"))?;
    let first = store.put(0_u64)?;
    let before = info(server, "used_memory")?;
    let _owned = (0..OBJECTS).map(|n| store.put(n)).collect::<Result<Vec<_>, _>>()?;
    let bytes = (info(server, "used_memory")? - before) / OBJECTS as f64;
    drop(first);
    Ok(format!("{bytes:.0} bytes of the server"))
}

fn waits(server: &RedisServer) -> Done<String> {
    let address = server.address("bench");
    let (lender, borrower) = (Store::open(&address)?, Store::open(&address)?);
    let loans = (0..WAITING).map(|n| lender.put(n as u64)?.into_loan()).collect::<Result<Vec<_>, _>>()?;
    let leases = loans.iter().map(|loan| borrower.redeem(loan.ticket()?)).collect::<Result<Vec<_>, _>>()?;
    std::thread::scope(|scope| {
        let waiting: Vec<_> = loans.into_iter().map(|loan| scope.spawn(|| loan.end().map(drop))).collect();
        std::thread::sleep(Duration::from_secs(2));
        let used = idle(server);
        drop(leases);
        for wait in waiting {
            wait.join().map_err(|_| "a wait panicked")??;
        }
        used
    })
}

/// Measures sessions without calls, all in one process.
fn sessions(server: &RedisServer) -> Done<String> {
    let address = server.address("bench");
    let _stores = (0..SESSIONS).map(|_| Store::open(&address)).collect::<Result<Vec<_>, _>>()?;
    idle(server)
}
