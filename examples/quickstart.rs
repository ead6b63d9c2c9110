//! Counts the words of a text in two other processes, which borrow it from this one.
//!
//! `cargo run --example quickstart [FILE]`; without a FILE, the text is this repository's own, over and over.

use ref_core::{Exclusive, Shared, Store, Ticket, global_store};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

const STORE: &str = "shm://quickstart";

#[global_store]
struct Text {
    body: String,
}

#[global_store]
#[derive(Default)]
struct Histogram {
    words: BTreeMap<String, u64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        Some(role) if role == "--worker" => work(),
        file => lend_out(&file.map_or_else(own_text, std::fs::read_to_string)?),
    }
}

/// The owner: lends the text shared to both workers at once, and the histogram exclusively to each in turn.
fn lend_out(body: &str) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let say = |what: String| println!("{:>7.1} ms  {what}", start.elapsed().as_secs_f64() * 1e3);

    let store = Store::open(STORE)?;
    let text = store.put(Text { body: body.to_owned() })?;
    let mut histogram = store.put(Histogram::default())?;
    say(format!("process {} owns {} bytes of text in {STORE}", std::process::id(), text.borrow()?.body.len()));

    let mut workers = [Worker::start()?, Worker::start()?];
    let reading = text.lend()?; // `text` stays readable here, and cannot be changed, while `reading` lives
    let middle = word_boundary(body, body.len() / 2);
    for (worker, (from, to)) in workers.iter_mut().zip([(0, middle), (middle, body.len())]) {
        worker.tell(&format!("{} {from} {to}", reading.ticket()?.to_text()))?;
        say(format!("process {} may read bytes {from}..{to}, shared", worker.child.id()));
    }
    for worker in &mut workers {
        worker.answer()?;
        let writing = histogram.lend_mut()?; // `histogram` cannot even be read here while `writing` lives
        let ticket = writing.ticket()?.to_text();
        worker.tell(&ticket)?;
        worker.answer()?;
        say(format!("process {} holds the histogram, exclusively", worker.child.id()));

        let again = store.redeem(ticket.parse::<Ticket<Histogram, Exclusive>>()?);
        say(format!("a second use of its ticket: {}", again.err().ok_or("one ticket was redeemed twice")?));

        worker.tell("commit")?;
        say(format!("the histogram came back: {}", writing.end()?));
    }
    say(format!("the text came back: {}", reading.end()?));

    let mut words: Vec<(String, u64)> = histogram.into_inner()?.words.into_iter().collect();
    words.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    println!("\nthe ten most frequent words:");
    words.iter().take(10).for_each(|(word, count)| println!("{word} {count}"));
    Ok(())
}

/// A borrower: redeems what it is sent, and knows nothing else of the owner.
fn work() -> Result<(), Box<dyn Error>> {
    let store = Store::open(STORE)?;
    let mut orders = stdin().lines();
    let mut order = || orders.next().ok_or("the owner is gone")?.map_err(Box::<dyn Error>::from);

    let line = order()?;
    let [ticket, from, to] = line.split(' ').collect::<Vec<_>>()[..] else { return Err("not an order".into()) };
    let text = store.redeem(ticket.parse::<Ticket<Text, Shared>>()?)?;
    let counts = count(&text.borrow()?.body[from.parse()?..to.parse()?]);
    println!("counted");

    let mut histogram = store.redeem(order()?.parse::<Ticket<Histogram, Exclusive>>()?)?;
    println!("holding");
    order()?;
    for (word, times) in counts {
        *histogram.borrow_mut()?.words.entry(word).or_default() += times;
    }
    histogram.commit()?;
    Ok(())
}

fn count(text: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}

/// The first place from `near` on where no word is cut.
fn word_boundary(text: &str, near: usize) -> usize {
    let boundary = |at: &usize| text.is_char_boundary(*at) && !text[*at..].starts_with(char::is_alphabetic);
    (near..text.len()).find(boundary).unwrap_or(text.len())
}

/// This repository's documents, repeated until there is a megabyte of them.
fn own_text() -> std::io::Result<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let documents = ["README.md", "ARCHITECTURE.md", "LICENSE-APACHE"];
    let texts: Result<Vec<_>, _> =
        documents.iter().map(|name| std::fs::read_to_string(format!("{folder}/{name}"))).collect();
    let once = texts?.concat();
    Ok(once.repeat((1 << 20) / once.len().max(1) + 1))
}

struct Worker {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    fn start() -> Result<Self, Box<dyn Error>> {
        let this_program = std::env::current_exe()?;
        let mut child =
            Command::new(this_program).arg("--worker").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let answers = BufReader::new(child.stdout.take().ok_or("the worker has no output")?);
        Ok(Self { child, answers })
    }

    /// Tickets are secrets: they go by pipe, never by command line.
    fn tell(&mut self, order: &str) -> Result<(), Box<dyn Error>> {
        Ok(writeln!(self.child.stdin.as_mut().ok_or("the worker has no input")?, "{order}")?)
    }

    fn answer(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        match self.answers.read_line(&mut line)? {
            0 => Err(format!("worker {} ended early: {}", self.child.id(), self.child.wait()?).into()),
            _ => Ok(line),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.child.stdin.take()); // tells it that there is no more to do
        let _ended = self.child.wait();
    }
}
