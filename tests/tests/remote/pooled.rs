//! Calls that workers of a pool at a server run. A worker is this test program, started again, which joins the pool.

use super::awaited;
use super::carried::cells_or_not;
use super::functions::{Grid, Overflow, add, climb, explode, grow, hold, leave, note, process, reduce, total};
use super::scopes::{begun, text};
use ref_core::{ErrorKind, Store, Workers, remote};
use ref_tests::{RedisServer, rights};
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Command, ExitStatus, Stdio};

/// A worker process that has joined, and the worker process of its own. It is killed when the value is dropped.
pub(crate) struct Joined(Child);

const POOL: &str = "REF_TEST_POOL";

impl Joined {
    pub(crate) fn start(pool: &str) -> Self {
        Self::by(Command::new(std::env::current_exe().unwrap()), pool)
    }

    /// Starts the worker by a command that runs this program.
    pub(crate) fn by(mut command: Command, pool: &str) -> Self {
        command.args(["--exact", "pooled::join", "--ignored", "--nocapture"]).env(POOL, pool);
        // The worker ends with this process, by the end of its input.
        Self(command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap())
    }

    /// Waits for the process's end. Its input stays open meanwhile.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let _open = self.0.stdin.take();
        self.0.wait().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Stops the process, and waits until all its threads stand still.
    fn stop(&self) {
        self.signal(Signal::STOP);
        let threads = format!("/proc/{}/task", self.pid());
        let stands = |thread: std::fs::DirEntry| text_of(&thread.path().join("stat")).contains(") T ");
        until(|| std::fs::read_dir(&threads).unwrap().all(|thread| stands(thread.unwrap())));
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
#[ignore = "workers of a pool start here"]
fn join() {
    std::thread::spawn(|| {
        let _closed = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let Err(error) = remote::join(&std::env::var(POOL).unwrap());
    panic!("{error}");
}

/// A server with a pool, and a user that has no other rights.
pub(crate) struct Lab {
    server: RedisServer,
    pub(crate) pool: String,
    pub(crate) connection: redis::Connection,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::on(RedisServer::start())
    }

    pub(crate) fn on(server: RedisServer) -> Self {
        let pool = format!("redis+unix://me:secret@{}?pool=lab", server.socket().display());
        let connection = redis::Client::open(redis::ConnectionAddr::Unix(server.socket())).unwrap();
        let mut connection = connection.get_connection().unwrap();
        let user = ["SETUSER", "me", "on", ">secret", "resetchannels", "-@all", "~{ref-pool:lab}:*"];
        redis::cmd("ACL").arg(&user).arg(rights("{ref-pool:NAME}:*")).exec(&mut connection).unwrap();
        Self { server, pool, connection }
    }

    pub(crate) fn key(name: &str) -> String {
        format!("{{ref-pool:lab}}:{name}")
    }

    /// Returns the members whose ids begin with that letter.
    pub(crate) fn members(&mut self, kind: char) -> Vec<String> {
        let members: Vec<String> =
            redis::cmd("ZRANGE").arg(Self::key("members")).arg(0).arg(-1).query(&mut self.connection).unwrap();
        members.into_iter().filter(|member| member.starts_with(kind)).collect()
    }

    /// Makes the server take a member for one that it has not heard of in time.
    pub(crate) fn end_lease(&mut self, member: &str) {
        redis::cmd("ZADD").arg(Self::key("members")).arg("XX").arg(1).arg(member).exec(&mut self.connection).unwrap();
    }

    /// Ends a member's lease, and has another member find it dead.
    pub(crate) fn declare_dead(&mut self, member: &str) {
        self.end_lease(member);
        drop(Workers::on(&self.pool).unwrap());
    }

    fn keys(&mut self) -> Vec<String> {
        redis::cmd("KEYS").arg(Self::key("*")).query(&mut self.connection).unwrap()
    }
}

pub(crate) fn until(what: impl FnMut() -> bool) {
    std::iter::repeat_with(what).take_while(|is_so| !is_so).for_each(|_| std::thread::yield_now());
}

#[test]
fn calls_are_run_by_workers_that_have_joined() {
    let mut lab = Lab::new();
    let workers = Workers::on(&lab.pool).unwrap();
    // Calls wait until a worker has joined: it is started when the first of them is made.
    let (mut first, grids) = (None, [[1, 2], [3, 4]].map(|cells| Grid::of(&cells)));
    let sums = workers.scope(|s| {
        let joining = grids.iter().inspect(|_| {
            first.get_or_insert_with(|| Joined::start(&lab.pool));
        });
        total::map(s, joining).collect::<ref_core::Result<Vec<_>>>()
    });
    assert_eq!(sums.unwrap(), [3, 7]);
    assert_eq!(total::call(&workers, &Grid::of(&[1, 2])).unwrap(), 3);
    assert_eq!((workers.count(), workers.idle()), (1, vec![]));
    let _second = Joined::start(&lab.pool);
    until(|| workers.count() == 2);

    // Owners, and a plain value, are lent, changed and moved; results are returned.
    let store = Store::open(&lab.server.address("lab")).unwrap();
    let (from, mut to) = (store.put(Grid::of(&[1])).unwrap(), store.put(Grid::of(&[1])).unwrap());
    assert_eq!(add::call(&workers, &from, &mut to, 2).unwrap(), Ok(3));
    let most = store.put(Grid::of(&[u64::MAX])).unwrap();
    assert_eq!(add::call(&workers, &most, &mut to, 2).unwrap(), Err(Overflow { at: 0 }));
    assert_eq!((to.borrow().unwrap().step, to.borrow().unwrap().cells[0]), (2, 3));
    let to = grow::call(&workers, to, 7).unwrap().unwrap();
    assert_eq!(to.borrow().unwrap().cells, [3, 7]);
    let mut sum = Grid::of(&[0]);
    assert_eq!(reduce::call(&workers, &[from, to], &mut sum).unwrap(), 2);
    assert_eq!(sum, Grid { step: 1, cells: vec![4] });
    let error = explode::call(&workers, &mut sum, "why".to_owned()).unwrap_err();
    assert_eq!((error.kind(), sum.step), (ErrorKind::Panicked, 1));

    // Messages that are too long for a stream.
    let many = Grid { step: 0, cells: vec![1; 100_000] };
    let mut changed = Grid { step: 0, cells: vec![0; 100_000] };
    assert_eq!(add::call(&workers, &many, &mut changed, 3).unwrap(), Ok(300_000));
    assert!(changed.step == 1 && changed.cells.iter().all(|cell| *cell == 3));

    // A large result comes in the message: a file would not reach another host.
    assert_eq!(cells_or_not::call(&workers, 7).unwrap().unwrap()[..2], [7, 8]);

    // Calls that are awaited.
    let grid = Grid::of(&[1, 2]);
    let both = awaited::run(async { tokio::join!(total::call_async(&workers, &grid), process::call_async(&workers)) });
    assert_eq!((both.0.unwrap(), both.1.is_ok()), (3, true));

    // A function that aborts ends its process, and not the one that has joined.
    let mut lost = Grid::of(&[1]);
    let error = leave::call(&workers, &mut lost, 3).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WorkerDied);
    assert!(error.to_string().contains("exited with code 3"), "{error}");

    // All workers run calls, and each item has its result.
    let items: Vec<_> = (0..40).map(|n| Grid::of(&[n])).collect();
    assert_eq!(total::map(&workers, &items).unwrap(), (0..40).collect::<Vec<_>>());
    let ran = workers.scope(|s| {
        let runs: Vec<_> = (0..40).map(|_| process::spawn(s)).collect::<ref_core::Result<_>>()?;
        runs.into_iter().map(|run| run.join()).collect::<ref_core::Result<Vec<_>>>()
    });
    assert_eq!(ran.unwrap().len(), 40);
    let stats = workers.stats();
    assert_eq!((stats.queued, stats.running, stats.idle), (0, 0, 2));
    assert!(stats.sent_bytes > 800_000 && stats.received_bytes > 800_000, "{stats:?}");

    // A store of this host is none of other hosts.
    let here = ref_tests::Scene::new();
    let owned = here.store().put(Grid::of(&[1])).unwrap();
    let error = total::call(&workers, &owned).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let moved = grow::call_or_return(&workers, owned, 7).map(drop).unwrap_err();
    assert_eq!((moved.error.kind(), moved.handle.is_some()), (ErrorKind::Unsupported, true));

    // When all have gone, nothing is left.
    let late = process::call_async(&workers);
    drop((workers, first, _second));
    assert_eq!(awaited::run(late).unwrap_err().kind(), ErrorKind::Cancelled);
    for worker in lab.members('w') {
        lab.end_lease(&worker);
    }
    drop(Workers::on(&lab.pool).unwrap());
    assert_eq!(lab.keys(), Vec::<String>::new());
}

/// The process of a worker is told within a renewal what its call's caller wants.
#[test]
fn a_call_in_a_pool_reports_its_progress_and_is_asked_to_end_or_killed() {
    let mut lab = Lab::new();
    let _joined = Joined::start(&lab.pool);
    let (workers, folder) = (Workers::on(&lab.pool).unwrap(), tempfile::tempdir().unwrap());
    let [begun_at, never] = ["begun", "never"].map(|name| folder.path().join(name));
    let mut grid = Grid::default();
    workers
        .scope(|s| {
            let (run, behind) = (climb::spawn(s, &mut grid, 7)?, process::spawn(s)?);
            until(|| run.progress().is_some());
            assert_eq!((run.progress(), behind.progress()), (Some((1, 7)), None));
            let stats = workers.stats();
            assert_eq!((stats.queued, stats.running, stats.idle), (1, 1, 0));
            behind.request_cancel();
            assert_eq!(behind.join().unwrap_err().kind(), ErrorKind::Cancelled);
            run.request_cancel();
            while run.wait(std::time::Duration::MAX).is_err() {}
            assert_eq!(run.progress(), Some((2, 7)));
            run.join().map(|steps| assert_eq!(steps, 2))
        })
        .unwrap();
    assert_eq!(grid.step, 2);
    workers
        .scope(|s| {
            let run = hold::spawn(s, &mut grid, text(&begun_at), text(&never))?;
            let running = begun(&begun_at);
            let behind = process::spawn(s)?;
            assert_eq!(run.cancel().kind(), ErrorKind::Cancelled);
            behind.join().map(|pid| assert_ne!(pid, running))
        })
        .unwrap();
    assert_eq!((grid.step, lab.members('w').len()), (2, 1));
}

/// A stopped process stands for one that is cut off from the server, or dead.
#[test]
fn a_worker_that_is_not_heard_of_loses_its_call_and_joins_again() {
    let mut lab = Lab::new();
    let folder = tempfile::tempdir().unwrap();
    let [begun_at, go, file] = ["begun", "go", "file"].map(|name| folder.path().join(name));
    let first = Joined::start(&lab.pool);
    let workers = Workers::on(&lab.pool).unwrap();
    until(|| workers.count() == 1);
    let old = lab.members('w').remove(0);
    let mut grid = Grid::default();
    let error = workers.scope(|s| {
        let run = hold::spawn(s, &mut grid, text(&begun_at), text(&go))?;
        begun(&begun_at);
        first.stop();
        lab.declare_dead(&old);
        run.join()
    });
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WorkerDied);
    assert!(error.to_string().contains("was not heard of for 10s"), "{error}");
    // The function returns, and the worker goes on. Its answer comes too late.
    std::fs::write(&go, "").unwrap();
    first.signal(Signal::CONT);
    assert_eq!(total::call(&workers, &Grid::of(&[1])).unwrap(), 1);
    let again = lab.members('w').remove(0);
    assert!(again != old && grid.step == 0);

    // A call that has come to a worker, which has not begun it, goes to another.
    first.stop();
    let ran = workers.scope(|s| {
        let run = note::spawn(s, 5, text(&file))?;
        let build: Vec<String> = redis::cmd("HKEYS").arg(Lab::key("builds")).query(&mut lab.connection).unwrap();
        let queue = Lab::key(&format!("queue:{}", build[0]));
        // If the worker did not wait for a call when it was stopped, the call is given to it here.
        let read = ["GROUP", "w", &again, "COUNT", "1", "STREAMS", &queue, ">"];
        redis::cmd("XREADGROUP").arg(&read).exec(&mut lab.connection).unwrap();
        let _second = Joined::start(&lab.pool);
        until(|| workers.count() == 2);
        lab.declare_dead(&again);
        let ran = run.join()?;
        first.signal(Signal::CONT);
        until(|| workers.count() == 2);
        Ok(ran)
    });
    assert_eq!((ran.unwrap(), std::fs::read_to_string(&file).unwrap()), (5, "5\n".to_owned()));
}

#[test]
#[ignore = "a caller that is killed starts here"]
fn call_and_wait() {
    let workers = Workers::on(&std::env::var(POOL).unwrap()).unwrap();
    let [begun_at, never] = ["BEGUN", "NEVER"].map(|name| std::env::var(name).unwrap());
    let (mut first, mut second) = (Grid::default(), Grid::default());
    let joined = workers.scope(|s| {
        let (one, two) =
            (hold::spawn(s, &mut first, &begun_at, &never)?, hold::spawn(s, &mut second, &begun_at, &never)?);
        one.join().and(two.join())
    });
    panic!("{joined:?}");
}

fn text_of(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_killed_callers_calls_are_ended_and_not_begun() {
    let mut lab = Lab::new();
    let folder = tempfile::tempdir().unwrap();
    let [begun_at, never] = ["begun", "never"].map(|name| folder.path().join(name));
    let _joined = Joined::start(&lab.pool);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "pooled::call_and_wait", "--ignored", "--nocapture"]).stdout(Stdio::null());
    let recorded = folder.path().join("recorded");
    command.env(POOL, &lab.pool).env("BEGUN", &begun_at).env("NEVER", &never).env("REF_RECORD", &recorded);
    let caller = Joined(command.spawn().unwrap());
    let running = begun(&begun_at);
    until(|| lab.members('c').len() == 1);
    let member = lab.members('c').remove(0);
    // Its calls are in its recording, as calls to workers of one host are.
    until(|| {
        let lines: Vec<String> = recorded.read_dir().unwrap().map(|file| text_of(&file.unwrap().path())).collect();
        lines.concat().matches("functions::hold in the pool `redis+unix://").count() == 2
    });
    std::fs::remove_file(&begun_at).unwrap();
    drop(caller);
    lab.declare_dead(&member);
    let workers = Workers::on(&lab.pool).unwrap();
    assert_ne!(process::call(&workers).unwrap(), running);
    assert!(!begun_at.exists());
    assert!(!lab.keys().iter().any(|key| key.contains(&member)), "{:?}", lab.keys());
}

