//! `ref watch` and `ref top`, which go on while other processes work and are killed.

use super::{Holder, everywhere, in_shared_memory_too, json, refused, said, shared_memory};
use ref_core::Store;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Starts `ref watch`, runs `act` once it watches, and returns its changes, as many as `count`.
fn watched(arguments: &[&str], count: usize, act: impl FnOnce()) -> Vec<serde_json::Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ref"))
        .arg("watch")
        .args(arguments)
        .args(["--json", "--every", "1ms", "--count", &count.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.starts_with("watching "), "{said}");
    act();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), text.lines().count()), (Some(0), count), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn kinds(changes: &[serde_json::Value]) -> Vec<&str> {
    changes.iter().map(|change| change["change"].as_str().unwrap()).collect()
}

#[test]
fn what_a_killed_process_does_is_watched() {
    everywhere(|address, sees_deaths| {
        let store = Store::open(address).unwrap();
        let mut holder = None;
        let made = watched(&[address, "lab/count"], 1, || holder = Some(Holder::start(address)));
        assert_eq!((kinds(&made), &made[0]["format"]), (vec!["made"], &1.into()));
        assert_eq!(made[0]["object"]["name"], "lab/count");
        let all = json(&["ls", address]);
        let objects = all["objects"].as_array().unwrap();
        let lent = objects.iter().find(|object| object["state"] == "lent_exclusively").unwrap()["id"].as_str().unwrap();
        if sees_deaths {
            let dead = watched(&[address, lent], 2, || holder.as_mut().unwrap().kill());
            assert_eq!(kinds(&dead), ["dead", "dead"], "as its owner, and as its borrower");
            assert_eq!(dead[0]["object"]["owner"]["alive"], false);
            let dropped = watched(&[address, lent], 1, || assert!(store.reap().unwrap() > 0));
            assert_eq!((kinds(&dropped), &dropped[0]["object"]["id"]), (vec!["dropped"], &lent.into()));
        }
    });
}

#[test]
fn each_step_of_an_object_is_watched() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let address = format!("file:{}", folder.path().join("store").display());
    let (owner, reader) = (Store::open(&address).unwrap(), Store::open(&address).unwrap());
    let mut owned = owner.put(1_u64).unwrap();
    let id = owned.id().to_string();
    let versions = watched(&[&address, &id], 1, || {
        *owned.borrow_mut().unwrap() = 2;
        owned.flush().unwrap();
    });
    assert_eq!(kinds(&versions), ["version"]);
    let loan = owned.lend().unwrap();
    let mut lease = None;
    let borrowed = watched(&[&address], 1, || lease = Some(reader.redeem(loan.ticket().unwrap()).unwrap()));
    assert_eq!(
        (kinds(&borrowed), &borrowed[0]["object"]["holders"][0]["access"]),
        (vec!["borrowed"], &"borrow".into())
    );
    let returned = watched(&[&address], 1, || drop(lease.take()));
    assert_eq!(kinds(&returned), ["returned"]);
    let ended = watched(&[&address], 1, || drop(loan.end().unwrap()));
    assert_eq!(kinds(&ended), ["ended"]);
    let dropped = watched(&[&address], 1, || drop(owned));
    assert_eq!(kinds(&dropped), ["dropped"]);
    let timed = owner.put_for(1_u64, Duration::from_secs(3600)).unwrap().id().to_string();
    assert!(said(&["ls", &address, "--kept", "0s"]).contains("detached, "), "{}", said(&["ls", &address]));
    assert!(said(&["ls", &address]).contains(" left") && said(&["show", &address, &timed]).contains("time     "));
    assert!(json(&["show", &address, &timed])["object"]["time_left_ms"].as_u64().unwrap() > 0);
    assert!(refused(&["watch", &format!("{address}x")], 1).contains("there is no store"));
}

