//! A store that something else has written into: every command ends with an answer or an error, and none crashes.

use super::{Holder, run};
use ref_test_kit::RedisServer;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// How many stores of each kind are damaged.
const STORES: u64 = 24;

/// Numbers that are the same in each run (`xorshift64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % most.max(1)
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let count = 1 + self.below(most);
        (0..count).map(|_| if self.below(2) == 0 { self.below(256) as u8 } else { [0, 255][self.below(2)] }).collect()
    }
}

/// Runs every command that looks, and those that change. The ids are those of the objects that a [`Holder`] makes.
#[track_caller]
fn every_command_ends(address: &str, what: &str) {
    let looks: [&[&str]; 12] = [
        &["ls", "--held", "0s", "--kept", "0s", "--full", "1"],
        &["ls", "--json"],
        &["show", "0.1"],
        &["show", "lab/count", "--json"],
        &["why", "0.1"],
        &["dump", "0.1"],
        &["dump", "1.1", "--json"],
        &["dump", "lab/count"],
        &["sessions", "--json"],
        &["doctor"],
        &["rm", "lab/count", "--yes"],
        &["reap"],
    ];
    for look in looks {
        let [command, rest @ ..] = look else { continue };
        let output = run(&[&[*command, address][..], rest].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{look:?} {:?}: {what}: {said}", output.status);
        assert!(!said.contains("panicked"), "{look:?}: {what}: {said}");
    }
}

/// Returns the files of a store, and no links to others.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect();
    all.sort_by_key(|entry| entry.path());
    let inside = |entry: fs::DirEntry| match entry.file_type().unwrap() {
        kind if kind.is_dir() => files(&entry.path()),
        kind if kind.is_file() => vec![entry.path()],
        _ => Vec::new(),
    };
    all.into_iter().flat_map(inside).collect()
}

/// Returns where a file has bytes that are not zero, page by page. Most of a ledger is empty. Its header, which is
/// compared as a whole, is left out.
fn used(file: &fs::File, length: usize) -> Vec<Vec<usize>> {
    const PAGE: usize = 4096;
    let header = if length > PAGE { 128 } else { 0 };
    let mut pages = Vec::new();
    for begin in (0..length).step_by(PAGE) {
        let mut bytes = [0; PAGE];
        let count = file.read_at(&mut bytes, begin as u64).unwrap();
        if bytes != [0; PAGE] {
            let used = (0..count).filter(|at| bytes[*at] != 0 && begin + at >= header);
            pages.push(used.map(|at| begin + at).collect::<Vec<_>>());
        }
    }
    pages.retain(|page| !page.is_empty());
    pages
}

/// Damages one file of a store.
fn damage(folder: &Path, numbers: &mut Numbers) -> String {
    let files = files(folder);
    let ledger = files.iter().position(|path| path.ends_with("ledger"));
    // What the objects do is in the ledger, and so are the bytes of small versions.
    let (chosen, is_ledger) = match ledger.filter(|_| numbers.below(2) == 0) {
        Some(ledger) => (ledger, true),
        None => (numbers.below(files.len()), false),
    };
    let Some(path) = files.get(chosen) else { return "nothing is left".to_owned() };
    let shown = path.strip_prefix(folder).unwrap().display().to_string();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len() as usize;
    let done = match if is_ledger { 7 } else { numbers.below(8) } {
        0 => file.set_len(numbers.below(length + 1) as u64).map(|()| "cut".to_owned()),
        1 => file.set_len(length as u64 + 1 + numbers.below(1 << 20) as u64).map(|()| "longer".to_owned()),
        2 => fs::remove_file(path).map(|()| "removed".to_owned()),
        3 => fs::remove_file(path).and_then(|()| fs::create_dir(path)).map(|()| "a folder".to_owned()),
        4 => {
            let linked = fs::remove_file(path).and_then(|()| std::os::unix::fs::symlink("elsewhere", path));
            linked.map(|()| "a link".to_owned())
        }
        _ => {
            let used = used(&file, length);
            let mut writes = String::new();
            for _ in 0..1 + numbers.below(4) {
                let page = used.get(numbers.below(used.len())).cloned().unwrap_or_default();
                let at = page.get(numbers.below(page.len())).copied().unwrap_or_default();
                let bytes = numbers.bytes(16);
                file.write_all_at(&bytes, at as u64).unwrap();
                writes += &format!(" {bytes:?} at {at}");
            }
            Ok(writes)
        }
    };
    format!("{shown}: {}", done.unwrap())
}

#[test]
fn no_command_crashes_in_a_damaged_folder() {
    for seed in 1..=STORES {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let store = folder.path().join("store");
        let address = format!("file:{}", store.display());
        Holder::start(&address).kill();
        let mut numbers = Numbers(seed);
        numbers.below(1);
        let done: Vec<_> = (0..1 + numbers.below(3)).map(|_| damage(&store, &mut numbers)).collect();
        every_command_ends(&address, &format!("seed {seed}: {done:?}"));
    }
}

/// Sends a command to the server, and returns what it replies, as lines.
fn ask(server: &RedisServer, words: &[&[u8]]) -> Vec<String> {
    let mut stream = UnixStream::connect(server.socket()).unwrap();
    let mut request = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        request.extend(format!("${}\r\n", word.len()).into_bytes());
        request.extend_from_slice(word);
        request.extend_from_slice(b"\r\n");
    }
    stream.write_all(&request).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut reply = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut reply).unwrap();
    String::from_utf8_lossy(&reply).lines().map(ToOwned::to_owned).collect()
}

/// Returns the words of a reply that is a list.
fn words(reply: &[String]) -> Vec<&str> {
    reply.iter().skip(1).skip(1).step_by(2).map(String::as_str).collect()
}

#[test]
fn no_command_crashes_at_a_damaged_server() {
    let server = RedisServer::start();
    for seed in 1..=STORES {
        let address = server.address("lab");
        ask(&server, &[b"FLUSHALL"]);
        Holder::start(&address).kill();
        let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut done = String::new();
        for _ in 0..1 + numbers.below(3) {
            let reply = ask(&server, &[b"KEYS", b"*"]);
            let keys = words(&reply);
            let Some(key) = keys.get(numbers.below(keys.len())) else { continue };
            let bytes = numbers.bytes(40);
            let fields = ask(&server, &[b"HKEYS", key.as_bytes()]);
            let fields = words(&fields);
            let replied = match fields.get(numbers.below(fields.len())).filter(|_| numbers.below(4) > 0) {
                Some(field) => ask(&server, &[b"HSET", key.as_bytes(), field.as_bytes(), &bytes]),
                None => match numbers.below(4) {
                    0 => ask(&server, &[b"DEL", key.as_bytes()]),
                    1 => ask(&server, &[b"SET", key.as_bytes(), &bytes]),
                    2 => ask(&server, &[b"ZADD", key.as_bytes(), b"nan-", &bytes]),
                    _ => ask(&server, &[b"SETRANGE", key.as_bytes(), b"3", &bytes]),
                },
            };
            done += &format!(" {key} {fields:?} {bytes:?}: {replied:?};");
        }
        every_command_ends(&address, &format!("seed {seed}:{done}"));
    }
}
