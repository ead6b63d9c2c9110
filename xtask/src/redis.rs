//! `cargo xtask redis`: makes sure that the tests find a real Redis server. If neither `target/redis/bin` nor a folder
//! of `PATH` has one, the command puts a server into `target/redis/bin`. The command starts no service and asks no
//! question.
//!
//! `cargo xtask redis storm [--secs N] [--seed N]` does the same. After that, it lets processes change counters over
//! bad connections for N seconds, and kills some of them. `deaths [--objects N]` measures the death of a process with
//! many objects, and `idle [--processes N]` measures what sessions without calls cost.

use crate::run::{apt, cargo, option, root, run};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    provide()?;
    match arguments.first().map(String::as_str) {
        None => Ok(()),
        Some("storm") => {
            run_test_program("storm", &[&option(arguments, "--secs", "60"), &option(arguments, "--seed", "1")])
        }
        Some("deaths") => run_test_program("crowd", &["deaths", &option(arguments, "--objects", "100000")]),
        Some("idle") => run_test_program("crowd", &["idle", &option(arguments, "--processes", "50")]),
        Some(other) => Err(format!("`cargo xtask redis` knows `storm`, `deaths` and `idle`, and not `{other}`")),
    }
}

/// Builds a program of the tests for release, and runs it.
pub(crate) fn run_test_program(name: &str, arguments: &[&str]) -> Result<(), String> {
    let front = ["run", "--release", "--package", "ref-tests", "--features", "redis", "--bin", name, "--"];
    cargo(&[&front[..], arguments].concat(), &[])
}

/// Makes sure that the tests find a server. If there is none, installs Debian's package, or unpacks it if it cannot be
/// installed. Returns an error if there is still no server.
pub(crate) fn provide() -> Result<(), String> {
    let bin = root()?.join("target/redis/bin");
    if is_server(&bin.join("redis-server")) || on_the_path() {
        return Ok(());
    }
    println!("\n> no `redis-server`: getting one into {}", bin.display());
    let why = |tried: &str, error: String| format!("{tried}: {error}");
    let installed = install(&bin).map_err(|error| why("installing `redis-tools`", error));
    let got =
        installed.or_else(|first| unpack(&bin).map_err(|error| format!("{first}; {}", why("unpacking it", error))));
    got.map_err(|error| {
        format!("there is no Redis server, and none could be got ({error}); `apt-get install redis-server`, or put one on the path")
    })
}

/// Returns the program of a server, and gets one if there is none.
pub(crate) fn program() -> Result<PathBuf, String> {
    provide()?;
    let own = root()?.join("target/redis/bin/redis-server");
    Ok(if own.exists() { own } else { PathBuf::from("redis-server") })
}

/// A Redis server without persistence, in a folder of its own. The drop ends it.
pub(crate) struct OwnServer {
    process: Child,
    folder: PathBuf,
}

impl OwnServer {
    /// Starts the server, and waits until it takes connections.
    pub(crate) fn start() -> Result<Self, String> {
        let program = program()?;
        let folder = std::env::temp_dir().join(format!("ref-redis-{}", std::process::id()));
        std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut command = Command::new(&program);
        command
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket", "socket", "--dir"])
            .arg(&folder);
        let process = command.stdout(Stdio::null()).spawn();
        let process = process.map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let mut server = Self { process, folder };
        while UnixStream::connect(server.socket()).is_err() {
            if let Ok(Some(ended)) = server.process.try_wait() {
                return Err(format!("the Redis server has ended: {ended}"));
            }
            std::thread::yield_now();
        }
        Ok(server)
    }

    /// Returns the address of a store in the server.
    pub(crate) fn address(&self, store: &str) -> String {
        format!("redis+unix://{}?store={store}", self.socket().display())
    }

    /// Returns the path of the server's socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let _dead = self.process.kill();
        let _waited = self.process.wait();
        let _removed = std::fs::remove_file(self.socket());
        let _removed = std::fs::remove_dir(&self.folder);
    }
}

fn on_the_path() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = |folder: PathBuf| ["redis-server", "valkey-server"].map(|name| folder.join(name));
    std::env::split_paths(&path).flat_map(names).any(|program| is_server(&program))
}

/// Returns whether the program says that it is a server. In Debian the server, its checkers and Sentinel are one
/// program: the name by which it is started decides what it does.
fn is_server(program: &Path) -> bool {
    let said = Command::new(program).arg("--version").output();
    said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("server v="))
}

/// Installs Debian's `redis-tools`, as root. This package has the server's program, and starts no service.
fn install(bin: &Path) -> Result<(), String> {
    apt(&["update"])?;
    apt(&["install", "--yes", "--no-install-recommends", "redis-tools"])?;
    link(bin, Path::new("/usr/bin/redis-check-rdb"))
}

/// Unpacks Debian's `redis-tools` without installing the package, which needs no root.
fn unpack(bin: &Path) -> Result<(), String> {
    let folder = bin.parent().ok_or("no folder")?;
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    run(Command::new("apt-get").args(["download", "redis-tools"]).current_dir(folder))?;
    for entry in std::fs::read_dir(folder).map_err(|error| error.to_string())? {
        let package = entry.map_err(|error| error.to_string())?.path();
        if package.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg").arg("-x").arg(&package).arg(folder.join("unpacked")))?;
        }
    }
    link(bin, &folder.join("unpacked/usr/bin/redis-check-rdb"))
}

fn link(bin: &Path, program: &Path) -> Result<(), String> {
    std::fs::create_dir_all(bin).map_err(|error| error.to_string())?;
    let server = bin.join("redis-server");
    let _none_before = std::fs::remove_file(&server);
    symlink(program, &server).map_err(|error| format!("{}: {error}", server.display()))?;
    if is_server(&server) { Ok(()) } else { Err(format!("{} is no Redis server", program.display())) }
}
