//! What workers, sessions and objects ask of a server: requests, its processor, connections and memory.
//!
//! Each line that is printed is a point: a name, and figures as `name=value`. `cargo xtask scale` reads them.

use crate::{Done, Joined, connect, pool_in, slept};
use redis::ConnectionLike as _;
use ref_core::{Owned, Store, Workers};
use ref_tests::RedisServer;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How many worker processes, and how many processes with a session, are measured.
const PROCESSES: [usize; 3] = [2, 8, 32];
/// How many connections wait as idle workers do, and how many of them at the queue. A tenth of them, or all of few, get an
/// entry each.
const WAITING: [usize; 4] = [0, 500, 2000, 8000];
const ADMITTED: usize = 32;
/// How long a server is watched.
const WATCHED: Duration = Duration::from_secs(10);
/// How long each of many calls takes.
const CALL: Duration = Duration::from_millis(50);
/// How many calls that do nothing are made, and how often a renewal or a look is repeated.
const REPEATED: usize = 20_000;
/// How many worker processes run the calls that do nothing.
const HASTY: usize = 8;
/// The bytes of an object's value.
const VALUE: usize = 100;

pub(crate) fn all(objects: usize) -> Done {
    let server = RedisServer::start();
    let mut watch = Watch::of(&server)?;
    watch.rest(WATCHED)?.print("empty", 0);
    drop(server);
    PROCESSES.into_iter().try_for_each(of_workers)?;
    of_hasty_calls()?;
    PROCESSES.into_iter().try_for_each(of_sessions)?;
    WAITING.into_iter().try_for_each(of_waiting)?;
    [objects / 10, objects].into_iter().try_for_each(of_objects)
}

/// What a server has done in some time.
#[derive(Clone, Copy)]
struct Work {
    /// In seconds.
    time: f64,
    /// Reads from its connections: one is a request, or some that came together.
    reads: f64,
    /// Seconds of its processor.
    processor: f64,
    clients: f64,
    /// Bytes that came to its memory.
    memory: f64,
}

impl Work {
    fn print(self, name: &str, count: usize) {
        self.print_with(name, count, 0.0);
    }

    /// `done` is how many calls or steps the figures are of.
    fn print_with(self, name: &str, count: usize, done: f64) {
        let Self { time, reads, processor, clients, memory } = self;
        println!(
            "{name} count={count} time={time} reads={reads} processor={processor} clients={clients} memory={memory} \
             done={done}"
        );
    }
}

/// Looks at a server. Its own connection is not counted.
struct Watch {
    connection: redis::Connection,
    began: Instant,
    before: String,
}

impl Watch {
    fn of(server: &RedisServer) -> Done<Self> {
        let mut watch = Self { connection: connect(server)?, began: Instant::now(), before: String::new() };
        watch.begin()?;
        Ok(watch)
    }

    fn begin(&mut self) -> Done {
        (self.before, self.began) = (self.info()?, Instant::now());
        Ok(())
    }

    fn info(&mut self) -> Done<String> {
        Ok(redis::cmd("INFO").query(&mut self.connection)?)
    }

    /// Returns what the server has done since the last `begin`.
    fn since(&mut self) -> Done<Work> {
        let after = self.info()?;
        let grown = |name: &str| field(&after, name) - field(&self.before, name);
        Ok(Work {
            time: self.began.elapsed().as_secs_f64(),
            reads: grown("total_reads_processed") - 1.0,
            processor: grown("used_cpu_user") + grown("used_cpu_sys"),
            clients: field(&after, "connected_clients") - 1.0,
            memory: grown("used_memory"),
        })
    }

    /// Returns what the server does in that time, while this process does nothing.
    fn rest(&mut self, time: Duration) -> Done<Work> {
        self.begin()?;
        std::thread::sleep(time);
        self.since()
    }

