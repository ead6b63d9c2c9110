//! `ref explain`: a rule, as the rule book has it. The build script puts the book's sources into the program.

use crate::Done;
use anstyle::{AnsiColor, Style};
use serde::Deserialize;
use std::fmt::Write as _;

#[derive(Deserialize)]
struct Rule {
    id: String,
    sentence: String,
    /// What checks the rule: `compiler`, `macro`, `ledger`, or several of them with commas between.
    checks: String,
    why: String,
    programs: Vec<Program>,
    /// What ProxyStore does in the same place, and what this crate does.
    proxystore: Vec<(String, String)>,
    /// The exercises that train the rule, each by its name and idea.
    exercises: Vec<String>,
}

/// A program that breaks the rule, with what the compiler says, and the repaired program.
#[derive(Deserialize)]
struct Program {
    name: String,
    code: String,
    program: Vec<String>,
    /// How many lines of the program's file come before the program: the compiler counts them.
    before: usize,
    words: String,
    repaired: Vec<String>,
}

const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.json"));
const TITLE: Style = Style::new().bold();
const BROKEN: Style = AnsiColor::Red.on_default();
const REPAIRED: Style = AnsiColor::Green.on_default();

/// Shows the rule with this number, and one of its programs. Without a number, lists the rules.
pub(crate) fn run(rule: Option<&str>, program: Option<&str>) -> Done {
    let rules: Vec<Rule> = serde_json::from_str(RULES).map_err(|error| error.to_string())?;
    let Some(asked) = rule else {
        return Ok(rules.iter().map(|rule| format!("{}  {}\n", rule.id, rule.sentence)).collect());
    };
    let number = |id: &str| id.trim_start_matches(['r', 'R']).parse::<u32>().ok();
    let found = rules.iter().find(|rule| number(asked).is_some() && number(asked) == number(&rule.id));
    let rule = found.ok_or_else(|| format!("there is no rule `{asked}`; `ref explain` lists the rules"))?;
    let shown = match program {
        None => rule.programs.first(),
        Some(name) => Some(rule.programs.iter().find(|program| program.name == name).ok_or_else(|| {
            format!("rule {} has no program `{name}`; `ref explain {}` lists its programs", rule.id, rule.id)
        })?),
    };
    Ok(page(rule, shown))
}

/// Returns the page of a rule with one of its programs.
fn page(rule: &Rule, shown: Option<&Program>) -> String {
    let Rule { id, sentence, checks, why, programs, proxystore, exercises } = rule;
    let mut page = format!("{TITLE}{id}: {sentence}{TITLE:#}\n\nChecked by: {checks}\n\n{why}\n");
    if let Some(program) = shown {
        let _ = write!(page, "\n{TITLE}This does not compile{TITLE:#} ({}, {}):\n\n", program.name, program.code);
        let numbered = program.program.iter().zip(program.before + 1..);
        page.extend(numbered.map(|(line, number)| format!("{number:>4} {line}").trim_end().to_owned() + "\n"));
        let _ = write!(page, "\n{TITLE}The compiler says{TITLE:#}:\n\n{}\n", program.words.trim_end());
        let _ = write!(page, "\n{TITLE}Repaired{TITLE:#}:\n\n");
        page.push_str(&difference(&program.program, &program.repaired));
    }
    if !proxystore.is_empty() {
        let _ = write!(page, "\n{TITLE}In ProxyStore{TITLE:#}, and here:\n\n");
        page.extend(proxystore.iter().map(|(there, here)| format!("    {there}\n    here: {here}\n")));
    }
    if !exercises.is_empty() {
        let _ = write!(page, "\n{TITLE}Exercises{TITLE:#}, in `course/`:\n\n");
        page.extend(exercises.iter().map(|exercise| format!("    {exercise}\n")));
    }
    let shown = shown.map(|program| &program.name);
    let others: Vec<_> = programs.iter().filter(|program| Some(&program.name) != shown).collect();
    if !others.is_empty() {
        let _ = write!(page, "\n{TITLE}Other programs{TITLE:#}, by `ref explain {id} PROGRAM`:\n\n");
        page.extend(others.iter().map(|program| format!("    {}\n", program.name)));
    }
    page
}

/// Returns the lines of both programs: `-` before those of the first one only, `+` before those of the second one only.
fn difference(before: &[String], after: &[String]) -> String {
    let start = before.iter().zip(after).take_while(|(before, after)| before == after).count();
    let (rest, rest_after) = (&before[start..], &after[start..]);
    let end = rest.iter().rev().zip(rest_after.iter().rev()).take_while(|(before, after)| before == after).count();
    let mut text: String = before[..start].iter().map(|line| marked(' ', line)).collect();
    text.extend(
        rest[..rest.len() - end].iter().map(|line| format!("{BROKEN}{}{BROKEN:#}\n", marked('-', line).trim_end())),
    );
    text.extend(
        rest_after[..rest_after.len() - end]
            .iter()
            .map(|line| format!("{REPAIRED}{}{REPAIRED:#}\n", marked('+', line).trim_end())),
    );
    text.extend(rest[rest.len() - end..].iter().map(|line| marked(' ', line)));
    text
}

fn marked(mark: char, line: &str) -> String {
    format!("  {mark} {line}").trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_reason_and_a_program() {
        let rules: Vec<Rule> = serde_json::from_str(RULES).unwrap();
        assert!(rules.len() >= 45, "the rules were not found");
        for rule in &rules {
            assert!(!rule.why.is_empty() && !rule.programs.is_empty(), "{}", rule.id);
            assert!(rule.proxystore.iter().all(|(there, here)| !there.is_empty() && !here.is_empty()), "{}", rule.id);
            for program in &rule.programs {
                assert!(!program.words.is_empty() && program.program != program.repaired, "{}", program.name);
            }
        }
    }

    #[test]
    fn the_page_of_a_rule_has_proxystore_and_the_exercise() {
        let rules: Vec<Rule> = serde_json::from_str(RULES).unwrap();
        let rule = rules.iter().find(|rule| rule.id == "R10").unwrap();
        let page = anstream::adapter::strip_str(&page(rule, rule.programs.first())).to_string();
        for part in ["In ProxyStore, and here:", "AlreadyRedeemed", "Exercises, in `course/`:", "tickets1: "] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }

    #[test]
    fn a_difference_keeps_the_lines_that_are_the_same() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let text = difference(&lines("a\nb\nc\nd"), &lines("a\nx\nd"));
        let shown = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(shown, "    a\n  - b\n  - c\n  + x\n    d\n");
        assert_eq!(
            anstream::adapter::strip_str(&difference(&lines("a"), &lines("a\na"))).to_string(),
            "    a\n  + a\n"
        );
    }
}
