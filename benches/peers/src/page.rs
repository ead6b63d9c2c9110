//! The page docs/performance.md: a table of goals, a table of runs, and a section for each part. Whatever stands between
//! the goals and the parts is written by hand, and stays.

use crate::part::Part;
use crate::section::Section;

const HEAD: &str = "\
# Performance

`cargo xtask bench` writes this page, but for what is said about missed goals. It gets the peers, measures all ways of a
table by turns in one run, and takes the median of the rounds, with the least and the most. Times differ from machine to
machine and from minute to minute, and ratios less so. All stores are on tmpfs. LMDB and redb do not wait for the disk.
ProxyStore and numpy are programs in Python, ProxyStore without its cache, and Redis is a server on this host, behind a
Unix socket. *Another process* is a second session in the same process here, so no way waits until a process is woken;
only columns are changed by processes of their own. The first way of a table is what the others are compared with. The
bars of the pictures are on a logarithmic scale.
";
const GOALS: &str = "## Goals\n";
const GOALS_HEAD: &str = "\
The goal is the most that the ratio should be: ours, by the median, beside the other way of the same table.

Two goals have no ratio, but commands of their own, with figures in [evidence]: nothing is left of objects that came and
went (`cargo xtask cycles`), and what a killed borrower held is granted again within 10 ms at p99 (`cargo xtask
latency`).

| goal | ours | beside it | ratio | at most | | part |
|---|---|---|---|---|---|---|
";
const RUNS: &str = "## Runs\n";
const RUNS_HEAD: &str = "\
`cargo xtask bench PART` measures a part alone, and replaces its section, its goals and its line here.

| part | machine | system | compiler | load at the end |
|---|---|---|---|---|
";

/// What stands on the page, without what is the same on each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    goals: Vec<String>,
    runs: Vec<String>,
    /// Each with its heading, as the sections of the parts.
    by_hand: Vec<String>,
    parts: Vec<(Part, String)>,
}

impl Page {
    pub(crate) fn read(text: &str) -> Self {
        let mut page = Self::default();
        let rows = |chunk: &str| -> Vec<String> {
            chunk.lines().filter(|line| line.starts_with("| ")).skip(1).map(str::to_owned).collect()
        };
        for chunk in text.split("\n## ").skip(1) {
            let heading = chunk.lines().next().unwrap_or_default();
            let section = format!("## {}\n", chunk.trim_end());
            if section.starts_with(GOALS) {
                page.goals = rows(chunk);
            } else if section.starts_with(RUNS) {
                page.runs = rows(chunk);
            } else if let Some(part) = Part::ALL.into_iter().find(|part| part.heading() == heading) {
                page.parts.push((part, section));
            } else {
                page.by_hand.push(section);
            }
        }
        page
    }

    /// Replaces all that is about the section's part.
    pub(crate) fn put(&mut self, section: Section, machine: &str) {
        let part = section.part();
        self.goals.retain(|row| part_of_goal(row) != Some(part.name()));
        self.goals.extend(section.goals());
        self.goals.sort_by_key(|row| Part::ALL.iter().position(|part| part_of_goal(row) == Some(part.name())));
        self.runs.retain(|row| !row.starts_with(&format!("| {} |", part.name())));
        self.runs.push(format!("| {} {machine}", part.name()));
        self.runs.sort_by_key(|row| Part::ALL.iter().position(|part| row.starts_with(&format!("| {} |", part.name()))));
        self.parts.retain(|(other, _)| *other != part);
        self.parts.push((part, section.text()));
        self.parts.sort_by_key(|(part, _)| *part as u8);
    }

    pub(crate) fn text(&self) -> String {
        let table = |rows: &[String]| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
        let mut text = format!("{HEAD}\n{GOALS}\n{GOALS_HEAD}{}", table(&self.goals));
        let parts = self.parts.iter().map(|(_, section)| section);
        self.by_hand.iter().for_each(|section| text += &format!("\n{section}"));
        text += &format!("\n{RUNS}\n{RUNS_HEAD}{}", table(&self.runs));
        parts.for_each(|section| text += &format!("\n{section}"));
        text
    }
}

/// The last cell of a goal's row names its part.
fn part_of_goal(row: &str) -> Option<&str> {
    row.trim_end_matches(" |").rsplit(" | ").next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Figure, Goal, Row};

    fn row(title: &str, nanos: f64) -> Row {
        let figure = |name: &str, nanos, goals| Figure { name: name.to_owned(), goals, nanos: Ok([nanos; 3]) };
        let goals = vec![Goal { most: 2.0, beside: None }, Goal { most: 1.0, beside: Some("a third") }];
        let figures =
            vec![figure("theirs", 10.0, vec![]), figure("ref: ours", nanos, goals), figure("a third", 20.0, vec![])];
        Row { title: title.to_owned(), figures }
    }

    fn put(page: &mut Page, part: Part, title: &str, nanos: f64) {
        let mut section = Section::new(part);
        section.tables(&[row(title, nanos)]);
        page.put(section, "| a machine | a system | a compiler | 0.1 |");
    }

    #[test]
    fn a_part_replaces_what_is_about_itself_and_nothing_else() {
        let by_hand =
            "# Performance\n\n## Goals that are missed\n\nThe reason.\n\n| what | why |\n|---|---|\n| a | b |\n";
        let mut page = Page::read(by_hand);
        put(&mut page, Part::Names, "Read a name", 15.0);
        put(&mut page, Part::Small, "Put a byte", 25.0);
        let before = page.text();
        assert_eq!(Page::read(&before), page);
        let told = "| Put a byte: ours, beside theirs | 25 ns | 10 ns | 2.50 | 2 | missed | small |\n";
        assert!(before.contains(told), "{before}");
        assert!(before.contains("\n| a | b |\n\n## Runs\n"), "{before}");
        assert!(before.find("## Values of 100 bytes") < before.find("## Objects by name"), "{before}");

        let mut page = Page::read(&before);
        put(&mut page, Part::Small, "Put a byte", 20.0);
        let after = page.text();
        assert_eq!(
            after,
            before
                .replace("25 ns", "20 ns")
                .replace("2.50", "2.00")
                .replace("1.25", "1.00")
                .replace("| 2.00 | 2 | missed | small |\n", "| 2.00 | 2 | met | small |\n")
                .replace("| 1.00 | 1 | missed | small |\n", "| 1.00 | 1 | met | small |\n")
        );
    }
}
