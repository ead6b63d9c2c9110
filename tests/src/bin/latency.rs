//! Measures how long a killed borrower delays other processes. `cargo xtask latency [--kills N]` runs this program.
//!
//! The figures are printed for `docs/evidence.md`. Nothing is asserted about them.

use ref_core::{ErrorKind, Exclusive, Loan, LoanEndCause, Store, Ticket};
use std::error::Error;
use std::io::{BufRead as _, BufReader, Lines, Write as _, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// A borrower is killed at some moment within this time, while its lender waits.
const WAIT: Duration = Duration::from_millis(120);

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["borrow", address] => borrow(address),
        [kills] => measure(kills.parse()?),
        _ => Err("latency KILLS".into()),
    }
}

/// Reads two lines at a time: redeems the ticket of the first, and keeps the lease until the second comes.
fn borrow(address: &str) -> Done {
    let store = Store::open(address)?;
    let mut lines = stdin().lines();
    while let Some(line) = lines.next() {
        let ticket: Ticket<u64, Exclusive> = line?.parse()?;
        let lease = store.redeem(ticket)?;
        writeln!(stdout(), "held")?;
        lines.next().transpose()?;
        lease.release()?;
        writeln!(stdout(), "released")?;
    }
    Ok(())
}

/// A process that borrows from this one.
struct Borrower {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Borrower {
    fn new(address: &str) -> Done<Self> {
        let mut child = Command::new(std::env::current_exe()?);
        child.args(["borrow", address]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = child.spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        Ok(Self { child, input, output })
    }

    fn tell(&mut self, line: &str) -> Done {
        writeln!(self.input, "{line}")?;
        self.output.next().ok_or("the other process is gone")??;
        Ok(())
    }

    /// Starts a thread that kills the borrower after a time that `nth` determines. The thread returns the moment of the
    /// kill.
    fn kill_later(mut self, nth: u32) -> thread::JoinHandle<std::io::Result<Instant>> {
        thread::spawn(move || {
            // The moments are spread over the whole of `WAIT`, and none comes twice: they are multiples of the golden
            // ratio, modulo 1.
            thread::sleep(WAIT.mul_f64((f64::from(nth) * 0.618_033_988_75).fract()));
            let killed = Instant::now();
            self.child.kill()?;
            self.child.wait()?;
            // The borrower's input stays open until here, so that the borrower does not end by itself.
            drop((self.input, self.output));
            Ok(killed)
        })
    }
}

fn measure(kills: u32) -> Done {
    let folder = tempfile::Builder::new().prefix("ref-latency-").tempdir_in("/dev/shm")?;
    let address = format!("file:{}", folder.path().join("store").display());
    let store = Store::open(&address)?;
    let mut owned = store.put(7_u64)?;

    let ended = (0..kills).map(|nth| {
        let loan = owned.lend_mut()?;
        let killer = borrowed(&address, &loan)?.kill_later(nth);
        let ended = loan.end()?;
        let until = Instant::now();
        assert!(matches!(ended.cause, LoanEndCause::Died(_)), "{ended:?}");
        Ok(until - killed(killer)?)
    });
    say("killed until `end` returns", ended.collect::<Done<Vec<_>>>()?);

    let mut next = Borrower::new(&address)?;
    let reissued = (0..kills).map(|nth| {
        let loan = owned.lend_mut()?;
        let killer = borrowed(&address, &loan)?.kill_later(nth);
        next.tell(&reissued(&loan)?.to_text())?;
        let until = Instant::now();
        next.tell("")?;
        let _how_it_ended = loan.end()?;
        Ok(until - killed(killer)?)
    });
    say("killed until a re-issued ticket is redeemed", reissued.collect::<Done<Vec<_>>>()?);

    let loan = owned.lend_mut()?;
    let mut holder = borrowed(&address, &loan)?;
    let before = on_processor()?;
    let late = loan.wait(Duration::from_secs(3));
    println!("processor time of a waiter             {:>10.2} %", (on_processor()? - before).as_secs_f64() / 0.03);
    holder.tell("")?;
    assert!(late.is_err(), "the borrower holds the object");
    let _how_it_ended = loan.end()?;
    Ok(())
}

/// Starts a process, and returns it once it has redeemed the loan's ticket.
fn borrowed(address: &str, loan: &Loan<'_, u64, Exclusive>) -> Done<Borrower> {
    let mut borrower = Borrower::new(address)?;
    borrower.tell(&loan.ticket()?.to_text())?;
    Ok(borrower)
}

/// Asks for another ticket each millisecond, until no process holds the loan, and returns that ticket.
fn reissued(loan: &Loan<'_, u64, Exclusive>) -> Done<Ticket<u64, Exclusive>> {
    loop {
        match loan.reissue() {
            Err(error) if error.kind() == ErrorKind::Conflict => thread::sleep(Duration::from_millis(1)),
            ticket => return Ok(ticket?),
        }
    }
}

fn killed(killer: thread::JoinHandle<std::io::Result<Instant>>) -> Done<Instant> {
    Ok(killer.join().map_err(|_| "the killer panicked")??)
}

/// Returns how long this thread has run on a processor.
fn on_processor() -> Done<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(text.split_whitespace().next().ok_or("no figures")?.parse()?))
}

fn say(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what:<45} p50 {:>6.2} ms, p99 {:>6.2} ms, max {:>6.2} ms, of {}",
        at(0.5),
        at(0.99),
        at(1.0),
        times.len()
    );
}
