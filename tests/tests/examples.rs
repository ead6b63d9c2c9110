//! The examples: each one runs, prints what its first lines promise, and leaves nothing behind.
//!
//! `quickstart` has its own tests, and `two_terminals` is also run as two processes.

use ref_tests::examples;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the names of the programs in `examples/`.
fn names() -> Vec<String> {
    let files = fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let programs = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let mut names: Vec<_> = programs.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.retain(|name| name != "lib");
    names.sort();
    names
}

/// Returns the output that an example's first lines show.
fn expected(name: &str) -> String {
    let text = fs::read_to_string(root().join("examples").join(format!("{name}.rs"))).unwrap();
    let head =
        text.lines().map_while(|line| line.strip_prefix("//!")).map(|line| line.strip_prefix(' ').unwrap_or(line));
    let run = head.skip_while(|line| *line != "```console").skip(1).take_while(|line| *line != "```");
    let mut run: Vec<_> = run.collect();
    assert!(!run.is_empty(), "{name} does not show a run in its first lines");
    assert_eq!(run.remove(0), format!("$ cargo run --example {name}"));
    run.join("\n")
}

#[test]
fn every_example_is_known_to_cargo() {
    let manifest = fs::read_to_string(root().join("examples/Cargo.toml")).unwrap();
    for name in names() {
        assert!(manifest.contains(&format!("path = \"{name}.rs\"")), "examples/Cargo.toml does not have {name}");
    }
}

#[test]
fn every_example_says_what_it_says_that_it_says() {
    let folder = examples();
    for name in names().into_iter().filter(|name| name != "quickstart") {
        let stores = tempfile::tempdir_in("/dev/shm").unwrap();
        let output = Command::new(folder.join(&name)).env("REF_STORE_DIR", stores.path()).output().unwrap();
        let (said, complained) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name} ended with {}: {complained}", output.status);
        assert_eq!(said.trim_end(), expected(&name), "{name}");
        assert_eq!(fs::read_dir(stores.path()).unwrap().count(), 0, "{name} leaves a store behind");
    }
}

/// Two programs that were started independently share a list by one line of text.
#[test]
fn two_terminals_share_a_list() {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let program = examples().join("two_terminals");
    let stores = tempfile::tempdir_in("/dev/shm").unwrap();
    let terminal = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).env("REF_STORE_DIR", stores.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut lender = terminal(&["shm://list"]);
    let mut said = BufReader::new(lender.stdout.take().unwrap()).lines().map(Result::unwrap);
    let ticket = said.find(|line| line.starts_with("ref-exclusive-")).unwrap();

    let borrow = || {
        let mut borrower = terminal(&["shm://list", "borrow"]);
        writeln!(borrower.stdin.take().unwrap(), "{ticket}").unwrap();
        let mut said = String::new();
        borrower.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        (borrower.wait().unwrap().success(), said)
    };
    assert_eq!(borrow(), (true, "the borrower has added: milk\n".to_owned()));
    assert_eq!(borrow(), (false, String::new()), "the ticket was good twice");

    writeln!(lender.stdin.take().unwrap()).unwrap();
    let last = said.last().unwrap();
    assert!(last.starts_with("the lender got it back, with token ") && last.ends_with("bread, milk"), "{last}");
    assert!(lender.wait().unwrap().success());
    assert_eq!(fs::read_dir(stores.path()).unwrap().count(), 0);
}

#[test]
fn a_lesson_fits_on_a_page() {
    for name in names().into_iter().filter(|name| name.starts_with("lessons_")) {
        let text = fs::read_to_string(root().join("examples").join(format!("{name}.rs"))).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with("//!")).count();
        assert!(lines <= 60, "{name} has {lines} lines after its head");
    }
}

/// `clean` prints what it recovered, and fails for a store that cannot be opened.
#[test]
fn clean_says_what_it_recovered() {
    let program = examples().join("clean");
    let scene = ref_tests::Scene::new();
    let clean =
        |address: &str| Command::new(&program).arg(address).env("REF_STORE_DIR", scene.base()).output().unwrap();
    let (mut dead, mut alive) = (scene.actor(), scene.actor());
    dead.ask("put a 1 100").ok();
    alive.ask("put b 1 100").ok();
    dead.kill();
    let output = clean("shm://scene");
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("sessions: 2, objects: 1, bytes: "), "{said}");
    assert_eq!(scene.versions(), 1);
    assert!(!clean("shm://../scene").status.success());
}

/// `metrics` writes what Prometheus reads: for each metric its help, its type and then the samples of all stores.
#[test]
fn metrics_are_in_the_text_format_of_prometheus() {
    let scene = ref_tests::Scene::new();
    let store = scene.store();
    let (lent, mut exclusive) = (store.put(1_u64).unwrap(), store.put(2_u64).unwrap());
    let (_shared, _loan) = (lent.lend().unwrap(), exclusive.lend_mut().unwrap());
    let _kept = store.put(3_u64).unwrap().detach().unwrap();
    let _sent = store.put(4_u64).unwrap().into_ticket().unwrap();
    let other = format!("file:{}", scene.base().join("a \"quoted\" \\ name").display());
    let program = examples().join("metrics");
    let written = Command::new(program).args(["shm://scene", &other]).env("REF_STORE_DIR", scene.base()).output();
    let written = written.unwrap();
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let text = String::from_utf8(written.stdout).unwrap();
    let mut lines = text.lines().peekable();
    let mut metrics = 0;
    while let Some(help) = lines.next() {
        let (name, sentence) = help.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')).unwrap();
        assert!(name.strip_prefix("ref_").unwrap().chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'));
        assert!(sentence.ends_with('.') && !sentence.contains('\\'), "{sentence}");
        assert_eq!(lines.next(), Some(&*format!("# TYPE {name} gauge")));
        let label = other.replace('\\', "\\\\").replace('"', "\\\"");
        for store in ["shm://scene", &label] {
            let sample = lines.next().unwrap();
            let number = sample.strip_prefix(&format!("{name}{{store=\"{store}\"}} "));
            assert!(number.is_some_and(|number| number.parse::<u64>().is_ok()), "{sample}");
        }
        metrics += 1;
    }
    assert_eq!(metrics, 9);
    let stats = store.stats().unwrap();
    let (bytes, most) = (stats.bytes, [stats.max_objects.unwrap(), stats.max_sessions.unwrap()]);
    // The program has the store open, too.
    let numbers = [4, 1, 1, 1, 1, 2, bytes, most[0], most[1]];
    let first = text.lines().filter_map(|line| line.split_once("{store=\"shm://scene\"} "));
    assert_eq!(first.map(|(_, number)| number.parse::<u64>().unwrap()).collect::<Vec<_>>(), numbers, "{text}");
}
