//! The command, beside processes that hold objects and are killed, on stores of every kind that several processes reach.
//!
//! A holder is this test's program, which runs `holder` alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod hanging;
mod hostile;
mod lessons;
mod live;

use ref_core::Store;
use ref_test_kit::RedisServer;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Returns the output of the command.
fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ref"));
    command.env("REF_STORE_DIR", shared_memory()).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Returns what the command writes, which has to succeed.
#[track_caller]
fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(output.stderr));
    text(output.stdout)
}

/// Returns why the command fails.
#[track_caller]
fn refused(arguments: &[&str], code: i32) -> String {
    let output = run(arguments);
    assert_eq!((output.status.code(), &*output.stdout), (Some(code), &[][..]), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[track_caller]
fn json(arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&said(&[arguments, &["--json"]].concat())).unwrap()
}

/// A process that has a store open, until it is killed.
struct Holder {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Holder {
    /// Starts a holder, which puts an object, and detaches and publishes two others. Waits until it has done so.
    fn start(address: &str) -> Self {
        Self::recorded(address, Path::new(""))
    }

    /// Starts a holder that records into `folder`, unless the path is empty.
    fn recorded(address: &str, folder: &Path) -> Self {
        Self::of("holder", address, folder)
    }

    /// Starts the test `program` with `record` as `REF_RECORD`.
    fn of(program: &str, address: &str, record: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env("REF_RECORD", record)
            .env("REF_STORE_DIR", shared_memory())
            .args([program, "--exact", "--ignored", "--nocapture"])
            .env("REF_CLI_HOLDER", address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("it holds") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "the holder has ended");
        }
        Self { child, said }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _waited_already = self.child.wait();
    }
}

/// The program of a [`Holder`].
#[test]
#[ignore = "the process that the other tests start"]
fn holder() {
    let Ok(address) = std::env::var("REF_CLI_HOLDER") else { return };
    let store = Store::open(&address).unwrap();
    let mut owned = store.put(vec![1_u64; 1000]).unwrap();
    let loan = owned.lend_mut().unwrap();
    let lease = store.redeem(loan.ticket().unwrap()).unwrap();
    loan.wait(Duration::from_millis(1)).unwrap_err();
    let _key = store.put(String::from("left behind")).unwrap().detach().unwrap();
    store.put(7_u64).unwrap().publish("lab/count").unwrap();
    println!("\nit holds");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    drop((lease, loan));
}

/// Returns the folder of the stores at `shm:` of the processes that this one starts.
fn shared_memory() -> &'static Path {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir_in("/dev/shm").unwrap());
    FOLDER.path()
}

/// Runs `test`, which opens no store in this process, in a new store of each kind that several processes reach.
fn in_shared_memory_too(test: impl Fn(&str, bool)) {
    static STORES: AtomicU32 = AtomicU32::new(0);
    let name = format!("lab-{}", STORES.fetch_add(1, Ordering::Relaxed));
    test(&format!("shm://{name}"), true);
    // A static value is not dropped, so the store is removed here.
    std::fs::remove_dir_all(shared_memory().join(name)).unwrap_or_default();
    everywhere(test);
}

/// Runs `test` in a new store at `file:`, and in one on a Redis server.
fn everywhere(test: impl Fn(&str, bool)) {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    test(&format!("file:{}", folder.path().join("store").display()), true);
    test(&RedisServer::start().address("lab"), false);
}

