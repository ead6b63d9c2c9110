//! A real Redis server for tests. The server listens on a Unix socket in its own folder, and is killed when the process
//! that started it ends.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A Redis server. When the value is dropped, the server is killed, and its folder is removed.
#[derive(Debug)]
pub struct RedisServer {
    /// The shell that started the server. When this process closes the shell's input or ends, even by SIGKILL, the
    /// shell kills the server and removes its folder.
    keeper: Child,
    pid: String,
    folder: PathBuf,
}

const KEEPER: &str = r#"
exec 3<&0
"$@" </dev/null >"$FOLDER/log" 2>&1 &
server=$!
echo "$server"
cat <&3 >/dev/null
kill -9 "$server" 2>/dev/null
wait "$server" 2>/dev/null
rm -rf "$FOLDER"
"#;

impl RedisServer {
    /// Starts a server without persistence.
    ///
    /// # Panics
    /// In the same cases as [`start_with`](Self::start_with).
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with further options, such as `["--appendonly", "yes"]`.
    ///
    /// # Panics
    /// If there is neither `redis-server` nor `valkey-server`, or the server does not start.
    #[must_use]
    pub fn start_with(options: &[&str]) -> Self {
        Self::started(Self::start_in(new_folder(), options))
    }

    /// Starts a server on `N` TCP ports, with the options that `options` makes of the ports. Returns the server and its
    /// ports.
    ///
    /// Another process may take a port between the choice of the port and the start of the server. So up to twenty
    /// starts are tried, each with other ports.
    ///
    /// # Panics
    /// In the same cases as [`start_with`](Self::start_with).
    #[must_use]
    pub fn start_on_ports<const N: usize>(options: impl Fn(&[String; N]) -> Vec<String>) -> (Self, [String; N]) {
        let attempt = || {
            let ports = std::array::from_fn(|_| free_port());
            let options = options(&ports);
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            Self::start_in(new_folder(), &options).map(|server| (server, ports))
        };
        let first = (1..20).find_map(|_| attempt().ok());
        first.unwrap_or_else(|| attempt().unwrap_or_else(|log| panic!("the Redis server has ended: {log}")))
    }

    fn started(server: Result<Self, String>) -> Self {
        server.unwrap_or_else(|log| panic!("the Redis server has ended: {log}"))
    }

    /// Starts a new server in the folder of this server, which the caller has to [kill](RedisServer::kill) before. The
    /// new server finds the data that was written to the disk.
    ///
    /// # Panics
    /// In the same cases as [`start_with`](Self::start_with).
    #[must_use]
    pub fn restart(mut self, options: &[&str]) -> Self {
        let folder = std::mem::take(&mut self.folder);
        drop(self);
        let _dead = std::fs::remove_file(folder.join("socket"));
        Self::started(Self::start_in(folder, options))
    }

    /// Starts a server. Returns what the server has logged if it ends before it takes connections.
    fn start_in(folder: PathBuf, options: &[&str]) -> Result<Self, String> {
        let program = program().unwrap_or_else(|| panic!("{MISSING}"));
        let socket = folder.join("socket");
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "sh"]).arg(program).arg("--dir").arg(&folder).arg("--unixsocket").arg(&socket);
        if !options.contains(&"--port") {
            command.args(["--port", "0"]);
        }
        command.args(["--save", "", "--appendonly", "no"]).args(options);
        let command = command.env("FOLDER", &folder);
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let mut pid = String::new();
        BufReader::new(keeper.stdout.take().expect("its output")).read_line(&mut pid).expect("the server's number");
        let server = Self { keeper, pid: pid.trim().to_owned(), folder };
        server.wait_ready().map(|()| server)
    }

    /// Waits until the server takes connections. Returns what the server has logged if it has ended.
    fn wait_ready(&self) -> Result<(), String> {
        let proc = PathBuf::from(format!("/proc/{}", self.pid));
        while std::os::unix::net::UnixStream::connect(self.socket()).is_err() {
            if !proc.exists() {
                return Err(std::fs::read_to_string(self.folder.join("log")).unwrap_or_default());
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Returns the path of the server's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// Returns the server's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the server's process number.
    #[must_use]
    pub fn pid(&self) -> &str {
        &self.pid
    }

    /// Returns the address of a store in the server.
    #[must_use]
    pub fn address(&self, store: &str) -> String {
        format!("redis+unix://{}?store={store}", self.socket().display())
    }

    /// Sends a signal to the server, such as `KILL` or `STOP`.
    ///
    /// # Panics
    /// If the signal cannot be sent.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the server can be signalled");
    }

    /// Kills the server with SIGKILL, and waits until the server is dead. The server's folder stays, for
    /// [`restart`](Self::restart).
    ///
    /// # Panics
    /// If the signal cannot be sent.
    pub fn kill(&self) {
        self.signal("KILL");
        let stat = format!("/proc/{}/stat", self.pid);
        let is_dead = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z"));
        while !is_dead() {
            std::thread::yield_now();
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if self.folder.as_os_str().is_empty() {
            // `restart` has taken the folder for the next server. So the keeper is killed before the keeper can remove
            // the folder.
            let _dead = self.keeper.kill();
        }
        drop(self.keeper.stdin.take());
        let _waited = self.keeper.wait();
    }
}

fn new_folder() -> PathBuf {
    tempfile::Builder::new().prefix("ref-redis-").tempdir().expect("a folder for the server").keep()
}

/// Returns a port that was free a moment ago.
fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port().to_string()
}

/// The environment variable that names the server's program, such as Valkey's.
const PROGRAM: &str = "REF_REDIS_SERVER";

const MISSING: &str = "these tests need a real Redis server, and there is none: run `cargo xtask redis`, which gets one \
    into `target/redis`, or `apt-get install redis-server`";

/// Returns the program that the environment variable names. Without that variable, returns the path of the first
/// `redis-server` or `valkey-server` in the folder of `cargo xtask redis` and the folders of `PATH`, or `None` if
/// neither program is there.
fn program() -> Option<PathBuf> {
    if let Some(program) = std::env::var_os(PROGRAM) {
        return Some(program.into());
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?.join("target/redis/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(workspace).chain(std::env::split_paths(&path));
    let programs = |folder: PathBuf| ["redis-server", "valkey-server"].map(|name| folder.join(name));
    folders.flat_map(programs).find(|program| program.is_file())
}
