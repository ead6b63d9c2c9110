//! A child process that obeys orders, one on each line. Its program is `bin/actor/main.rs`, or `bin/shop.rs` after
//! [`Actor::shop`].

use crate::{Note, Scene};
use ref_core::Ticket;
use ref_core::access::{Access, AccessKind};
use ref_test_kit::state;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running actor. When the value is dropped, the process is killed.
#[derive(Debug)]
pub struct Actor {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// An actor's answer to an order.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// `ok REST`.
    Ok(String),
    /// `err KIND TEXT`.
    Err {
        /// The [`ErrorKind`](ref_core::ErrorKind)'s name.
        kind: String,
        /// The error's whole text.
        text: String,
    },
    /// The actor ended before it answered.
    Died,
}

impl Answer {
    /// Returns the rest of an `ok` answer.
    ///
    /// # Panics
    /// If the answer is not `ok`.
    #[track_caller]
    pub fn ok(self) -> String {
        match self {
            Self::Ok(rest) => rest,
            other => panic!("expected ok, got {other:?}"),
        }
    }

    /// Returns the kind of the error, `ok` for an answer without an error, or `died`.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Ok(_) => "ok",
            Self::Err { kind, .. } => kind,
            Self::Died => "died",
        }
    }

    /// Returns the text of the error, or an empty text if there is no error.
    #[must_use]
    pub fn text(&self) -> &str {
        if let Self::Err { text, .. } = self { text } else { "" }
    }
}

impl Actor {
    /// Starts an actor that has no store open yet, with the scene's folder of stores. `point` is the actor's
    /// `REF_POINT`, such as `kill:create.filled`, or empty.
    #[must_use]
    pub fn new(scene: &Scene, point: &str) -> Self {
        Self::start(Command::new(program("actor")).env("REF_STORE_DIR", scene.base()).env("REF_POINT", point))
    }

    /// Starts an actor, and tells it to open the store at `address`, on a server. The actor's session is lost if the
    /// session is not renewed for `lease` milliseconds. An object that a lost session owned waits for `orphans`
    /// milliseconds to be attached again.
    #[must_use]
    pub fn at(address: &str, lease: u64, orphans: u64) -> Self {
        let mut actor = Self::start(&mut Command::new(program("actor")));
        actor.ask(&format!("open {address} {lease} {orphans}")).ok();
        actor
    }

    /// Starts an actor that has no store open yet, in the network namespace `namespace`.
    #[must_use]
    pub fn on_host(namespace: &str) -> Self {
        Self::start(Command::new("ip").args(["netns", "exec", namespace]).arg(program("actor")))
    }

    /// Starts an actor whose stores lie on a tmpfs of the size `size`, which no other process sees.
    #[must_use]
    pub fn cramped(scene: &Scene, size: &str) -> Self {
        Self::mounted(scene, "tmpfs", &format!("mode=0700,size={size}"))
    }

    /// Starts an actor whose stores lie on a file system of the kind `kind`, mounted with `options`, which no other
    /// process sees.
    #[must_use]
    pub fn mounted(scene: &Scene, kind: &str, options: &str) -> Self {
        let script = r#"mount -t "$1" -o "$2" "$1" "$REF_STORE_DIR" && exec "$3""#;
        let namespaces = ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", kind, options];
        Self::start(Command::new("unshare").args(namespaces).arg(program("actor")).env("REF_STORE_DIR", scene.base()))
    }

    /// Starts an actor whose stores lie on a tmpfs of the size `size`, after a shell has run `script` in the root of
    /// that tmpfs.
    #[must_use]
    pub fn prepared(scene: &Scene, size: &str, script: &str) -> Self {
        let script = format!(
            r#"mount -t tmpfs -o mode=0700,size={size} none "$REF_STORE_DIR" && cd "$REF_STORE_DIR" && {script} && exec "$0""#
        );
        let namespaces = ["--user", "--map-root-user", "--mount", "sh", "-c", &script];
        Self::start(Command::new("unshare").args(namespaces).arg(program("actor")).env("REF_STORE_DIR", scene.base()))
    }

    /// Starts an actor as process 1 of a new PID namespace, in which the numbers of processes outside mean nothing.
    #[must_use]
    pub fn apart(scene: &Scene) -> Self {
        let namespaces = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child"];
        Self::start(Command::new("unshare").args(namespaces).arg(program("actor")).env("REF_STORE_DIR", scene.base()))
    }

    /// Starts an actor in a new time namespace, whose clocks are ahead by `seconds`. The actor has the scene's store
    /// open.
    #[must_use]
    pub fn ahead(scene: &Scene, seconds: u32) -> Self {
        let (monotonic, boottime) = (format!("--monotonic={seconds}"), format!("--boottime={seconds}"));
        let namespaces = ["--user", "--map-root-user", "--time", &monotonic, &boottime, "--fork", "--kill-child"];
        let program = program("actor");
        let mut actor =
            Self::start(Command::new("unshare").args(namespaces).arg(program).env("REF_STORE_DIR", scene.base()));
        actor.ask("open shm://scene").ok();
        actor
    }

