//! `docs/guide-hanging.md`: the program of the page hangs, and each command of the page prints what the page says.

use super::shared_memory;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PAGE: &str = include_str!("../../../docs/guide-hanging.md");

/// The program of the page, until it ends or is killed.
struct Hanging(Child);

impl Drop for Hanging {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _waited_already = self.0.wait();
    }
}

/// Returns the commands of the page, each with the lines behind it.
fn commands() -> Vec<(&'static str, Vec<&'static str>)> {
    let blocks = PAGE.split("```console\n").skip(1).map(|block| block.split("```").next().unwrap());
    let mut commands = Vec::new();
    for line in blocks.flat_map(str::lines) {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command, Vec::new())),
            None => commands.last_mut().unwrap().1.push(line),
        }
    }
    commands
}

/// Returns the lines without what differs from run to run: numbers, but for those of objects and lines of code, units of
/// times, spaces, the host, the folder of the stores, and whether the owner is asleep or awake while it waits.
fn unchanging(text: &str) -> Vec<String> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let mut lines = Vec::new();
    let text = text.replace(&*shared_memory().to_string_lossy(), "/dev/shm/ref-0").replace(", waited for", "");
    for line in text.lines().filter(|line| !line.starts_with("waits ")) {
        let mut plain = String::new();
        for word in line.split_whitespace() {
            let core = word.trim_end_matches([',', ':', ';']);
            let is_number = core.chars().all(|letter| letter.is_ascii_digit() || letter == '.') && !core.is_empty();
            let is_unit = matches!(core, "us" | "ms" | "s" | "m" | "h") && plain.ends_with("N ");
            match core {
                _ if is_number => plain.push('N'),
                _ if is_unit => plain.push_str("TIME"),
                _ if core == host.trim() => plain.push_str("lab"),
                _ => match core.split_once('/').filter(|(_, pid)| pid.chars().all(|letter| letter.is_ascii_digit())) {
                    Some((program, _)) => plain.push_str(&format!("{program}/N")),
                    None => plain.push_str(core),
                },
            }
            plain.push_str(&word[core.len()..]);
            plain.push(' ');
        }
        lines.push(plain.trim_end().to_owned());
    }
    lines
}

fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("REF_STORE_DIR", shared_memory()).current_dir(folder).stdin(Stdio::null());
    command
}

/// Returns what `ref` prints, on standard output or as its error.
fn printed(arguments: &[&str], folder: &Path) -> String {
    let output = command(env!("CARGO_BIN_EXE_ref"), folder).args(arguments).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn the_page_of_a_program_that_hangs_says_what_the_commands_print() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_ref")).with_file_name("examples").join("hang");
    assert!(program.exists(), "`cargo build --package ref-cli --examples` builds it");
    let clone = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut hanging = command(program.to_str().unwrap(), &clone);
    let hanging = hanging.env("REF_RECORD", folder.path().join("run")).stdout(Stdio::piped()).spawn().unwrap();
    let mut hanging = Hanging(hanging);
    let reader = loop {
        let listed = printed(&["ls", "shm://lab", "--json"], folder.path());
        let listed = serde_json::from_str::<serde_json::Value>(&listed).unwrap_or_default();
        if listed["objects"][0]["state"] == "closing" {
            break listed["objects"][0]["holders"][0]["pid"].to_string();
        }
    };
    let mut count = 0;
    for (line, said) in commands() {
        let words: Vec<_> = line.split_whitespace().collect();
        let printed = match words[..] {
            ["REF_RECORD=run", ..] => continue,
            ["kill", _] => {
                assert!(Command::new("kill").arg(&reader).status().unwrap().success());
                let mut text = String::new();
                hanging.0.stdout.take().unwrap().read_to_string(&mut text).unwrap();
                text
            }
            ["ref", ref arguments @ ..] => printed(arguments, folder.path()),
            _ => panic!("`{line}` is not run"),
        };
        assert_eq!(unchanging(&printed), unchanging(&said.join("\n")), "$ {line}\n{printed}");
        count += 1;
    }
    assert!(count > 5, "the commands were not found");
    assert!(PAGE.contains(include_str!("../../examples/hang.rs").split_once("fn main").unwrap().1), "the program");
}