#[test]
fn a_store_beside_a_killed_process_is_seen_and_cleared_up() {
    in_shared_memory_too(|address, sees_deaths| {
        let mut holder = Holder::start(address);
        let pid = holder.child.id();
        let listed = said(&["ls", address, "--held", "0s", "--kept", "0s"]);
        for text in ["Vec<u64>", "lent exclusively", "detached", "lab/count", "published", &format!("/{pid}")] {
            assert!(listed.contains(text), "{text}: {listed}");
        }
        assert!(
            listed.contains("warning: #") && listed.contains("command/main.rs:") && !listed.contains('\u{1b}'),
            "{listed}"
        );

        let all = json(&["ls", address]);
        assert_eq!((&all["format"], all["objects"].as_array().unwrap().len()), (&1.into(), 3));
        let lent = all["objects"].as_array().unwrap().iter().find(|object| object["type"] == "Vec<u64>").unwrap();
        assert_eq!(
            (&lent["state"], &lent["owner"]["pid"], &lent["holders"][0]["access"]),
            (&"lent_exclusively".into(), &pid.into(), &"borrow_mut".into())
        );
        let id = lent["id"].as_str().unwrap();
        let shown = said(&["show", address, id]);
        assert!(shown.contains("owner") && shown.contains("held by") && shown.contains("command/main.rs:"), "{shown}");
        let why = said(&["why", address, id]);
        for text in ["is not free: it is borrowed exclusively", "let lease = store.redeem", "help: the writer gives it"]
        {
            assert!(why.contains(text), "{text}: {why}");
        }
        assert_eq!(json(&["why", address, "lab/count"])["refused"], false);
        assert_eq!(json(&["why", address, id])["reason"], "it is borrowed exclusively");
        assert_eq!(json(&["show", address, "lab/count"])["object"]["type"], "u64");
        assert!(refused(&["show", address, "nothing"], 1).contains("`ref ls` lists its objects"));

        assert_eq!(said(&["dump", address, "lab/count"]), "7\n");
        let dumped = json(&["dump", address, id]);
        assert_eq!((&dumped["codec"], &dumped["description"]), (&"bincode".into(), &"Vec<u64>".into()));
        assert_eq!((&dumped["value"], &dumped["object"]["id"]), (&vec![1; 1000].into(), &id.into()));
        assert!(refused(&["dump", address, id, "--most", "0"], 1).contains("`--most`"));

        assert!(refused(&["rm", address, id, "--yes"], 1).contains(&format!("process {pid} owns it")));
        assert!(refused(&["rm", address, "lab/count"], 1).contains("add `--yes`"));
        assert!(said(&["rm", address, "lab/count", "--yes"]).starts_with("removed #"));
        let detached = all["objects"].as_array().unwrap().iter().find(|object| object["state"] == "detached").unwrap();
        assert_eq!(json(&["rm", address, detached["id"].as_str().unwrap(), "--yes"])["removed"], true);
        assert_eq!(json(&["ls", address])["objects"].as_array().unwrap().len(), 1);

        let checks = json(&["doctor", address]);
        assert_eq!((&checks["checks"][0]["name"], &checks["checks"][0]["ok"]), (&"store".into(), &true.into()));
        assert_eq!(said(&["doctor", address]).contains("file system: tmpfs at "), sees_deaths);
        let sessions = json(&["sessions", address]);
        let session = &sessions["sessions"][0];
        assert_eq!((&session["pid"], &session["owns"], &session["borrows"]), (&pid.into(), &1.into(), &1.into()));
        assert_eq!(session["alive"], true);
        holder.kill();
        if sees_deaths {
            assert_eq!(json(&["sessions", address])["sessions"][0]["alive"], false);
            assert!(said(&["why", address, id]).contains("help: a dead process holds it"));
            assert_eq!(json(&["dump", address, id])["value"], dumped["value"]);
            let left = said(&["ls", address]);
            assert!(left.contains("(dead)") && left.contains("`ref reap` takes it back"), "{left}");
            said(&["reap", address]);
            match address.starts_with("shm:") {
                true => {
                    assert!(refused(&["ls", address], 1).contains("there is no store"), "it went with that session")
                }
                false => assert_eq!(json(&["ls", address])["objects"].as_array().unwrap().len(), 0),
            }
        }
    });
}

