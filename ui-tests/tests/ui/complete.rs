//! Checks that nothing is missing and nothing is left over: every rule has its failing cases, every case is in the
//! folder of its rule, and every failing case has its `.stderr` and its twin. A twin is the passing case that differs
//! from the failing one in a few lines.

use crate::case::{Case, Kind, files, relative};
use crate::rules::{self, RuleRow};
use std::collections::BTreeMap;
use std::path::Path;

/// The largest number of lines after the header: a case has room for one idea only.
const LONGEST: usize = 25;
/// The largest number of lines of a case that its twin does not have, and of lines of the twin that the case does not
/// have.
const REPAIR: usize = 3;

/// Returns what is missing or left over under `root`, by the rules of the page at `table`.
pub(crate) fn problems(root: &Path, table: &Path) -> Vec<String> {
    let (cases, mut problems) = Case::all(root);
    let (rules, bad_rules) = rules::all(table);
    problems.extend(bad_rules);
    rules_and_cases(&rules, &cases, &mut problems);
    twins(&cases, &mut problems);
    words(root, &cases, &mut problems);
    strangers(root, &mut problems);
    problems
}

/// Checks that every rule has a failing case. Checks that every case names a rule in the table's words and is in that
/// rule's folder, that the compiler or a macro checks the rule, and that the case is not too long.
fn rules_and_cases(rules: &[RuleRow], cases: &[Case], problems: &mut Vec<String>) {
    for rule in rules {
        if !cases.iter().any(|case| case.kind == Kind::Fail && case.rule_id() == rule.id) {
            problems.push(format!("rules.md: {} has no case", rule.id));
        }
    }
    for case in cases {
        let path = &case.path;
        let Some(rule) = rules.iter().find(|rule| rule.id == case.rule_id()) else {
            problems.push(format!("{path}: rules.md has no rule {}", case.rule_id()));
            continue;
        };
        if case.rule != format!("{} {}", rule.id, rule.sentence) {
            problems.push(format!("{path}: {} is `{}` in rules.md", rule.id, rule.sentence));
        }
        if case.folder() != rule.folder {
            problems.push(format!("{path}: the cases of {} stand in `{}`", rule.id, rule.folder));
        }
        if rule.checks.split(", ").all(|check| check == "ledger") {
            problems.push(format!("{path}: {} is checked by the ledger alone", rule.id));
        }
        if case.body.len() > LONGEST {
            problems.push(format!("{path}: has {} lines, {LONGEST} are enough", case.body.len()));
        }
    }
}

/// Checks that every failing case has a legal twin of its own, which differs little, and that every passing case is
/// such a twin.
fn twins(cases: &[Case], problems: &mut Vec<String>) {
    let passing = cases.iter().filter(|case| case.kind == Kind::Pass);
    let mut missed: BTreeMap<_, _> = passing.map(|case| (case.path.as_str(), case)).collect();
    for case in cases.iter().filter(|case| case.kind == Kind::Fail) {
        let path = &case.path;
        let Some(twin) = missed.remove(case.twin.as_str()) else {
            problems.push(format!("{path}: its twin {} is missing, or another's", case.twin));
            continue;
        };
        if twin.rule != case.rule {
            problems.push(format!("{path}: its twin is about `{}`", twin.rule));
        }
        let kept = common(&case.body, &twin.body);
        let changed = case.body.len().max(twin.body.len()) - kept;
        if changed == 0 || changed > REPAIR {
            problems.push(format!("{path}: differs from its twin in {changed} lines, not in 1 to {REPAIR}"));
        }
    }
    problems.extend(missed.keys().map(|path| format!("{path}: is the twin of no case")));
}

/// Returns how many lines two programs have in common, in order.
fn common(one: &[String], other: &[String]) -> usize {
    let mut best = vec![0; other.len() + 1];
    for line in one {
        let mut diagonal = 0;
        for (index, candidate) in other.iter().enumerate() {
            let above = best[index + 1];
            best[index + 1] = if line == candidate { diagonal + 1 } else { above.max(best[index]) };
            diagonal = above;
        }
    }
    best[other.len()]
}

/// Checks that every failing case has its `.stderr`, with one error, no warnings, and no path of the machine that it
/// was made on.
fn words(root: &Path, cases: &[Case], problems: &mut Vec<String>) {
    for case in cases.iter().filter(|case| case.kind == Kind::Fail) {
        let path = case.path.replace(".rs", ".stderr");
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else {
            problems.push(format!("{}: has no .stderr", case.path));
            continue;
        };
        let starts = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
        if starts("error") != 1 || starts("warning") != 0 {
            problems.push(format!("{path}: is not one error and nothing else"));
        }
        let of_a_machine = |line: &str| line.contains("--> /") || line.contains("::: /") || line.contains("in '/");
        if text.lines().any(of_a_machine) {
            problems.push(format!("{path}: has a path of the machine that it was made on"));
        }
    }
}

/// Checks that nothing is beside the cases but their `.stderr`.
fn strangers(root: &Path, problems: &mut Vec<String>) {
    for path in ["fail", "pass"].iter().flat_map(|folder| files(&root.join(folder))) {
        let name = relative(root, &path);
        let belongs = name.ends_with(".rs")
            || name.starts_with("fail/") && name.ends_with(".stderr") && path.with_extension("rs").exists();
        if !belongs {
            problems.push(format!("{name}: belongs to no case"));
        }
    }
}