    /// Starts a process of the program `shop`, which has other orders than an actor. `build` is the number of the
    /// program's build. The process has the store at `address` open.
    #[must_use]
    pub fn shop(build: &str, address: &str) -> Self {
        let mut shop = Self::start(Command::new(program("shop")).arg(build));
        shop.ask(&format!("open {address}")).ok();
        shop
    }

    fn start(command: &mut Command) -> Self {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.expect("the actor starts");
        let (orders, answers) = (child.stdin.take(), child.stdout.take().expect("its output"));
        Self { child, orders, answers: BufReader::new(answers) }
    }

    /// Returns the actor's process number. After [`apart`](Self::apart) and [`ahead`](Self::ahead), returns the number
    /// of the actor's parent, `unshare`.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Gives the actor an order, and returns the [answer](Self::answer).
    pub fn ask(&mut self, order: &str) -> Answer {
        self.tell(order);
        self.answer()
    }

    /// Tells the actor to redeem a ticket and to keep the lease under `name`. Returns the answer.
    pub fn redeem<A: Access>(&mut self, name: &str, ticket: &Ticket<Note, A>) -> Answer {
        let order = if A::KIND == AccessKind::BorrowMut { "redeem_mut" } else { "redeem" };
        self.ask(&format!("{order} {name} {}", ticket.to_text()))
    }

    /// Gives the actor an order, without waiting for the answer. An order to a dead actor has no effect.
    pub fn tell(&mut self, order: &str) {
        if let Some(orders) = &mut self.orders {
            let _dead_or_told = writeln!(orders, "{order}");
        }
    }

    /// Waits for the actor's next answer, and returns it. Returns [`Answer::Died`] if the actor ends first.
    ///
    /// # Panics
    /// If the actor writes a line that is no answer.
    pub fn answer(&mut self) -> Answer {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("its output is readable");
        let line = line.trim_end();
        match line.split_once(' ').unwrap_or((line, "")) {
            ("", _) => Answer::Died,
            ("ok", rest) => Answer::Ok(rest.to_owned()),
            ("err", rest) => {
                let (kind, text) = rest.split_once(' ').unwrap_or((rest, ""));
                Answer::Err { kind: kind.to_owned(), text: text.to_owned() }
            }
            _ => panic!("the actor said {line:?}"),
        }
    }

    /// Kills the actor with SIGKILL and waits until it is dead.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for");
    }

    /// Waits until the actor has killed itself, at the point that it was given.
    ///
    /// # Panics
    /// If the actor ended otherwise.
    pub fn wait_killed(&mut self) {
        // An actor that has not reached its point exits with success at the end of its orders. The assertion below then
        // fails.
        assert_eq!(self.wait_signalled(), Some(9), "the point was not reached");
    }

    /// Waits until a signal has ended the actor, and returns the signal's number; `None` if the actor has exited.
    ///
    /// # Panics
    /// If the actor cannot be waited for.
    pub fn wait_signalled(&mut self) -> Option<i32> {
        drop(self.orders.take());
        self.child.wait().expect("it can be waited for").signal()
    }

    /// Waits until the actor is stopped: by itself, at the point that it was given, or by a signal.
    ///
    /// # Panics
    /// If the actor dies instead.
    pub fn wait_stopped(&self) {
        self.wait_state('T');
    }

    /// Waits until the actor sleeps in a system call.
    ///
    /// # Panics
    /// If the actor dies instead.
    pub fn wait_asleep(&self) {
        self.wait_state('S');
    }

    fn wait_state(&self, wanted: char) {
        let stat = PathBuf::from(format!("/proc/{}/stat", self.pid()));
        loop {
            let state = state(&stat);
            assert!(state.is_some_and(|state| state != 'Z'), "the actor has died");
            if state == Some(wanted) {
                return;
            }
            std::thread::yield_now();
        }
    }

    /// Sends a signal to the process [`pid`](Self::pid).
    ///
    /// # Panics
    /// If the signal cannot be sent.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("it can be signalled");
    }

    /// Ends the actor's orders, at which the actor exits, and waits for the actor's end.
    ///
    /// # Panics
    /// If the actor fails or was killed.
    pub fn finish(mut self) {
        drop(self.orders.take());
        let status = self.child.wait().expect("it can be waited for");
        assert!(status.success(), "the actor ended with {status}");
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _waited_already = self.child.wait();
    }
}

/// Returns the path of a program of this package (`src/bin`), which cargo builds beside the tests.
///
/// # Panics
/// If the tests are not where cargo builds them.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this program's path");
    let folder = test.parent().and_then(Path::parent).expect("target/PROFILE/deps");
    folder.join(name)
}