/// Answers `y` to the question of `ref rm`, at a terminal of its own, after `meanwhile`. Returns what the command writes.
fn answered(address: &str, object: &str, meanwhile: impl FnOnce()) -> String {
    let folder = tempfile::tempdir().unwrap();
    let command = format!("'{}' rm '{address}' '{object}'", env!("CARGO_BIN_EXE_ref"));
    let mut child = Command::new("script")
        .args(["-q", "-c", &command])
        .arg(folder.path().join("typescript"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut answer, mut said) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut text = Vec::new();
    while !text.ends_with(b"[y/N] ") {
        let mut letter = [0];
        said.read_exact(&mut letter).unwrap();
        text.push(letter[0]);
    }
    meanwhile();
    answer.write_all(b"y\n").unwrap();
    said.read_to_end(&mut text).unwrap();
    child.wait().unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn only_the_object_that_was_shown_is_removed() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = folder.path().join("store");
    let address = format!("file:{}", path.display());
    let store = Store::open(&address).unwrap();
    let mut first = store.put(1_u64).unwrap().publish("lab/count").unwrap();
    let text = answered(&address, "lab/count", || {
        assert!(first.remove().unwrap());
        store.put(2_u64).unwrap().publish("lab/count").unwrap();
    });
    assert!(text.contains("was gone already"), "{text}");
    assert_eq!(*store.named::<u64>("lab/count").unwrap().snapshot().unwrap(), 2);
    assert!(answered(&address, "lab/count", || ()).contains("removed #"));
    assert_eq!(std::fs::read_dir(path.join("names")).unwrap().count(), 0, "the name went with the object");

    let _key = store.put(3_u64).unwrap().publish("lab/count").unwrap();
    let text = answered(&address, "lab/count", || std::fs::remove_dir_all(&path).unwrap());
    assert!(text.contains("there is no store") && !path.exists(), "{text}");
}

#[test]
fn a_name_that_looks_like_an_id_is_told_from_it() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let address = format!("file:{}", folder.path().join("store").display());
    let store = Store::open(&address).unwrap();
    let owned = store.put(1_u64).unwrap();
    let id = owned.id().to_string();
    let name = id.trim_start_matches('#');
    let _named = store.put(String::from("named")).unwrap().publish(name).unwrap();
    for command in [&["show", &*address, name][..], &["why", &address, name], &["rm", &address, name, "--yes"]] {
        assert!(refused(command, 1).contains(&format!("write `{id}` for the id")), "{command:?}");
    }
    assert_eq!(json(&["show", &address, &id])["object"]["type"], "u64");
    drop(owned);
    assert_eq!(json(&["show", &address, name])["object"]["type"], "String");
    assert!(refused(&["show", &address, &id], 1).contains("has no object"));
}

#[test]
fn a_conflict_is_drawn_with_the_lines_of_both_sides() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let address = format!("file:{}", folder.path().join("store").display());
    let (owner, reader) = (Store::open(&address).unwrap(), Store::open(&address).unwrap());
    let owned = owner.put(1_u64).unwrap();
    let id = json(&["ls", &address])["objects"][0]["id"].as_str().unwrap().to_owned();
    assert!(said(&["why", &address, &id]).contains("is not free: it is owned, and not lent"));

    let loan = owned.lend().unwrap();
    let lease = reader.redeem(loan.ticket().unwrap()).unwrap();
    let refused = loan.end_timeout_or_return(Duration::ZERO).unwrap_err();
    let why = said(&["why", &address, &id]);
    for text in [
        "let lease = reader.redeem(loan.ticket().unwrap()).unwrap();",
        "^^^ borrowed shared here, by command-",
        "let loan = owned.lend().unwrap();",
        "--- owned by command-",
        "until its readers have given it back",
        "note: it is asked for by its owner, command-",
        "the store has the line where that process took or lent it, and not the line that waits",
        "help: a reader gives it back",
    ] {
        assert!(why.contains(text), "{text}: {why}");
    }
    assert!(!why.contains('\u{1b}'), "{why}");

    let elsewhere = Command::new(env!("CARGO_BIN_EXE_ref")).args(["why", &address, &id]).current_dir("/").output();
    let elsewhere = String::from_utf8(elsewhere.unwrap().stdout).unwrap();
    assert!(elsewhere.contains("let lease = reader.redeem"), "by the folder of the process: {elsewhere}");
    drop((lease, refused));
}

