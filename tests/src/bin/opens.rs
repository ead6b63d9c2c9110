//! Opens and makes stores many times, in many processes, and counts the failures. `cargo xtask opens [--opens N]
//! [--rounds N]` runs this program, which is also the program of those processes.

use ref_tests::opens::{makers, obey, openers};
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [opens, rounds] = match &arguments[..] {
        [opens, rounds] if opens.parse::<u64>().is_ok() => [opens.parse()?, rounds.parse()?],
        [order, opens, rounds] if order == "default-base" => [opens.parse()?, rounds.parse()?],
        others => return obey(others),
    };
    let folder = tempfile::Builder::new().prefix("ref-opens-").tempdir_in("/dev/shm")?;
    let base = (arguments.len() == 2).then_some(folder.path());
    let (program, since) = (std::env::current_exe()?, Instant::now());
    let mut failures = openers(&program, base, "shm://opens", opens)?;
    println!("{opens} opens by 6 processes: {} failed, {:.0} s", failures.len(), since.elapsed().as_secs_f64());
    let since = Instant::now();
    let more = makers(&program, base, rounds, |round| format!("shm://round-{round}"))?;
    println!(
        "{rounds} stores made by 12 processes each: {} failures, {:.0} s",
        more.len(),
        since.elapsed().as_secs_f64()
    );
    failures.extend(more);
    failures.iter().take(20).for_each(|failure| println!("{failure}"));
    if failures.is_empty() { Ok(()) } else { Err("opening failed".into()) }
}
