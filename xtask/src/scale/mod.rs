//! `cargo xtask scale [--objects N] [--points FILE]`: measures what workers, sessions and objects ask of a Redis server
//! on this host, reckons from that what many more of them ask, compares what it reckons with what it has measured, and
//! writes the tables of docs/scale.md. With `--points`, what an earlier run has printed is what was measured. Whatever
//! stands outside of the marks on that page is written by hand, and stays.

mod costs;
mod points;
mod simulation;
mod tables;

use crate::redis::provide;
use crate::run::{cargo_command, option, root};
use costs::Costs;
use points::Points;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

const PAGE: &str = "docs/scale.md";

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    provide()?;
    let earlier = option(arguments, "--points", "");
    let (printed, machine) = if earlier.is_empty() {
        (measure(&option(arguments, "--objects", "100000"))?, Some(tables::machine()?))
    } else {
        (std::fs::read_to_string(&earlier).map_err(|error| format!("{earlier}: {error}"))?, None)
    };
    let points = Points::read(&printed)?;
    let costs = Costs::of(&points)?;
    let path = root()?.join(PAGE);
    let mut page = std::fs::read_to_string(&path).map_err(|error| format!("{PAGE}: {error}"))?;
    let machine = machine.map(|machine| ("machine", machine));
    for (name, table) in tables::all(&costs, &points)?.into_iter().chain(machine) {
        page = replaced(&page, name, &table)?;
    }
    std::fs::write(&path, page).map_err(|error| format!("{PAGE}: {error}"))?;
    tables::compare(&costs, &points)
}

/// Runs the program that measures, and shows and returns what it prints.
fn measure(objects: &str) -> Result<String, String> {
    let program = ["run", "--release", "--package", "ref-tests", "--features", "redis", "--bin", "pool", "--"];
    let mut command = cargo_command()?;
    let mut child = command
        .args(program)
        .args(["points", objects])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let mut printed = String::new();
    for line in BufReader::new(child.stdout.take().ok_or("no output")?).lines() {
        let line = line.map_err(|error| error.to_string())?;
        println!("{line}");
        printed = printed + &line + "\n";
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(printed) } else { Err(format!("the measurement has failed: {status}")) }
}

/// Returns the page with another text between the marks of that name.
fn replaced(page: &str, name: &str, text: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- {name}, by `cargo xtask scale` -->\n"), "<!-- end -->");
    let parts = page.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let (before, after) = parts.ok_or_else(|| format!("{PAGE} has no marks for `{name}`"))?;
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_by_hand_stays() {
        let page = "a\n<!-- one, by `cargo xtask scale` -->\nold\n<!-- end -->\nb\n";
        let new = replaced(page, "one", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- one, by `cargo xtask scale` -->\n\nnew\n\n<!-- end -->\nb\n");
        assert_eq!(replaced(&new, "one", "new\n").unwrap(), new);
        assert!(replaced(page, "two", "new").is_err());
    }
}
