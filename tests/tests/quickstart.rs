//! The program that users run first: its counts are right, and it leaves nothing behind. If a signal ends the program,
//! its next run removes what is left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The example's program, and the folder of its stores.
struct Quickstart {
    program: PathBuf,
    stores: tempfile::TempDir,
}

impl Quickstart {
    fn new() -> Self {
        Self { program: ref_tests::examples().join("quickstart"), stores: tempfile::tempdir_in("/dev/shm").unwrap() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("REF_STORE_DIR", self.stores.path());
        command
    }

    fn run(&self, file: Option<&Path>) -> Output {
        let output = self.command().args(file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn left_behind(&self) -> Vec<PathBuf> {
        fs::read_dir(self.stores.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

/// Returns the lines after the heading: the most frequent words, at most ten, each with its count.
fn top_ten(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let (_, counts) = text.split_once("most frequent words:\n").unwrap();
    counts.lines().map(str::to_owned).collect()
}

fn counted_plainly(text: &str) -> Vec<String> {
    let mut counts = BTreeMap::<String, u64>::new();
    let mut word = String::new();
    for letter in text.chars().chain([' ']) {
        if letter.is_alphabetic() {
            word.extend(letter.to_lowercase());
        } else if !word.is_empty() {
            *counts.entry(std::mem::take(&mut word)).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.iter().take(10).map(|(word, count)| format!("{word} {count}")).collect()
}

#[test]
fn its_counts_are_those_of_a_plain_count() {
    let quickstart = Quickstart::new();
    let file = quickstart.stores.path().join("text");
    for text in ["", "one", "Ärger über ärger, ÜBER\nein-zwei ein", &"so much of it, and of it! ".repeat(50_000)] {
        fs::write(&file, text).unwrap();
        assert_eq!(top_ten(&quickstart.run(Some(&file))), counted_plainly(text), "{:.40}", text);
    }
    fs::remove_file(file).unwrap();
    assert_eq!(quickstart.left_behind(), Vec::<PathBuf>::new());
}

#[test]
fn without_a_file_two_other_processes_count_a_megabyte() {
    let quickstart = Quickstart::new();
    let output = quickstart.run(None);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let size = text.split(" bytes of text").next().and_then(|text| text.rsplit(' ').next()).unwrap();
    assert!(size.parse::<usize>().unwrap() >= 1_000_000);
    assert_eq!(top_ten(&output).len(), 10);
    let processes = text.lines().filter_map(|line| line.split("process ").nth(1)?.split(' ').next());
    assert_eq!(processes.collect::<BTreeSet<_>>().len(), 3, "{text}");
    assert_eq!(quickstart.left_behind(), Vec::<PathBuf>::new());
}

#[test]
fn ended_by_a_signal_at_any_moment_it_leaves_nothing_after_the_next_run() {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    let quickstart = Quickstart::new();
    let started = Instant::now();
    quickstart.run(None);
    let whole = started.elapsed();
    for nth in 0..16 {
        let mut child =
            quickstart.command().process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let group = Pid::from_child(&child);
        // The moments are spread over a whole run, however long that is on this machine.
        wait_at_most(&mut child, whole * nth / 16);
        // The signal goes to the whole group, as with Ctrl-C, or to the started process alone. Each process may have
        // ended already.
        let _ended = match nth % 4 {
            0 => kill_process_group(group, Signal::INT),
            1 => kill_process_group(group, Signal::KILL),
            2 => kill_process(group, Signal::INT),
            _ => kill_process(group, Signal::KILL),
        };
        child.wait().unwrap();
        while lives(group) {
            std::thread::yield_now();
        }
        quickstart.run(None);
        assert_eq!(quickstart.left_behind(), Vec::<PathBuf>::new(), "after signal {nth}");
    }
}

/// Waits for the end of `child`, or until `time` is over.
fn wait_at_most(child: &mut Child, time: Duration) {
    let started = Instant::now();
    while started.elapsed() < time && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
}

/// Returns whether a process of the group still runs.
fn lives(group: rustix::process::Pid) -> bool {
    let in_group = |entry: fs::DirEntry| {
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let mut fields = stat.rsplit(')').next()?.split_whitespace();
        let (state, _parent, its_group) = (fields.next()?, fields.next()?, fields.next()?);
        Some(state != "Z" && its_group == group.as_raw_nonzero().to_string())
    };
    fs::read_dir("/proc").unwrap().any(|entry| in_group(entry.unwrap()).unwrap_or(false))
}
