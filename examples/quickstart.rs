//! Counts the words of a text in two other processes, which borrow it from this one.
//!
//! `cargo run --example quickstart [FILE]`. Without a FILE, the text is made from this repository's documents.

use ref_core::{Store, Workers, global_store, remote};
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

#[global_store]
struct Text {
    body: String,
}

#[global_store]
#[derive(Default)]
struct Histogram {
    words: BTreeMap<String, u64>,
}

/// Counts the words in a part of the text. This is an ordinary function, which another process can run as well.
#[remote]
fn count(text: &Text, from: usize, to: usize, histogram: &mut Histogram) -> u32 {
    for word in text.body[from..to].split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        *histogram.words.entry(word.to_lowercase()).or_default() += 1;
    }
    std::process::id()
}

fn main() -> Result<(), Box<dyn Error>> {
    remote::init(); // a worker is this program, started again, and goes no further than this line
    let body = std::env::args().nth(1).map_or_else(own_text, std::fs::read_to_string)?;
    let (middle, end) = (word_boundary(&body, body.len() / 2), body.len());
    let start = Instant::now();
    let say = |what: String| println!("{:>7.1} ms  {what}", start.elapsed().as_secs_f64() * 1e3);

    let store = Store::open("shm://quickstart")?;
    let workers = Workers::start(2)?;
    let text = store.put(Text { body })?;
    let (mut left, mut right) = (store.put(Histogram::default())?, store.put(Histogram::default())?);
    say(format!("process {} owns {end} bytes of text in shm://quickstart", std::process::id()));

    workers.scope(|s| {
        let a = count::spawn(s, &text, 0, middle, &mut left)?;
        let b = count::spawn(s, &text, middle, end, &mut right)?; // `&mut left` here does not compile: E0499
        say(format!(
            "two processes read it, beside this one, which sees {} lines",
            text.borrow()?.body.lines().count()
        ));
        say(format!("process {} has counted the first half", a.join()?));
        say(format!("process {} has counted the second half", b.join()?));
        Ok(())
    })?;

    let mut words = left.into_inner()?.words;
    for (word, times) in right.into_inner()?.words {
        *words.entry(word).or_default() += times;
    }
    let mut words: Vec<_> = words.into_iter().collect();
    words.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    println!("\nthe ten most frequent words:");
    words.iter().take(10).for_each(|(word, count)| println!("{word} {count}"));
    Ok(())
}

/// Returns the first index from `near` on at which no letter begins and no character is divided, or the text's length.
fn word_boundary(text: &str, near: usize) -> usize {
    let boundary = |at: &usize| text.is_char_boundary(*at) && !text[*at..].starts_with(char::is_alphabetic);
    (near..text.len()).find(boundary).unwrap_or(text.len())
}

/// Returns some of this repository's documents, repeated until they make a megabyte or more.
fn own_text() -> std::io::Result<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let documents = ["README.md", "ARCHITECTURE.md", "LICENSE-APACHE"];
    let texts: Result<Vec<_>, _> =
        documents.iter().map(|name| std::fs::read_to_string(format!("{folder}/{name}"))).collect();
    let once = texts?.concat();
    Ok(once.repeat((1 << 20) / once.len().max(1) + 1))
}
