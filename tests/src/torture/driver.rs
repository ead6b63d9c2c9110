//! Starts the tortured processes, kills them, and looks at what is left in the store.

use super::Dice;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How a run tortures its store.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program that runs [`work`](super::work).
    pub program: PathBuf,
    /// How many tortured processes there are at a time.
    pub processes: usize,
    /// How long the run takes at least.
    pub time: Duration,
    /// How many processes must have been killed before the run may end, even if `time` is over.
    pub deaths: u64,
    /// The seed of the random numbers.
    pub seed: u64,
}

/// The figures of a run.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Processes that the driver killed, or that killed themselves at a step.
    pub killed: u64,
    /// Processes that exited by themselves with success.
    pub ended: u64,
    /// Time from the last process's end until no store was left. The time includes up to a second until the tickets of
    /// objects in transit expire.
    pub swept: Duration,
}

struct Driver {
    plan: Plan,
    base: tempfile::TempDir,
    dice: Dice,
    figures: Figures,
    started: u64,
}

/// Makes a store in a new temporary folder, and tortures it as `plan` says.
///
/// # Errors
/// A promise was broken, or the system refused a call of the driver.
///
/// # Panics
/// If a tortured process cannot be started.
pub fn run(plan: &Plan) -> Result<Figures, String> {
    let base = tempfile::Builder::new().prefix("ref-torture-").tempdir_in("/dev/shm").map_err(|e| e.to_string())?;
    for folder in ["board", "oracle", "stores"] {
        fs::create_dir(base.path().join(folder)).map_err(|e| e.to_string())?;
    }
    let dice = Dice::new(plan.seed);
    let mut driver = Driver { plan: plan.clone(), base, dice, figures: Figures::default(), started: 0 };
    let mut processes = Vec::new();
    let tortured = driver.torture(&mut processes);
    for mut process in processes {
        let (_dead, _waited) = (process.kill(), process.wait());
    }
    tortured?;
    driver.audit()?;
    Ok(driver.figures)
}

impl Driver {
    fn torture(&mut self, processes: &mut Vec<Child>) -> Result<(), String> {
        let until = Instant::now() + self.plan.time;
        processes.extend((0..self.plan.processes).map(|_| self.start()));
        while Instant::now() < until || self.figures.killed < self.plan.deaths {
            if self.dice.one_in(50) {
                self.supply()?;
            }
            let victim = self.dice.below(processes.len() as u64) as usize;
            if self.dice.one_in(2) {
                let _ended_by_itself = processes[victim].kill();
            }
            for process in processes.iter_mut() {
                if self.is_over(process)? {
                    *process = self.start();
                }
            }
            std::thread::sleep(Duration::from_millis(self.dice.below(4)));
        }
        fs::write(self.base.path().join("stop"), "").map_err(|e| e.to_string())?;
        for process in processes {
            while !self.is_over(process)? {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(())
    }

    /// Starts a process that makes detached objects, and waits for it. The driver does not kill this process.
    fn supply(&mut self) -> Result<(), String> {
        self.started += 1;
        let seed = self.started.to_string();
        let over = self.tortured().arg("supply").arg(seed).status().map_err(|e| e.to_string())?;
        if over.success() { Ok(()) } else { Err(format!("no detached objects, see above: {over}")) }
    }

    fn tortured(&self) -> Command {
        let mut tortured = Command::new(&self.plan.program);
        tortured.arg(self.base.path()).env("REF_STORE_DIR", self.base.path().join("stores")).stdin(Stdio::null());
        tortured
    }

    /// Starts a process. About half of the processes get a step at which they kill themselves: a quarter within their
    /// first 60 steps, a quarter within their first 3000.
    fn start(&mut self) -> Child {
        self.started += 1;
        let point = match self.dice.below(4) {
            0 => format!("kill::{}", 1 + self.dice.below(60)),
            1 => format!("kill::{}", 1 + self.dice.below(3000)),
            _ => String::new(),
        };
        let mut tortured = self.tortured();
        tortured.arg(self.started.to_string()).env("REF_POINT", point).stdout(Stdio::null());
        tortured.spawn().expect("the tortured program starts")
    }

    fn is_over(&mut self, process: &mut Child) -> Result<bool, String> {
        use std::os::unix::process::ExitStatusExt as _;
        let Some(status) = process.try_wait().map_err(|e| e.to_string())? else { return Ok(false) };
        match (status.code(), status.signal()) {
            (Some(0), _) => self.figures.ended += 1,
            (_, Some(9)) => self.figures.killed += 1,
            _ => return Err(format!("process {} broke a promise, see above: {status}", process.id())),
        }
        Ok(true)
    }

    /// Opens and closes the store in new processes until the store is removed. The tortured processes have all ended
    /// before this call. Returns an error if the store remains although nothing goes by itself.
    fn audit(&mut self) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let left_in_store = self.visit()?;
            let stores = fs::read_dir(self.base.path().join("stores")).map_err(|e| e.to_string())?;
            let left: Vec<_> = stores.flatten().map(|entry| entry.path()).collect();
            if left.is_empty() {
                self.figures.swept = began.elapsed();
                return Ok(());
            }
            if left_in_store == 0 {
                return Err(format!("nothing is in the store, and it is still there: {left:?}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts a process that calls [`visit`](super::visit), while no other process has the store open. Returns how many
    /// objects that process saw that go by themselves.
    fn visit(&self) -> Result<u64, String> {
        let visitor = self.tortured().stderr(Stdio::inherit()).output().map_err(|e| e.to_string())?;
        let said = String::from_utf8_lossy(&visitor.stdout);
        said.trim().parse().map_err(|_| format!("the last visitor broke off, see above: {}", visitor.status))
    }
}
