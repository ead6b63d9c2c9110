//! The tables of docs/scale.md, and what was reckoned beside what was measured.

use super::costs::{BASE, Costs, REQUESTS};
use super::points::Points;
use super::simulation::{Load, Outcome, fullest, simulate, workers_within};
use std::fmt::Write as _;
use std::process::Command;

/// The share of the time in which a server may be busy. Above it, requests wait for each other.
const ROOM: f64 = 0.7;
/// Calls of these seconds.
const CALLS: [f64; 5] = [0.01, 0.1, 1.0, 10.0, 60.0];
const WORKERS: [usize; 4] = [10, 100, 1000, 10_000];
const OBJECTS: [usize; 3] = [10_000, 100_000, 1_000_000];
const SERVERS: [usize; 5] = [1, 2, 4, 8, 16];
const IDLE: [f64; 5] = [0.0, 500.0, 2000.0, 8000.0, 10_000.0];
/// By how many times a reckoned figure may differ from the measured one, above or below.
const MOST: f64 = 2.0;
/// What etcd's own page on its performance says of three servers of version 3.2: writes in a second of one client and of
/// 1,000, and the seconds that each takes.
const CONSENSUS_WRITES: [f64; 2] = [583.0, 50_104.0];
const CONSENSUS_TIMES: [f64; 2] = [0.0016, 0.020];

