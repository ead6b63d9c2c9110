//! Processes that open, use and close one store again and again, and processes that make one store at the same instant.

use ref_core::Store;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _, stdin, stdout};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many processes open one store again and again.
const OPENERS: u64 = 6;
/// How many processes make one store at the same instant.
const MAKERS: usize = 12;

type Done<T> = Result<T, Box<dyn Error>>;

/// Does the work of a process that opens a store repeatedly (`open ADDRESS TIMES`), or of one that makes stores on
/// demand (`make`).
///
/// # Errors
/// If the arguments are not those of either process, a line of the input cannot be read or understood, or the output
/// fails.
pub fn obey(arguments: &[String]) -> Done<()> {
    match arguments {
        [order, address, times] if order == "open" => open_and_leave(address, times.parse()?),
        [order] if order == "make" => make_on_demand(),
        _ => Err("opens open ADDRESS TIMES | make".into()),
    }
}

fn use_once(address: &str) -> Result<(), ref_core::Error> {
    Store::open(address)?.put(1_u64)?.remove()
}

fn open_and_leave(address: &str, times: u64) -> Done<()> {
    for _ in 0..times {
        if let Err(error) = use_once(address) {
            println!("{error:?}");
        }
    }
    Ok(())
}

/// Reads lines with a time of the wall clock, in nanoseconds, and an address. At that time, makes and uses the store at
/// that address, and then writes `ok` or the error.
fn make_on_demand() -> Done<()> {
    for line in stdin().lines() {
        let line = line?;
        let (at, address) = line.split_once(' ').ok_or("a time and an address")?;
        let at = UNIX_EPOCH + Duration::from_nanos(at.parse()?);
        while SystemTime::now() < at {
            std::hint::spin_loop();
        }
        match use_once(address) {
            Ok(()) => println!("ok"),
            Err(error) => println!("{error:?}"),
        }
        stdout().flush()?;
    }
    Ok(())
}

/// Starts `OPENERS` processes, which open the store `opens` times in all, rounded up to a multiple of `OPENERS`.
/// Returns the failures.
///
/// # Errors
/// If a process cannot be started, or its output cannot be read.
pub fn openers(program: &Path, base: Option<&Path>, address: &str, opens: u64) -> Done<Vec<String>> {
    let start = |_| {
        let mut opener = command(program, base);
        opener.args(["open", address, &opens.div_ceil(OPENERS).to_string()]).stdout(Stdio::piped()).spawn()
    };
    let openers = (0..OPENERS).map(start).collect::<Result<Vec<_>, _>>()?;
    let mut failures = Vec::new();
    for opener in openers {
        let output = opener.wait_with_output()?;
        failures.extend(String::from_utf8(output.stdout)?.lines().map(str::to_owned));
        if !output.status.success() {
            failures.push(format!("an opener ended with {}", output.status));
        }
    }
    Ok(failures)
}

/// Starts `MAKERS` processes. In each of `rounds` rounds, all of them make one store at the same instant, at the
/// address that `name` returns for the round. Returns the failures.
///
/// # Errors
/// If a process cannot be started, or ends before it has answered in every round.
pub fn makers(program: &Path, base: Option<&Path>, rounds: u64, name: impl Fn(u64) -> String) -> Done<Vec<String>> {
    let mut makers = (0..MAKERS).map(|_| Maker::start(program, base)).collect::<Done<Vec<_>>>()?;
    let mut failures = Vec::new();
    for round in 0..rounds {
        let at = (SystemTime::now() + Duration::from_millis(1)).duration_since(UNIX_EPOCH)?.as_nanos();
        for maker in &mut makers {
            writeln!(maker.orders, "{at} {}", name(round))?;
        }
        for maker in &mut makers {
            let answer = maker.answer()?;
            if answer != "ok" {
                failures.push(format!("round {round}: {answer}"));
            }
        }
    }
    for Maker { mut process, orders, .. } in makers {
        drop(orders);
        process.wait()?;
    }
    Ok(failures)
}

struct Maker {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Maker {
    fn start(program: &Path, base: Option<&Path>) -> Done<Self> {
        let mut process = command(program, base).arg("make").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = process.stdin.take().ok_or("its input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("its output")?);
        Ok(Self { process, orders, answers })
    }

    fn answer(&mut self) -> Done<String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line)? {
            0 => Err("a maker ended".into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}

fn command(program: &Path, base: Option<&Path>) -> Command {
    let mut command = Command::new(program);
    match base {
        Some(base) => command.env("REF_STORE_DIR", base),
        None => command.env_remove("REF_STORE_DIR"),
    };
    command
}
