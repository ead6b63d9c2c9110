//! A Redis server of one side.

use ref_peers::Done;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to begin.
const BEGINS: Duration = Duration::from_secs(20);

/// A server without persistence, at a port of this host. The drop ends it.
pub(crate) struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// Starts the program, and waits until it takes connections.
    pub(crate) fn start(program: &Path) -> Done<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()];
        let process = Command::new(program).args(options).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let (mut server, began) = (Self { process, port }, Instant::now());
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(ended) = server.process.try_wait()? {
                return Err(format!("the Redis server has ended: {ended}").into());
            }
            if began.elapsed() > BEGINS {
                return Err("the Redis server takes no connection".into());
            }
            std::thread::yield_now();
        }
        Ok(server)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _dead = self.process.kill();
        let _waited = self.process.wait();
    }
}
