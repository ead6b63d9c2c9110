//! Writes the page of all rows. The part about names stands at its end, and can be replaced alone.

use crate::Done;
use crate::measure::{Figure, Row};
use crate::plot;
use crate::tail::Tail;
use std::fmt::Write as _;
use std::process::Command;

const HEAD: &str = "\
# Performance

`cargo xtask bench` writes this page. It gets the peers, measures all ways of a table by turns in one run, and takes the
median of the rounds, with the least and the most. Times differ from machine to machine and from minute to minute, and
ratios less so. All stores are on tmpfs. LMDB and redb do not wait for the disk. ProxyStore is a program in Python,
without its cache. *Another process* is a second session in the same process here, so no way waits until a process is
woken. The first way of a table is what the others are compared with, and the goal is the most that the ratio should be.
The bars of the pictures are on a logarithmic scale. [evidence] says why goals are missed.
";
/// The links of the page.
const LINKS: &str = "\n[evidence]: evidence.md\n";

/// What the part about names begins with.
const NAMES: &str = "\n## Objects by name\n";

/// Returns the page without the part about names.
pub(crate) fn front(rows: &[Row]) -> Done<String> {
    let mut page = format!("{HEAD}\n{}\n", machine()?);
    tables(&mut page, rows, 0, "##")?;
    Ok(page)
}

/// Returns what stands in a page before the part about names.
pub(crate) fn front_of(page: &str) -> String {
    page.split(NAMES).next().and_then(|front| front.split(LINKS).next()).unwrap_or_default().to_owned()
}

/// Returns how many pictures the page names.
pub(crate) fn pictures(page: &str) -> usize {
    page.matches("\nPicture: ").count()
}

/// Returns the part about names. The first of its pictures has this number.
pub(crate) fn names(rows: &[Row], first: usize, tails: &[Tail]) -> Done<String> {
    let mut page = format!(
        "{NAMES}\n`cargo xtask bench names` measures these tables alone. That run: {}\n",
        machine()?.replacen("Machine: ", "", 1)
    );
    tables(&mut page, rows, first, "###")?;
    page += "\n### The slowest of very many reads\n\nOne thread reads 100 bytes at full speed for 10 s, and measures each \
             read with the clock, which takes some\n20 ns of each figure. A second thread replaces the version each second, \
             as another process would, or does nothing.\n\n| way, and how often the version is replaced | reads | median | 99.99 % | \
             99.999 % | longest |\n|---|---|---|---|---|---|\n";
    for Tail { name, replaces, acts, nanos } in tails {
        let replaced = if *replaces { "each second" } else { "never" };
        let [median, p9999, p99999, longest] = nanos.map(|nanos| plot::time(nanos as f64));
        let reads = *acts as f64 / 1e6;
        writeln!(page, "| {name}, {replaced} | {reads:.0} million | {median} | {p9999} | {p99999} | {longest} |")?;
    }
    Ok(page + LINKS)
}

/// Writes a table for each row, under a heading of this level. The first row's picture has this number.
fn tables(page: &mut String, rows: &[Row], first: usize, level: &str) -> Done {
    for (number, row) in (first..).zip(rows) {
        write!(
            page,
            "\n{level} {}\n\n| way | median | least | most | ratio | goal |\n|---|---|---|---|---|---|\n",
            row.title
        )?;
        let reference = row.figures.first().and_then(|figure| figure.nanos.as_ref().ok()).map(|nanos| nanos[0]);
        row.figures.iter().try_for_each(|figure| line(page, figure, reference))?;
        write!(page, "\nPicture: `{}`.\n", plot::path(number))?;
    }
    Ok(())
}

fn line(page: &mut String, figure: &Figure, reference: Option<f64>) -> Done {
    let Figure { name, goal, nanos } = figure;
    match nanos {
        Err(reason) => writeln!(page, "| {name} | no figure: {reason} | | | | |")?,
        Ok([median, least, most]) => {
            let ratio = reference.map(|reference| format!("{:.2}", median / reference)).unwrap_or_default();
            let goal = goal.map(|goal| goal.to_string()).unwrap_or_default();
            let [median, least, most] = [median, least, most].map(|nanos| plot::time(*nanos));
            writeln!(page, "| {name} | {median} | {least} | {most} | {ratio} | {goal} |")?;
        }
    }
    Ok(())
}

/// Returns a sentence about the machine and the versions.
fn machine() -> Done<String> {
    let first = |program: &str, argument: &str| -> Done<String> {
        Ok(String::from_utf8(Command::new(program).arg(argument).output()?.stdout)?.trim().to_owned())
    };
    let processor = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model);
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    let cores = std::thread::available_parallelism()?;
    let (kernel, rust) = (first("uname", "-r")?, first("rustc", "--version")?);
    Ok(format!("Machine: {model}, {cores} cores, Linux {kernel},\n{rust}, load {load} at the end of the run."))
}
