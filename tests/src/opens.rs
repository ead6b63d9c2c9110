//! Processes that open, use and close one store again and again, and processes that make one store at the same instant.

use ref_core::Store;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _, stdin, stdout};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many processes open one store all the time.
const OPENERS: u64 = 6;
/// How many processes make one store at the same instant.
const MAKERS: usize = 12;

type Done<T> = Result<T, Box<dyn Error>>;

/// Does the work of one of these processes: opens a store repeatedly (`open`), or makes stores on demand (`make`).
///
/// # Errors
/// If the arguments name none of these processes, or a line of the input or the output fails.
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

/// Each line of input is a time of the wall clock, in nanoseconds, and an address: at that time the process makes and
/// uses the store at the address.
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

/// Starts several processes, which open the store `opens` times in all. Returns the failures.
///
/// # Errors
/// If a process cannot be started.
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

/// Starts several processes, which make a store at the same instant in each of `rounds` rounds. Returns the failures.
/// `name` returns the address of a round's store.
///
/// # Errors
/// If a process cannot be started or ends.
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