type Table = (&'static str, String);

pub(crate) fn all(costs: &Costs, points: &Points) -> Result<Vec<Table>, String> {
    Ok(vec![
        ("limits", limits(costs)),
        ("load", load(costs)),
        ("idle", idle(costs)),
        ("members", members(costs)),
        ("objects", objects(costs)),
        ("servers", servers(costs)),
        ("consensus", consensus(costs)),
        ("costs", acts(costs)),
        ("check", check(costs, points)?),
    ])
}

fn table(columns: &[&str]) -> String {
    format!("| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()))
}

fn row(table: &mut String, cells: &[String]) {
    let _ = writeln!(table, "| {} |", cells.join(" | "));
}

/// Returns a number with at most two digits that count, and commas between thousands.
fn rough(number: f64) -> String {
    let digits = if number >= 1.0 { number.log10().floor() as i32 } else { 0 };
    let unit = 10_f64.powi((digits - 1).max(0));
    let rounded = ((number / unit).round() * unit) as u64;
    let text = rounded.to_string();
    let groups: Vec<&str> =
        text.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    groups.join(",")
}

fn percent(share: f64) -> String {
    if share < 0.1 { format!("{:.1} %", share * 100.0) } else { format!("{:.0} %", share * 100.0) }
}

fn time(seconds: f64) -> String {
    match seconds {
        _ if seconds < 0.001 => format!("{:.0} us", seconds * 1e6),
        _ if seconds < 0.01 => format!("{:.1} ms", seconds * 1e3),
        _ if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{seconds:.0} s"),
    }
}

fn bytes(bytes: f64) -> String {
    match bytes {
        _ if bytes < 1024.0 => format!("{bytes:.0} B"),
        _ if bytes < 1_048_576.0 => format!("{:.0} KiB", bytes / 1024.0),
        _ if bytes < 1_073_741_824.0 => format!("{:.0} MiB", bytes / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes / 1_073_741_824.0),
    }
}

fn within(costs: &Costs, call: f64) -> usize {
    workers_within(costs, call, ROOM, 20_000)
}

fn simulated(costs: &Costs, workers: usize, call: f64) -> Outcome {
    simulate(costs, &Load { workers, call, time: 10.0, seed: 1 })
}

fn limits(costs: &Costs) -> String {
    let mut text = table(&[
        "a call takes",
        "workers at one server, at most",
        "calls a second",
        "of the requests, looks and renewals",
    ]);
    for call in CALLS {
        let workers = within(costs, call);
        let outcome = simulated(costs, workers, call);
        let renewals = 1.0 - outcome.calls * REQUESTS / outcome.requests;
        row(&mut text, &[time(call), rough(workers as f64), rough(outcome.calls), percent(renewals.max(0.0))]);
    }
    text
}

fn load(costs: &Costs) -> String {
    let heads = CALLS.map(|call| format!("calls of {}", time(call)));
    let mut text = table(&[&["workers"], &heads.each_ref().map(String::as_str)[..]].concat());
    for workers in WORKERS {
        let cells = CALLS.map(|call| {
            let outcome = simulated(costs, workers, call);
            let working = outcome.calls * call / workers as f64;
            let share = if outcome.busy >= 1.0 { "**full**".to_owned() } else { percent(outcome.busy) };
            // Of long calls, too few end in the simulated time.
            let is_short = call < 5.0;
            if is_short { format!("{share}, {} work", percent(working.min(1.0))) } else { share }
        });
        row(&mut text, &[&[rough(workers as f64)], &cells[..]].concat());
    }
    text
}

fn idle(costs: &Costs) -> String {
    let mut text = table(&["workers that wait", "the server's time for a call", "calls a second, at most"]);
    for waiting in IDLE {
        let call = REQUESTS * costs.call.hot + costs.search(waiting);
        let room = ROOM - waiting * costs.idle_rate * costs.renewal.hot;
        row(&mut text, &[rough(waiting), time(call), rough(room.max(0.0) / call)]);
    }
    text
}

fn members(costs: &Costs) -> String {
    let mut text = table(&[
        "",
        "connections",
        "memory of the server",
        "requests a second, idle",
        "in long calls",
        "processor, idle",
        "in long calls",
    ]);
    for workers in WORKERS {
        let count = workers as f64;
        let busy = |seconds: f64| {
            let share = count * seconds;
            if share >= 1.0 { format!("{share:.1} cores") } else { percent(share) }
        };
        row(
            &mut text,
            &[
                format!("{} workers", rough(count)),
                rough(count * costs.worker_clients),
                bytes(count * costs.worker_memory),
                rough(count * costs.idle_rate),
                rough(count * costs.busy_rate),
                busy(costs.idle_rate * costs.renewal.hot),
                busy(costs.idle_rate * costs.renewal.hot + (costs.busy_rate - costs.idle_rate) * costs.look.hot),
            ],
        );
    }
    for sessions in WORKERS {
        let count = sessions as f64;
        row(
            &mut text,
            &[
                format!("{} processes with a session", rough(count)),
                rough(count * costs.session_clients),
                bytes(count * costs.session_memory),
                rough(count * costs.session_rate),
                String::new(),
                percent(count * costs.session_rate * costs.session.hot),
                String::new(),
            ],
        );
    }
    text
}

fn objects(costs: &Costs) -> String {
    let mut text =
        table(&["objects", "memory, of 100 B", "of 10 KiB", "to put them, the server's time", "to drop them"]);
    for objects in OBJECTS {
        let count = objects as f64;
        let longer = costs.object_memory + 10.0 * 1024.0 - 100.0;
        row(
            &mut text,
            &[
                rough(count),
                bytes(count * costs.object_memory),
                bytes(count * longer),
                time(count * costs.put),
                time(count * costs.drop),
            ],
        );
    }
    text
}

fn servers(costs: &Costs) -> String {
    let mut text = table(&[
        "servers",
        "of 10^6 objects, the fullest has",
        "its memory, of 100 B",
        "puts a second",
        "borrows a second",
        "workers, calls of 100 ms",
        "calls of 10 s",
    ]);
    let (short, long) = (within(costs, 0.1), within(costs, 10.0));
    for servers in SERVERS {
        let (count, share) = (servers as f64, fullest(servers, 1_000_000, 1));
        row(
            &mut text,
            &[
                servers.to_string(),
                format!("{:.1} %", share * 100.0),
                bytes(share * 1e6 * costs.object_memory),
                rough(ROOM / costs.put / share),
                rough(ROOM / costs.lend / share),
                rough(count * short as f64),
                rough(count * long as f64),
            ],
        );
    }
    text
}

fn consensus(costs: &Costs) -> String {
    let mut text = table(&[
        "act",
        "writes",
        "acts a second, one server here",
        "etcd, of 1,000 clients",
        "an act of one client here",
        "at etcd, of one",
        "of 1,000",
    ]);
    let acts = [
        ("put an object", 1.0, costs.put, Some(costs.put_time)),
        ("lend it, borrow it, give it back", 4.0, costs.lend, Some(costs.lend_time)),
        ("a call: queued, begun, answered", 3.0, REQUESTS * costs.call.hot, None),
    ];
    for (act, writes, processor, took) in acts {
        row(
            &mut text,
            &[
                act.to_owned(),
                format!("{writes}"),
                rough(1.0 / processor),
                rough(CONSENSUS_WRITES[1] / writes),
                took.map(time).unwrap_or_default(),
                time(writes * CONSENSUS_TIMES[0]),
                time(writes * CONSENSUS_TIMES[1]),
            ],
        );
    }
    text
}

fn acts(costs: &Costs) -> String {
    let mut text = table(&["act", "the server's time, one after the other", "alone"]);
    let request = |cost: super::costs::RequestCost, times: f64| [time(times * cost.hot), time(times * cost.cold)];
    let acts = [
        ("a call: four requests", request(costs.call, REQUESTS)),
        ("a worker's renewal", request(costs.renewal, 1.0)),
        ("a worker's look at its call", request(costs.look, 1.0)),
        ("a session's renewal", request(costs.session, 1.0)),
        ("put 100 B", [time(costs.put), String::new()]),
        ("lend, borrow, give back", [time(costs.lend), String::new()]),
        ("drop", [time(costs.drop), String::new()]),
    ];
    for (act, [hot, cold]) in acts {
        row(&mut text, &[act.to_owned(), hot, cold]);
    }
    text
}

/// A figure that was reckoned, and the same one as it was measured.
struct Reckoned {
    what: String,
    reckoned: f64,
    measured: f64,
    shown: fn(f64) -> String,
}

/// Returns what is reckoned from the points of [`BASE`] workers, and from slopes, for other numbers of workers.
fn pairs(costs: &Costs, points: &Points) -> Result<Vec<Reckoned>, String> {
    let mut pairs = Vec::new();
    let mut add = |what: String, reckoned, measured, shown| pairs.push(Reckoned { what, reckoned, measured, shown });
    for point in points.all("busy").into_iter().filter(|point| point.count != BASE as f64) {
        let [idle, calls] = ["idle", "calls"].map(|name| points.with(name, point.count as usize));
        let (idle, calls, count) = (idle?, calls?, point.count);
        let one: fn(f64) -> String = |number| format!("{number:.1}");
        add(format!("{count} idle workers, requests a second"), count * costs.idle_rate, idle.rate(), one);
        let share = costs.rest + count * costs.idle_rate * costs.renewal.cold;
        add(format!("{count} idle workers, processor"), share, idle.busy(), percent);
        let simulated = |call| simulate(costs, &Load { workers: count as usize, call, time: 10.0, seed: 2 });
        let long = simulated(1000.0);
        add(format!("{count} workers in long calls, requests a second"), long.requests, point.rate(), one);
        add(format!("{count} workers in long calls, processor"), long.busy, point.busy(), percent);
        let short = simulated(0.05);
        add(format!("{count} workers, calls of 50 ms, a second"), short.calls, calls.done / calls.time, one);
        add(format!("{count} workers, calls of 50 ms, processor"), short.busy, calls.busy(), percent);
    }
    if let [fewer, more] = points.all("put")[..] {
        let memory = fewer.memory / fewer.count * more.count;
        add(format!("{} objects, memory", rough(more.count)), memory, more.memory, bytes);
        let put = fewer.processor / fewer.count * more.count;
        add(format!("{} objects, the server's time to put them", rough(more.count)), put, more.processor, time);
    }
    Ok(pairs)
}

fn check(costs: &Costs, points: &Points) -> Result<String, String> {
    let mut text = table(&["", "reckoned", "measured"]);
    for Reckoned { what, reckoned, measured, shown } in pairs(costs, points)? {
        row(&mut text, &[what, shown(reckoned), shown(measured)]);
    }
    Ok(text)
}

/// Compares what is reckoned with what was measured. The error names each figure that differs by more than [`MOST`].
pub(crate) fn compare(costs: &Costs, points: &Points) -> Result<(), String> {
    let wrong = pairs(costs, points)?.into_iter().filter(|pair| {
        let times = pair.reckoned / pair.measured;
        !(1.0 / MOST..=MOST).contains(&times)
    });
    let wrong: Vec<String> = wrong
        .map(|Reckoned { what, reckoned, measured, shown }| {
            format!("{what}: {} and not {}", shown(reckoned), shown(measured))
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(format!("reckoned is\n  {}", wrong.join("\n  "))) }
}

/// Returns the machine and the server, and the load now.
pub(super) fn machine() -> Result<String, String> {
    let first = |program: &mut Command| -> Result<String, String> {
        let output = program.output().map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let about = std::fs::read_to_string("/proc/cpuinfo").map_err(|error| error.to_string())?;
    let model =
        about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, model)| model);
    let cores = std::thread::available_parallelism().map_err(|error| error.to_string())?;
    let load = std::fs::read_to_string("/proc/loadavg").map_err(|error| error.to_string())?;
    let version = first(Command::new(crate::redis::program()?).arg("--version"))?;
    let redis = version.split("v=").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or("?").to_owned();
    let kernel = first(Command::new("uname").arg("-r"))?;
    Ok(format!(
        "Machine: {}, {cores} cores, Linux {kernel}, Redis {redis} behind a Unix socket,\nload {} at the end of the run.",
        model.unwrap_or("an unknown processor"),
        load.split(' ').next().unwrap_or_default()
    ))
}