#[test]
fn a_wrong_address_makes_no_store() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let address = format!("file:{}", folder.path().join("store").display());
    for command in [
        &["ls", &*address][..],
        &["show", &address, "3.17"],
        &["why", &address, "3.17"],
        &["sessions", &address],
        &["reap", &address],
    ] {
        assert!(refused(command, 1).contains("there is no store"), "{command:?}");
    }
    assert!(refused(&["rm", &address, "3.17", "--yes"], 1).contains("there is no store"));
    assert!(said(&["doctor", &address]).contains("problem  store: there is no store"));
    assert!(!Path::new(&folder.path().join("store")).exists());
    assert!(refused(&["ls", "ftp://lab"], 1).contains("shm://NAME"));
    refused(&["ls"], 2);
    refused(&["ls", "shm://lab", "--held", "soon"], 2);
    assert!(said(&["completions", "bash"]).contains("_ref"));
}

#[test]
fn a_rule_is_explained_as_the_rule_book_has_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = said(&["explain", "r07"]);
    let words = std::fs::read_dir(root.join("ui-tests/fail/lifetimes")).unwrap().map(|file| file.unwrap().path());
    let mut words = words.filter(|file| file.extension().is_some_and(|ending| ending == "stderr"));
    let whole = |file: std::path::PathBuf| std::fs::read_to_string(file).unwrap();
    assert!(words.any(|file| page.contains(whole(file).trim_end())), "{page}");
    let rules = whole(root.join("docs/rules.md"));
    let why = rules.split("### R07\n\n").nth(1).unwrap().split("\n\n###").next().unwrap();
    assert!(page.starts_with("R07: no loan outlives its owner\n") && page.contains(why), "{page}");

    let other = page.lines().last().unwrap().trim();
    assert!(said(&["explain", "7", other]).contains(&format!("This does not compile ({other}, ")));
    assert!(said(&["explain"]).contains("R01  nothing is changed while a shared borrow is in use\n"));
    assert!(refused(&["explain", "R99"], 1).contains("`ref explain` lists the rules"));
    assert!(refused(&["explain", "R07", "nothing"], 1).contains("`ref explain R07` lists its programs"));
}

#[test]
fn a_killed_process_leaves_its_recording() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let [recording, html, svg] = ["recording", "run.html", "run.svg"].map(|name| folder.path().join(name));
    everywhere(|address, _| Holder::recorded(address, &recording).kill());
    let [recording, html, svg] = [&recording, &html, &svg].map(|path| path.to_str().unwrap());
    let shown = said(&["history", recording, "--html", html, "--svg", svg]);
    assert!(shown.contains("no: killed, or running yet") && shown.contains(" refused as Conflict"), "{shown}");
    assert_eq!(shown.lines().filter(|line| line.contains("command-")).count(), 2, "{shown}");
    let [html, svg] = [html, svg].map(|path| std::fs::read_to_string(path).unwrap());
    for text in [
        "lent",
        "borrowed exclusively, at ref-cli/tests/command/main.rs:",
        "the recording has no end of it",
        "refusal: ",
    ] {
        assert!(svg.contains(text), "{text}: {svg}");
    }
    assert!(html.contains("\"kind\":\"exclusive\"") && html.contains("command/main.rs:"), "{html}");
    for text in ["left behind", "lab/count", "http://", "https://"] {
        let pages = [html.replace("http://www.w3.org/2000/svg", ""), svg.replace("http://www.w3.org/2000/svg", "")];
        assert!(pages.iter().all(|page| !page.contains(text)), "{text}");
    }
    let one = json(&["history", recording, "--object", "0.1"]);
    assert_eq!((&one["format"], &one["processes"][0]["closed"]), (&1.into(), &false.into()));
    assert!(refused(&["history", recording, "--object", "9.9"], 1).contains("no object `9.9`"));

    let nothing = folder.path().join("nothing");
    assert!(refused(&["history", nothing.to_str().unwrap()], 1).contains("cannot read the recording"));
    assert!(refused(&["history", folder.path().to_str().unwrap()], 1).contains("REF_RECORD="));
    let file = folder.path().join("run.svg");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env("REF_RECORD", file.join("in a file"))
        .args(["holder", "--exact", "--ignored"])
        .env("REF_CLI_HOLDER", format!("file:{}", folder.path().join("store").display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!child.wait().unwrap().success() && said.contains("cannot make the recording"), "{said}");
}
