//! The server of a pool: restarted, replaced by its replica, and reached over TLS.

use super::awaited;
use super::functions::{Grid, hold, process, total};
use super::pooled::{Joined, until};
use super::scopes::{begun, text};
use ref_core::{ErrorKind, Workers};
use ref_tests::{RedisServer, certificate};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The server is restarted while a call runs: first with what it has written down, then without.
#[test]
fn a_call_outlives_a_restart_of_the_server_that_has_written_all_down() {
    let options = ["--appendonly", "yes", "--appendfsync", "always"];
    let server = RedisServer::start_with(&options);
    let pool = format!("redis+unix://{}?pool=lab", server.socket().display());
    let folder = tempfile::tempdir().unwrap();
    let [begun_at, go, again, never] = ["begun", "go", "again", "never"].map(|name| folder.path().join(name));
    let _joined = Joined::start(&pool);
    let workers = Workers::on(&pool).unwrap();
    let (mut grid, mut other) = (Grid::default(), Grid::default());
    let restarted = workers.scope(|s| {
        let run = hold::spawn(s, &mut grid, text(&begun_at), text(&go))?;
        begun(&begun_at);
        server.kill();
        std::fs::write(&go, "").unwrap();
        let server = server.restart(&options);
        assert_eq!(run.join()?, 1);
        Ok(server)
    });
    let server = restarted.unwrap();
    let lost = workers.scope(|s| {
        let run = hold::spawn(s, &mut other, text(&again), text(&never))?;
        let running = begun(&again);
        server.kill();
        std::fs::remove_dir_all(server.folder().join("appendonlydir")).unwrap();
        let _server = server.restart(&[]);
        let lost = run.join();
        // The worker has joined again, with another process, and another session is begun for the call.
        assert_ne!(awaited::run(process::call_async(&workers))?, running);
        lost
    });
    assert_eq!(lost.unwrap_err().kind(), ErrorKind::SessionLost);
    assert_eq!((grid.step, other.step), (1, 0));
}

#[test]
fn callers_and_workers_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (key, ca) = certificate(folder.path());
    let tls = ["--tls-auth-clients", "no", "--tls-cert-file", &ca, "--tls-key-file", &key, "--port", "0", "--tls-port"];
    let options = |[port]: &[String; 1]| tls.into_iter().chain([&**port]).map(str::to_owned).collect();
    let (_server, [port]) = RedisServer::start_on_ports(options);
    let pool = format!("rediss://localhost:{port}/lab?ca={ca}");
    let _joined = Joined::start(&pool);
    let workers = Workers::on(&pool).unwrap();
    assert_eq!(total::call(&workers, &Grid { step: 0, cells: vec![1; 100_000] }).unwrap(), 100_000);
}

/// A primary and its replica, and an address that leads to the one and then to the other.
struct Pair {
    primary: RedisServer,
    replica: RedisServer,
    address: PathBuf,
}

impl Pair {
    fn new(folder: &Path) -> Self {
        let option = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (primary, [port]) =
            RedisServer::start_on_ports(|[port]| option(&format!("--port {port} --repl-diskless-sync-delay 0")));
        let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &port]);
        until(|| said(&replica, "master_link_status") == "up");
        let address = folder.join("address");
        symlink(primary.socket(), &address).unwrap();
        Self { primary, replica, address }
    }

    fn pool(&self) -> String {
        format!("redis+unix://{}?pool=lab", self.address.display())
    }

    /// Waits until the replica has everything so far.
    fn catch_up(&self) {
        let offset = |server, field| said(server, field).parse::<u64>().unwrap();
        let so_far = offset(&self.primary, "master_repl_offset");
        until(|| offset(&self.replica, "slave_repl_offset") >= so_far);
    }

    /// The replica is one no more, and lags behind from now on.
    fn cut(&self) {
        ask(&self.replica, &["REPLICAOF", "NO", "ONE"]);
    }

    fn fail_over(&self) {
        self.primary.kill();
        self.cut();
        std::fs::remove_file(&self.address).unwrap();
        symlink(self.replica.socket(), &self.address).unwrap();
    }
}

fn ask(server: &RedisServer, command: &[&str]) -> String {
    let client = redis::Client::open(redis::ConnectionAddr::Unix(server.socket())).unwrap();
    redis::cmd(command[0]).arg(&command[1..]).query(&mut client.get_connection().unwrap()).unwrap()
}

fn said(server: &RedisServer, field: &str) -> String {
    let all = ask(server, &["INFO", "replication"]);
    all.lines().find_map(|line| Some(line.strip_prefix(field)?.strip_prefix(':')?.to_owned())).unwrap()
}

/// The address leads to the replica, as soon as that is the primary.
#[test]
fn a_call_outlives_a_failover_to_a_replica_that_has_all() {
    let folder = tempfile::tempdir().unwrap();
    let [begun_at, go] = ["begun", "go"].map(|name| folder.path().join(name));
    let pair = Pair::new(folder.path());
    let _joined = Joined::start(&pair.pool());
    let (workers, mut grid) = (Workers::on(&pair.pool()).unwrap(), Grid::default());
    let step = workers.scope(|s| {
        let run = hold::spawn(s, &mut grid, text(&begun_at), text(&go))?;
        begun(&begun_at);
        pair.catch_up();
        pair.fail_over();
        std::fs::write(&go, "").unwrap();
        run.join()
    });
    assert_eq!((step.unwrap(), grid.step), (1, 1));
    assert!(process::call(&workers).is_ok());
}

/// The replica knows the caller and the worker, and not the call: it was cut off before.
#[test]
fn a_call_that_a_replica_lags_behind_is_lost_and_its_function_killed() {
    let folder = tempfile::tempdir().unwrap();
    let [begun_at, never] = ["begun", "never"].map(|name| folder.path().join(name));
    let pair = Pair::new(folder.path());
    let _joined = Joined::start(&pair.pool());
    let (workers, mut grid) = (Workers::on(&pair.pool()).unwrap(), Grid::default());
    until(|| workers.count() == 1);
    pair.catch_up();
    pair.cut();
    let lost = workers.scope(|s| {
        let run = hold::spawn(s, &mut grid, text(&begun_at), text(&never))?;
        let running = begun(&begun_at);
        pair.fail_over();
        let lost = run.join();
        // The worker, as which it joined at the primary, goes on with another process.
        assert_ne!(awaited::run(process::call_async(&workers))?, running);
        lost
    });
    assert_eq!(lost.unwrap_err().kind(), ErrorKind::SessionLost);
    assert_eq!((workers.count(), grid.step), (1, 0));
}
