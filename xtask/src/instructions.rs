//! `cargo xtask instructions`: counts the instructions of the most frequent acts by callgrind, and compares them with
//! the counts of `benches/instructions/counts.txt`. Unlike times, they are the same on a busy machine. A count is no
//! measure of time: valgrind's processor has no instructions for SHA-256 and for checksums, and others stand in.

use crate::run::{apt, cargo, root, run};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const ACTS: [&str; 8] = [
    "put and drop",
    "change of an owner and flush",
    "lend, redeem, change, commit, end",
    "redeem, read, release",
    "redeem, release",
    "redeem, release, beside another lease",
    "snapshot of a name",
    "borrow at home",
];
/// How often an act is done in the shorter run and in the longer one. What is done once is in both.
const TIMES: [u64; 2] = [1000, 3000];
/// By how many percent a count may be above the kept one.
const MOST_MORE: u64 = 2;

/// Compares, or writes the counts with `--write`.
pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    if run(Command::new("valgrind").arg("--version")).is_err() {
        apt(&["update"])?;
        apt(&["install", "--yes", "valgrind"])?;
    }
    let target = root()?.join("target/instructions");
    let manifest = ["build", "--release", "--manifest-path", "benches/instructions/Cargo.toml", "--target-dir"];
    cargo(&[&manifest[..], &[target.to_str().ok_or("the path is not text")?]].concat(), &[])?;
    let mut counts = format!("{}\n", processor()?);
    for act in ACTS {
        let [less, more] = TIMES.map(|times| count(&target, act, times));
        let each = more?.saturating_sub(less?) / (TIMES[1] - TIMES[0]);
        writeln!(counts, "{each:>6} {act}").map_err(|error| error.to_string())?;
    }
    println!("{counts}");
    let kept = root()?.join("benches/instructions/counts.txt");
    if arguments.iter().any(|argument| argument == "--write") {
        return std::fs::write(&kept, counts).map_err(|error| error.to_string());
    }
    compare(&std::fs::read_to_string(&kept).unwrap_or_default(), &counts)
}

/// Returns on what the counts depend beside the library: the processor, whose functions libc and others choose, and
/// the compiler.
fn processor() -> Result<String, String> {
    let about = std::fs::read_to_string("/proc/cpuinfo").map_err(|error| error.to_string())?;
    let model = about.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let compiler = Command::new("rustc").arg("--version").current_dir(root()?).output();
    let compiler = compiler.map_err(|error| format!("cannot run rustc: {error}"))?.stdout;
    Ok(format!("{}, {}", model.trim_start_matches([':', '\t', ' ']), String::from_utf8_lossy(&compiler).trim()))
}

/// Returns how many instructions the program executes that does the act so many times.
fn count(target: &Path, act: &str, times: u64) -> Result<u64, String> {
    let mut program = Command::new("valgrind");
    let profile = format!("--callgrind-out-file={}", target.join("callgrind.out").display());
    program.args(["--tool=callgrind", &profile]).arg(target.join("release/ref-instructions"));
    let output = program.args([act, &times.to_string()]).output().map_err(|error| format!("{program:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    collected.filter(|_| output.status.success()).ok_or_else(|| format!("{program:?}: {said}"))
}

/// Returns an error if a count has become larger, or is not kept. Counts of another processor or compiler say nothing.
fn compare(kept: &str, counts: &str) -> Result<(), String> {
    if kept.lines().next() != counts.lines().next() {
        println!("the kept counts are of another processor or compiler: {}", kept.lines().next().unwrap_or("none"));
        return Ok(());
    }
    let more: Vec<String> = counts.lines().skip(1).filter_map(|now| grown(kept, now)).collect();
    if more.is_empty() { Ok(()) } else { Err(format!("more instructions than before:\n  {}", more.join("\n  "))) }
}

/// Returns what to say of the count `now`, if it is larger than that of the same act in `kept`.
fn grown(kept: &str, now: &str) -> Option<String> {
    let parts = |line: &str| {
        line.trim().split_once(' ').and_then(|(count, act)| Some((count.parse::<u64>().ok()?, act.to_owned())))
    };
    let (after, act) = parts(now)?;
    match kept.lines().filter_map(parts).find(|(_, kept)| *kept == act) {
        Some((before, _)) if after * 100 <= before * (100 + MOST_MORE) => None,
        Some((before, _)) => Some(format!("{}, and before {before}", now.trim())),
        None => Some(format!("{}, and no count is kept", now.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn a_count_that_grew_is_an_error() {
        let counts = |put: u64| format!("A, rustc 1\n{put:>6} put\n    50 borrow\n");
        assert_eq!(compare(&counts(1000), &counts(1020)), Ok(()));
        assert!(compare(&counts(1000), &counts(1021)).unwrap_err().contains("1021 put, and before 1000"));
        assert_eq!(compare("B, rustc 1\n    10 put\n", &counts(1000)), Ok(()));
        assert_eq!(compare("", &counts(1000)), Ok(()));
        let with_another = format!("{}    20 drop\n", counts(1000));
        assert!(compare(&counts(1000), &with_another).unwrap_err().contains("20 drop, and no count is kept"));
    }
}