const TABLE: &str = "| R01 | a rule | compiler | `some` | |\n";
const FAIL: &str = "// rule: R01 a rule\n// code: E0499\n// twin: pass/some/legal.rs\n\nfn main() {\n    wrong();\n}\n";
const PASS: &str = "// rule: R01 a rule\n\nfn main() {\n    right();\n}\n";
const WORDS: &str = "error[E0499]: wrong\n --> fail/some/wrong.rs:6:5\n";

/// Changes to a tree without problems. Each has the path of a file, the new content of that file, and a part of the
/// text of the problem that has to be found. If the content is empty, the file is removed.
const GAPS: &[(&str, &str, &str)] = &[
    ("rules.md", "| R01 | a rule | compiler | `some` | |\n| R02 | b | compiler | `some` | |\n", "R02 has no case"),
    ("rules.md", "| R02 | a rule | compiler | `some` | |\n", "R01 should follow here, not R02"),
    ("rules.md", "| R01 | a rule | reader | `some` | |\n", "which is no check"),
    ("rules.md", "| R01 | a rule | ledger | `some` | `a::b` |\n", "by the ledger alone"),
    ("rules.md", "| R01 | a rule | compiler, ledger | `some` | |\n", "has a test between processes"),
    ("rules.md", "| R01 | a rule | compiler | `some` | `a::b` |\n", "has a test between processes"),
    ("rules.md", "| R01 | a rule | `some` |\n", "not five cells"),
    ("rules.md", "| R01 | another | compiler | `some` | |\n", "R01 is `another` in rules.md"),
    ("rules.md", "| R01 | a rule | compiler | `other` | |\n", "stand in `other`"),
    ("fail/some/wrong.rs", "", "pass/some/legal.rs: is the twin of no case"),
    ("fail/some/wrong.rs", "", "fail/some/wrong.stderr: belongs to no case"),
    ("fail/some/wrong.rs", "// rule: R01 a rule\n// code: E0499\nfn main() {}\n", "must have `// twin: ...`"),
    ("fail/some/wrong.rs", "// rule: R01 a rule\nfn main() {}\n", "must have `// code: ...`"),
    ("fail/some/wrong.rs", "fn main() {}\n", "must have `// rule: ...`"),
    ("fail/some/wrong.stderr", "", "fail/some/wrong.rs: has no .stderr"),
    ("fail/some/wrong.stderr", "error: one\nerror: two\n", "not one error"),
    ("fail/some/wrong.stderr", "error: one\nwarning: two\n", "not one error"),
    ("fail/some/wrong.stderr", "error: one\n --> /home/me/x.rs:1:1\n", "a path of the machine"),
    ("fail/some/again.rs", FAIL, "its twin pass/some/legal.rs is missing, or another's"),
    ("fail/stray.rs", FAIL, "fail/stray.rs: must stand in a folder"),
    ("fail/some/deep/stray.rs", FAIL, "fail/some/deep/stray.rs: must stand in a folder"),
    ("fail/some/A-Name.rs", FAIL, "must have a name of lower-case words"),
    ("pass/some/legal.rs", "", "its twin pass/some/legal.rs is missing"),
    ("pass/some/legal.rs", "// rule: R09 a rule\n\nfn main() {}\n", "rules.md has no rule R09"),
    ("pass/some/legal.rs", "// rule: R09 a rule\n\nfn main() {}\n", "its twin is about `R09 a rule`"),
    ("pass/some/legal.rs", "// rule: R01 a rule\n\nfn main() {\n    wrong();\n}\n", "differs from its twin in 0 lines"),
    ("pass/some/legal.rs", "// rule: R01 a rule\n\n1\n2\n3\n4\n", "differs from its twin in 4 lines"),
    (
        "pass/some/legal.rs",
        "// rule: R01 a rule\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
        "has 27 lines",
    ),
    ("pass/some/notes.txt", "what is this?", "pass/some/notes.txt: belongs to no case"),
];

/// Makes a tree without problems in the folder `root`, then makes each change of `GAPS` in such a tree, and removes the
/// folder afterwards. Returns a text for each change whose expected problem was not found, and for the unchanged tree
/// if a problem was found there.
pub(crate) fn gaps(root: &Path) -> Vec<String> {
    let sound = [
        ("rules.md", TABLE),
        ("fail/some/wrong.rs", FAIL),
        ("fail/some/wrong.stderr", WORDS),
        ("pass/some/legal.rs", PASS),
    ];
    let mut unnoticed = Vec::new();
    let mut expect = |change: Option<(&str, &str)>, expected: &str| {
        let _none_before = std::fs::remove_dir_all(root);
        for (path, text) in sound.into_iter().chain(change) {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            if text.is_empty() { std::fs::remove_file(path).unwrap() } else { std::fs::write(path, text).unwrap() }
        }
        let found = problems(root, &root.join("rules.md"));
        let is_noticed = match expected {
            "" => found.is_empty(),
            expected => found.iter().any(|problem| problem.contains(expected)),
        };
        if !is_noticed {
            unnoticed.push(format!("expected `{expected}`, found {found:#?}"));
        }
    };
    expect(None, "");
    for &(path, text, expected) in GAPS {
        expect(Some((path, text)), expected);
    }
    std::fs::remove_dir_all(root).unwrap();
    unnoticed
}
