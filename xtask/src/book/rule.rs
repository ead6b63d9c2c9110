//! The page of a rule.

use super::markdown::id;
use super::source::{Checker, Comparison, Example, Rule};
use super::{REPOSITORY, program, words};
use crate::course::exercise::Exercise;
use std::fmt::Write as _;

/// Returns the page of a rule: its sentence, what checks it, why it holds, the exercises that train it, and its programs.
pub(crate) fn page(
    rule: &Rule,
    checkers: &[Checker],
    examples: &[&Example],
    comparisons: &[Comparison],
    exercises: &[Exercise],
) -> String {
    let mut page = format!("# {}: {}\n\n{}\n", rule.id, rule.sentence, checks(rule, checkers));
    let _ = write!(page, "## Why\n\n{}\n\n{}", rule.why, proxystore(rule, comparisons));
    page.push_str(&trained(rule, exercises));
    let _ = write!(page, "## Programs\n\n");
    for example in examples {
        let title = title(example);
        let _ = writeln!(page, "- [{title}](#{}): {}", id(&title), code(example));
    }
    for example in examples {
        page.push_str(&programs(example));
    }
    page
}

/// Returns the list of what checks the rule, and when.
fn checks(rule: &Rule, checkers: &[Checker]) -> String {
    let mut list = "Checked by:\n\n".to_owned();
    for checker in checkers.iter().filter(|checker| rule.checks.split(", ").any(|name| name == checker.name)) {
        let _ = writeln!(list, "- **{}**, {}: {}", checker.name, checker.when, checker.is);
    }
    if !rule.between.is_empty() {
        let _ = writeln!(list, "\nBetween processes, [this test](../rules.md) holds the rule: {}.", rule.between);
    }
    list
}

/// Returns the section on ProxyStore, or no text if the page on ProxyStore does not name the rule.
fn proxystore(rule: &Rule, comparisons: &[Comparison]) -> String {
    let rows = comparisons.iter().filter(|comparison| comparison.rules.contains(&rule.id));
    let rows: String = rows.map(|row| format!("| {} | {} |\n", row.there, row.here)).collect();
    if rows.is_empty() {
        return rows;
    }
    let all = "The names of both sides are on the page [Coming from ProxyStore](../from-proxystore.md).";
    format!("## In ProxyStore\n\n| there, when the program runs | here |\n|---|---|\n{rows}\n{all}\n\n")
}

/// Returns the section on the exercises that train the rule, or no text if there are none.
fn trained(rule: &Rule, exercises: &[Exercise]) -> String {
    let of_rule = exercises.iter().filter(|exercise| exercise.rules.contains(&rule.id));
    let list: String = of_rule
        .map(|exercise| {
            format!("- [{}]({REPOSITORY}course/{}): {}\n", exercise.name, exercise.file.display(), exercise.idea)
        })
        .collect();
    if list.is_empty() { list } else { format!("## Exercises\n\nIn the [course]({REPOSITORY}course):\n\n{list}\n") }
}

/// Returns the failing program, what the compiler says, and the repaired program.
fn programs(example: &Example) -> String {
    let title = title(example);
    let (path, twin) = (&example.path, &example.twin);
    let failing = program::plain(&example.program, &format!("the program: {title}"));
    let said = words::html(&example.words, &format!("what the compiler says: {title}"));
    let repaired = program::difference(&example.program, &example.repaired, &format!("the repaired program: {title}"));
    format!(
        "\n### {title}\n\n[The program]({REPOSITORY}{path}) does not compile:\n\n{failing}\n\
         The compiler says ({}):\n\n{said}\n[The repaired program]({REPOSITORY}{twin}) compiles:\n\n{repaired}",
        code(example)
    )
}

/// Returns the address of a pair: its rule's page, and its heading there.
pub(crate) fn address(example: &Example) -> String {
    format!("rules/{}.md#{}", example.rule.to_lowercase(), id(&title(example)))
}

/// Returns the title of a pair: the name of its file as words.
fn title(example: &Example) -> String {
    let mut title = example.name.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

/// Returns the error's code with a link to its explanation, or what stands in its place.
fn code(example: &Example) -> String {
    match example.code.as_str() {
        "none" => "an error without a code".to_owned(),
        code if code.starts_with('E') => format!("[{code}](https://doc.rust-lang.org/error_codes/{code}.html)"),
        lint => format!("the lint `{lint}`"),
    }
}
