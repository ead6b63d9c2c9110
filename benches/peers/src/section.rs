//! The section of a part: a table and a picture for each row, and the goals.

use crate::Done;
use crate::measure::{Figure, Goal, Row};
use crate::memory::Memory;
use crate::part::Part;
use crate::plot;
use crate::tail::Tail;
use ref_peers::time;
use std::path::Path;

#[derive(Debug)]
pub(crate) struct Section {
    part: Part,
    text: String,
    /// Rows of the table of goals.
    goals: Vec<String>,
}

impl Section {
    pub(crate) fn new(part: Part) -> Self {
        Self { part, text: format!("## {}\n", part.heading()), goals: Vec::new() }
    }

    pub(crate) fn part(&self) -> Part {
        self.part
    }

    pub(crate) fn goals(&self) -> Vec<String> {
        self.goals.clone()
    }

    pub(crate) fn text(self) -> String {
        self.text
    }

    /// Adds a table for each row, and draws its picture in the repository. The part's former pictures are removed.
    pub(crate) fn rows(&mut self, rows: &[Row], root: &Path) -> Done {
        plot::remove(self.part, root)?;
        self.tables(rows);
        (0..).zip(rows).try_for_each(|(number, row)| plot::draw(row, &root.join(plot::path(self.part, number))))
    }

    /// Adds a table for each row, which names its picture.
    pub(crate) fn tables(&mut self, rows: &[Row]) {
        for (number, row) in rows.iter().enumerate() {
            self.text += &format!("\n### {}\n\n", row.title);
            self.text += "| way | median | least | most | ratio | goal |\n|---|---|---|---|---|---|\n";
            let reference = row.figures.first().and_then(median);
            row.figures.iter().for_each(|figure| self.text += &line(figure, reference));
            self.text += &format!("\nPicture: `{}`.\n", plot::path(self.part, number));
            row.figures.iter().for_each(|figure| self.add_goals(row, figure));
        }
    }

    fn add_goals(&mut self, row: &Row, figure: &Figure) {
        for Goal { most, beside } in &figure.goals {
            let other = match beside {
                None => row.figures.first(),
                Some(name) => row.figures.iter().find(|other| other.name == *name),
            };
            let Some(other) = other else { continue };
            let goal = format!("{}: {}, beside {}", row.title, figure.name.trim_start_matches("ref: "), other.name);
            let [ours, theirs] = [figure, other].map(|figure| median(figure).map(time));
            let ratio = median(figure).zip(median(other)).map(|(ours, theirs)| ours / theirs);
            self.add_goal(&goal, ours, theirs, ratio, *most);
        }
    }

    fn add_goal(&mut self, goal: &str, ours: Option<String>, theirs: Option<String>, ratio: Option<f64>, most: f64) {
        let part = self.part.name();
        let [ours, theirs] = [ours, theirs].map(|figure| figure.unwrap_or_else(|| "no figure".to_owned()));
        // What is judged is the ratio that the reader sees.
        let ratio = ratio.map(|ratio| (ratio * 100.0).round() / 100.0);
        let judged = match ratio {
            None => "not measured",
            Some(ratio) if ratio <= most => "met",
            Some(_) => "missed",
        };
        let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        self.goals.push(format!("| {goal} | {ours} | {theirs} | {ratio} | {most} | {judged} | {part} |"));
    }

    /// Adds the table about the slowest reads.
    pub(crate) fn tails(&mut self, tails: &[Tail]) {
        self.text += "\n### The slowest of very many reads\n\nOne thread reads 100 bytes at full speed for 10 s, and \
                      measures each read with the clock, which takes some\n20 ns of each figure. A second thread \
                      replaces the version each second, as another process would, or does nothing.\n\n\
                      | way, and how often the version is replaced | reads | median | 99.99 % | 99.999 % | longest |\n|---|---|---|---|---|---|\n";
        for Tail { name, replaces, acts, nanos } in tails {
            let replaced = if *replaces { "each second" } else { "never" };
            let [median, p9999, p99999, longest] = nanos.map(|nanos| time(nanos as f64));
            let reads = *acts as f64 / 1e6;
            self.text +=
                &format!("| {name}, {replaced} | {reads:.0} million | {median} | {p9999} | {p99999} | {longest} |\n");
        }
    }

    /// Adds the table about memory, and its goals.
    pub(crate) fn memory(&mut self, measured: &[Memory]) {
        self.text += "\n### Memory at one time, at most\n\nWhat the process and its workers have in memory of their own, \
                      and what is in shared memory and on tmpfs, with the\narrays themselves and with kept files. It is \
                      looked at every 2 ms, while the arrays are made and each way acts twice.\n\n\
                      | way | memory | beside the arrays | goal |\n|---|---|---|---|\n";
        for Memory { name, bytes, of, goal } in measured {
            let ratio = *bytes as f64 / *of as f64;
            let [bytes, of] = [bytes, of].map(|bytes| format!("{:.0} MB", *bytes as f64 / 1e6));
            let most = goal.map(|goal| goal.to_string()).unwrap_or_default();
            self.text += &format!("| {name} | {bytes} | {ratio:.3} | {most} |\n");
            if let Some(most) = goal {
                let goal = format!("Memory at one time: {}, beside the arrays", name.trim_start_matches("ref: "));
                self.add_goal(&goal, Some(bytes), Some(of), Some(ratio), *most);
            }
        }
    }
}

fn median(figure: &Figure) -> Option<f64> {
    figure.nanos.as_ref().ok().map(|nanos| nanos[0])
}

fn line(figure: &Figure, reference: Option<f64>) -> String {
    let Figure { name, goals, nanos } = figure;
    match nanos {
        Err(reason) => format!("| {name} | no figure: {} | | | | |\n", reason.replace(['\n', '|'], " ")),
        Ok([median, least, most]) => {
            let ratio = reference.map(|reference| format!("{:.2}", median / reference)).unwrap_or_default();
            let goal = goals.iter().find(|goal| goal.beside.is_none());
            let goal = goal.map(|goal| goal.most.to_string()).unwrap_or_default();
            let [median, least, most] = [median, least, most].map(|nanos| time(*nanos));
            format!("| {name} | {median} | {least} | {most} | {ratio} | {goal} |\n")
        }
    }
}