/// A program with other functions of the same names has joined.
#[test]
fn callers_and_workers_of_other_builds_are_told() {
    let lab = Lab::new();
    let early = Workers::on(&lab.pool).unwrap();
    let other = early.scope(|s| {
        // It waits in the queue when the program joins.
        let run = process::spawn(s)?;
        let mut other = Command::new(ref_tests::program("remote"));
        let other = Joined(other.args(["--worker", &lab.pool]).spawn().unwrap());
        assert_eq!(run.join().unwrap_err().kind(), ErrorKind::UnknownFunction);
        Ok(other)
    });
    let other = other.unwrap();
    let error = std::iter::repeat_with(|| Workers::on(&lab.pool)).find_map(Result::err).unwrap();
    assert_eq!(error.kind(), ErrorKind::UnknownFunction, "{error}");
    assert!(error.to_string().contains("build the worker's program from the same code"), "{error}");
    drop(other);
    let output = Command::new(ref_tests::program("remote")).args(["--worker", "redis://localhost"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69));
    assert!(said.contains("cannot join the pool: ") && said.contains("the pool's name is missing"), "{said}");
    for address in ["shm://lab", "lab", "redis://h/2"] {
        assert_eq!(Workers::on(address).unwrap_err().kind(), ErrorKind::Unsupported, "{address}");
    }
}
