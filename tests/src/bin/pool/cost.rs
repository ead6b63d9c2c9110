//! What a call costs beside a `PING` of the same server, by the same process in the same run.

use crate::{Done, Joined, connect, length, nothing, pool_in, run_this};
use ref_core::Workers;
use ref_tests::RedisServer;
use std::time::{Duration, Instant};

/// The cases take turns, so that other load of the machine affects them alike.
const ROUNDS: u32 = 20;
/// How many bytes the argument of the second case has.
const BYTES: usize = 100;

pub(crate) fn on_one_core_and_on_two(calls: &str) -> Done {
    run_this(&["taskset", "--cpu-list", "0"], &["measure", calls])?;
    run_this(&["taskset", "--cpu-list", "0,1"], &["measure", calls])
}

pub(crate) fn measure(calls: u32) -> Done {
    let server = RedisServer::start();
    let mut connection = connect(&server)?;
    let pool = pool_in(&server);
    let _joined = Joined::start(&pool)?;
    let (workers, here) = (Workers::on(&pool)?, Workers::start(1)?);
    let bytes = [7; BYTES];
    // The first call waits until the worker has joined.
    nothing::call(&workers)?;
    let mut ping = || Ok(redis::cmd("PING").exec(&mut connection)?);
    let mut call = || Ok(nothing::call(&workers)?);
    let mut call_with_bytes = || {
        let length = length::call(&workers, &bytes[..])?;
        if length == BYTES { Ok(()) } else { Err(format!("{length} bytes have come").into()) }
    };
    let mut call_here = || Ok(nothing::call(&here)?);
    let cases: [(&str, &mut dyn FnMut() -> Done); 4] = [
        ("PING", &mut ping),
        ("an empty call", &mut call),
        ("a call with 100 B", &mut call_with_bytes),
        ("an empty call of this host", &mut call_here),
    ];
    let (names, mut acts): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
    let mut times = vec![Vec::new(); acts.len()];
    for _ in 0..ROUNDS {
        for (act, times) in acts.iter_mut().zip(&mut times) {
            for _ in 0..calls / ROUNDS {
                let began = Instant::now();
                act()?;
                times.push(began.elapsed());
            }
        }
    }
    let cores = std::thread::available_parallelism()?;
    println!("{calls} calls on {cores} core(s)");
    let mut of_ping = None;
    for (name, times) in names.iter().zip(&mut times) {
        times.sort_unstable();
        let at = |share: f64| micros(times[((times.len() - 1) as f64 * share) as usize]);
        let ping = *of_ping.get_or_insert(at(0.5));
        println!("{name:<28} {:>7.1} us (90 %: {:.1}), {:.2} PINGs", at(0.5), at(0.9), at(0.5) / ping);
    }
    drop(times);
    requests(&server, &mut || Ok(nothing::call(&workers)?), calls)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Prints the requests and the server's time for a call. Commands that a function runs are counted too.
fn requests(server: &RedisServer, call: &mut dyn FnMut() -> Done, calls: u32) -> Done {
    let mut connection = connect(server)?;
    redis::cmd("CONFIG").arg("RESETSTAT").exec(&mut connection)?;
    let before = info(&mut connection)?;
    for _ in 0..calls {
        call()?;
    }
    let after = info(&mut connection)?;
    let field = |text: &str, name: &str| -> f64 {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.and_then(|value| value.trim().parse().ok()).unwrap_or(0.0)
    };
    let grown = |name: &str| (field(&after, name) - field(&before, name)) / f64::from(calls);
    println!(
        "for a call: {:.2} reads and {:.2} writes of the server, {:.1} us of its processor",
        grown("total_reads_processed"),
        grown("total_writes_processed"),
        (grown("used_cpu_user") + grown("used_cpu_sys")) * 1e6
    );
    let commands = after.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(":calls="));
    let commands = commands.filter_map(|(name, rest)| {
        let count: f64 = rest.split(',').next()?.parse().ok()?;
        let share = count / f64::from(calls);
        let each = rest.split("usec_per_call=").nth(1)?.split(',').next()?;
        (share > 0.01).then(|| format!("{name} {share:.2} of {each} us"))
    });
    println!("commands for a call, those of functions among them: {}", commands.collect::<Vec<_>>().join(", "));
    Ok(())
}

fn info(connection: &mut redis::Connection) -> Done<String> {
    Ok(redis::cmd("INFO").arg("everything").query(connection)?)
}