#[test]
fn a_watch_ends_when_the_store_is_gone() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let address = format!("file:{}", folder.path().join("store").display());
    let _store = Store::open(&address).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ref"))
        .args(["watch", &address, "--every", "1ms"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    said.read_line(&mut text).unwrap();
    std::fs::remove_dir_all(folder.path().join("store")).unwrap();
    said.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(text.starts_with("watching 0 objects\n") && text.contains("error: "), "{text}");
}

/// A pseudo terminal of 150 columns on which `ref top` draws.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    drawn: ChildStdout,
    screen: vt100::Parser,
    _folder: tempfile::TempDir,
}

impl Terminal {
    fn start(address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let command =
            format!("stty rows 30 cols 150; '{}' top '{address}' --every 10ms --held 0s", env!("CARGO_BIN_EXE_ref"));
        let mut child = Command::new("script")
            .args(["-q", "-e", "-c", &command])
            .arg(folder.path().join("typescript"))
            .env("TERM", "xterm")
            .env("REF_STORE_DIR", shared_memory())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (keys, drawn) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, keys, drawn, screen: vt100::Parser::new(30, 150, 0), _folder: folder }
    }

    /// Types `keys`, and reads what is drawn until each of `texts` is on the screen and none of `others`.
    #[track_caller]
    fn shows(&mut self, keys: &str, texts: &[&str], others: &[&str]) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        let mut bytes = [0; 4096];
        loop {
            let shown = self.screen.screen().contents();
            if texts.iter().all(|text| shown.contains(text)) && !others.iter().any(|text| shown.contains(text)) {
                return;
            }
            let count = self.drawn.read(&mut bytes).unwrap();
            assert!(count > 0, "{texts:?} and not {others:?}:\n{shown}");
            self.screen.process(&bytes[..count]);
        }
    }
}

#[test]
fn a_screen_shows_the_objects_and_obeys_keys() {
    in_shared_memory_too(|address, sees_deaths| {
        let mut holder = Holder::start(address);
        let mut terminal = Terminal::start(address);
        let warning = "is borrowed (exclusive) for";
        let all = ["3 of 3 objects", "by age of borrow", "lab/count", "Vec<u64>", "String", "published", warning];
        terminal.shows("", &all, &["(dead)"]);
        // Ids on a server are random. The object that is lent has the most bytes.
        terminal.shows("b", &["by bytes", warning, "held by  "], &[]);
        terminal.shows("r", &["by bytes (reversed)"], &[warning, "held by  "]);
        terminal.shows("\u{1b}[B\u{1b}[B", &["held by  "], &[]);
        terminal.shows("\u{1b}[A", &[], &["held by  "]);
        terminal.shows("i", &["by id (reversed)"], &[]);
        terminal.shows("/LAB", &["filter: LAB_", "1 of 3 objects"], &["Vec<u64>"]);
        terminal.shows("\r", &["filter: LAB", "q leave"], &["LAB_"]);
        terminal.shows("\u{1b}", &["3 of 3 objects", "Vec<u64>"], &["filter: "]);
        holder.kill();
        if sees_deaths {
            terminal.shows("ra", &["(dead)", "by age of borrow"], &["(reversed)"]);
        }
        terminal.keys.write_all(b"q").unwrap();
        terminal.drawn.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
        assert!(refused(&["top", address], 1).contains("`ref ls` lists the objects once"));
    });
}

#[test]
fn each_command_has_a_manual_page() {
    let page = said(&["man"]);
    assert!(page.contains(".TH ref 1") && page.contains("ref\\-dump(1)"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    said(&["man", folder.path().to_str().unwrap()]);
    let pages = std::fs::read_dir(folder.path()).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap());
    let pages: std::collections::BTreeSet<_> = pages.collect();
    for name in ["ref.1", "ref-ls.1", "ref-dump.1", "ref-watch.1", "ref-top.1", "ref-rm.1", "ref-history.1"] {
        assert!(pages.contains(name), "{name}: {pages:?}");
    }
    let page = std::fs::read_to_string(folder.path().join("ref-dump.1")).unwrap();
    assert!(page.contains("\\-\\-most") && page.contains("ref\\-dump"), "{page}");
    assert!(refused(&["man", "/dev/null"], 1).contains("cannot write /dev/null/ref.1"));
}