    /// Waits until a process calls that function of the server, and repeats the request without a rest.
    fn repeat(&mut self, server: &RedisServer, function: &str, name: &str, count: usize) -> Done {
        let request = next_call_of(function, server)?;
        let packed = request.get_packed_command();
        self.begin()?;
        for _ in 0..REPEATED {
            self.connection.req_packed_command(&packed)?;
        }
        self.since()?.print_with(name, count, REPEATED as f64);
        Ok(())
    }

    /// Waits until the server says a number.
    fn until(&mut self, name: &str, least: usize) -> Done {
        while field(&self.info()?, name) < least as f64 {
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

/// Returns the next call of that function that a process sends to the server, as the server tells it to a monitor.
fn next_call_of(function: &str, server: &RedisServer) -> Done<redis::Cmd> {
    let mut monitor = std::os::unix::net::UnixStream::connect(server.socket())?;
    monitor.write_all(b"MONITOR\r\n")?;
    for line in BufReader::new(monitor).lines() {
        // After the time and the client, the words stand between quotes, with nothing to be escaped.
        let line = line?;
        let words: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        if let ["FCALL", arguments @ ..] = &words[..]
            && arguments[0].ends_with(function)
        {
            let mut request = redis::cmd("FCALL");
            request.arg(arguments);
            return Ok(request);
        }
    }
    Err("the server has ended".into())
}

fn field(info: &str, name: &str) -> f64 {
    let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0.0)
}

fn of_workers(count: usize) -> Done {
    let server = RedisServer::start();
    let (pool, mut watch) = (pool_in(&server), Watch::of(&server)?);
    let _joined = (0..count).map(|_| Joined::start(&pool)).collect::<Done<Vec<_>>>()?;
    watch.until("blocked_clients", count)?;
    let memory = watch.since()?.memory;
    let idle = watch.rest(WATCHED)?;
    Work { memory, ..idle }.print("idle", count);
    watch.repeat(&server, "_pool_beat", "renewal of a worker", count)?;

    let workers = Workers::on(&pool)?;
    workers.scope(|s| {
        let longer = 2 * WATCHED.as_millis() as u64;
        let runs = (0..count).map(|_| slept::spawn(s, longer)).collect::<ref_core::Result<Vec<_>>>()?;
        while workers.stats().running < count {
            std::thread::sleep(Duration::from_millis(50));
        }
        let busy = watch.rest(WATCHED).and_then(|busy| {
            busy.print("busy", count);
            watch.repeat(&server, "_pool_look", "look of a worker", count)
        });
        runs.into_iter().try_for_each(|run| run.join())?;
        Ok(busy)
    })??;

    let calls = count * WATCHED.div_duration_f64(CALL) as usize;
    watch.begin()?;
    workers.scope(|s| {
        let all = slept::map(s, (0..calls).map(|_| CALL.as_millis() as u64)).in_flight(4 * count);
        all.unordered().try_for_each(|(_, returned)| returned)
    })?;
    watch.since()?.print_with("calls", count, calls as f64);
    Ok(())
}

/// Has workers run calls that sleep for no time, as fast as they can. So the server has no rest between requests.
fn of_hasty_calls() -> Done {
    let server = RedisServer::start();
    let (pool, mut watch) = (pool_in(&server), Watch::of(&server)?);
    let _joined = (0..HASTY).map(|_| Joined::start(&pool)).collect::<Done<Vec<_>>>()?;
    watch.until("blocked_clients", HASTY)?;
    let workers = Workers::on(&pool)?;
    watch.begin()?;
    workers.scope(|s| {
        let all = slept::map(s, (0..REPEATED).map(|_| 0)).in_flight(8 * HASTY);
        all.unordered().try_for_each(|(_, returned)| returned)
    })?;
    watch.since()?.print_with("hasty calls", HASTY, REPEATED as f64);
    Ok(())
}

/// Keeps a session open until the standard input is closed.
pub(crate) fn attend(address: &str) -> Done {
    let _store = Store::open(address)?;
    println!("ready");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// A process with a session. It is killed when the value is dropped.
struct Attending(Child);

impl Attending {
    fn start(address: &str) -> Done<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["attend", address]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut attending = Self(command.spawn()?);
        let mut line = String::new();
        BufReader::new(attending.0.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        if line.trim_end() == "ready" { Ok(attending) } else { Err("a process did not begin".into()) }
    }
}

impl Drop for Attending {
    fn drop(&mut self) {
        let _dead = self.0.kill();
        let _waited = self.0.wait();
    }
}

fn of_sessions(count: usize) -> Done {
    let server = RedisServer::start();
    let mut watch = Watch::of(&server)?;
    // The first session loads the functions, which stay.
    drop(Store::open(&server.address("lab"))?);
    watch.begin()?;
    let _attending = (0..count).map(|_| Attending::start(&server.address("lab"))).collect::<Done<Vec<_>>>()?;
    let memory = watch.since()?.memory;
    let idle = watch.rest(WATCHED)?;
    Work { memory, ..idle }.print("session", count);
    watch.repeat(&server, "_renew", "renewal of a session", count)
}

/// Has connections wait as idle workers do, and adds entries. Each entry goes to one connection at the queue, which waits
/// no more: its admission goes to another connection.
fn of_waiting(count: usize) -> Done {
    let server = RedisServer::start();
    let mut watch = Watch::of(&server)?;
    let mut ask = |words: &[&str]| redis::cmd(words[0]).arg(&words[1..]).exec(&mut watch.connection);
    ask(&["XGROUP", "CREATE", "queue", "w", "0", "MKSTREAM"])?;
    watch.begin()?;
    let _waiting = (0..count).map(|nth| waiting(&server, nth)).collect::<Done<Vec<_>>>()?;
    watch.until("blocked_clients", count)?;
    let memory = watch.since()?.memory;
    let entries = (count / 10).max(100);
    watch.begin()?;
    for _ in 0..entries {
        redis::cmd("XADD").arg(&["queue", "*", "n", "1"]).exec(&mut watch.connection)?;
        if count > ADMITTED {
            redis::cmd("RPUSH").arg(&["admissions", ""]).exec(&mut watch.connection)?;
        }
    }
    Work { memory, ..watch.since()? }.print_with("waiting", count, entries as f64);
    Ok(())
}

fn waiting(server: &RedisServer, nth: usize) -> Done<std::os::unix::net::UnixStream> {
    let mut connection = std::os::unix::net::UnixStream::connect(server.socket())?;
    let mut requests = redis::pipe();
    if nth >= ADMITTED {
        requests.cmd("BLPOP").arg(&["admissions", "0"]);
    }
    let worker = format!("worker-{nth}");
    requests.cmd("XREADGROUP").arg(&["GROUP", "w", &worker, "COUNT", "1", "BLOCK", "0", "STREAMS", "queue", ">"]);
    connection.write_all(&requests.get_packed_pipeline())?;
    Ok(connection)
}

/// Puts objects, has another session borrow some, and drops all.
fn of_objects(count: usize) -> Done {
    let server = RedisServer::start();
    let (store, other) = (Store::open(&server.address("lab"))?, Store::open(&server.address("lab"))?);
    let mut watch = Watch::of(&server)?;
    let value = vec![7_u8; VALUE];
    watch.begin()?;
    let owned = (0..count).map(|_| store.put(value.clone())).collect::<ref_core::Result<Vec<Owned<_>>>>()?;
    watch.since()?.print_with("put", count, count as f64);
    let borrows = count / 10;
    watch.begin()?;
    for owned in &owned[..borrows] {
        let loan = owned.lend()?;
        other.redeem(loan.ticket()?)?.borrow()?;
    }
    watch.since()?.print_with("lend", count, borrows as f64);
    watch.begin()?;
    drop(owned);
    // Drops are not waited for. The reply to a request of the same session comes after them.
    drop(store.put(0_u64)?);
    watch.since()?.print_with("drop", count, count as f64);
    Ok(())
}
