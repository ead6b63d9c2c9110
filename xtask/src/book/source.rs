//! Reads what the rule book is made of: the rules, the pairs of UI cases, and what ProxyStore does. The build script of the
//! command `ref` has this file too.

use super::markdown::section;
use super::table::{RuleRow, cells, rule_rows};
use std::path::Path;

/// A rule that is checked before a program runs, as `docs/rules.md` has it.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The rule's number, such as `R07`.
    pub(crate) id: String,
    pub(crate) sentence: String,
    /// What checks the rule: `compiler`, `macro`, `ledger`, or several of them with commas between.
    pub(crate) checks: String,
    /// The tests between processes, as the table has them. The text is empty if the ledger does not check the rule.
    pub(crate) between: String,
    pub(crate) why: String,
}

impl Rule {
    /// Returns the path of the rule's page in the book.
    pub(crate) fn page(&self) -> String {
        format!("rules/{}.md", self.id.to_lowercase())
    }
}

/// Something that checks rules, with what it is and when it checks.
#[derive(Debug)]
pub(crate) struct Checker {
    pub(crate) name: String,
    pub(crate) is: String,
    pub(crate) when: String,
}

/// A program that must not compile, with what the compiler says and the repaired program.
#[derive(Debug)]
pub(crate) struct Example {
    /// The name of the case's file without its ending, such as `return_a_ref`.
    pub(crate) name: String,
    /// The path of the case from the folder of the workspace.
    pub(crate) path: String,
    /// The path of the twin from the folder of the workspace.
    pub(crate) twin: String,
    pub(crate) rule: String,
    pub(crate) code: String,
    pub(crate) program: Program,
    pub(crate) repaired: Program,
    /// The content of the `.stderr`.
    pub(crate) words: String,
}

/// The lines of a case after its header.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) lines: Vec<String>,
    /// How many lines of the file come before the program.
    pub(crate) before: usize,
}

/// What ProxyStore does where a rule applies.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) rules: Vec<String>,
    pub(crate) there: String,
    pub(crate) here: String,
}

/// Returns the rules of `docs/rules.md`. Returns an error if a rule has no reason under *Why*.
pub(crate) fn rules(page: &str) -> Result<Vec<Rule>, String> {
    let reasons = section(page, "## Why").ok_or("docs/rules.md: has no section `## Why`")?;
    let mut rules = Vec::new();
    for RuleRow { id, sentence, checks, folder: _, between } in rule_rows(page)? {
        let why = section(reasons, &format!("### {id}")).map(str::trim).unwrap_or_default().to_owned();
        if why.is_empty() {
            return Err(format!("docs/rules.md: {id} has no reason: write it under `### {id}` in the section `Why`"));
        }
        rules.push(Rule { id, sentence, checks, between, why });
    }
    if rules.is_empty() { Err("docs/rules.md: has no table of rules".to_owned()) } else { Ok(rules) }
}

/// Returns the rows of the table in `docs/rules.md` that explains what checks rules.
pub(crate) fn checkers(page: &str) -> Result<Vec<Checker>, String> {
    let rows = page.lines().skip_while(|line| !line.starts_with("| checked by |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|')).map(cells);
    let checkers: Vec<Checker> = rows
        .filter_map(|cells| <[String; 3]>::try_from(cells).ok())
        .map(|[name, is, when]| Checker { name, is, when })
        .collect();
    if checkers.is_empty() {
        Err("docs/rules.md: has no table `checked by`, `is`, `when`".to_owned())
    } else {
        Ok(checkers)
    }
}

/// Returns the rows of `docs/from-proxystore.md` that name rules: those of each table whose first column is `rule`.
pub(crate) fn comparisons(page: &str) -> Vec<Comparison> {
    let mut found = Vec::new();
    let mut in_table = false;
    for line in page.lines() {
        in_table = line.starts_with("| rule |") || in_table && line.starts_with('|');
        if let (true, [rules, there, here]) = (in_table, &cells(line)[..]) {
            let rules: Vec<String> = rules.split(", ").map(str::to_owned).collect();
            if rules.iter().all(|rule| rule.starts_with('R')) {
                found.push(Comparison { rules, there: there.clone(), here: here.clone() });
            }
        }
    }
    found
}

/// Returns the pairs of UI cases under `root`, in the order of their paths.
pub(crate) fn examples(root: &Path) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    for folder in crate::pairs::entries(&root.join("ui-tests/fail"))? {
        for file in crate::pairs::entries(&folder)? {
            if file.extension().is_some_and(|extension| extension == "rs") {
                examples.push(example(root, &file)?);
            }
        }
    }
    Ok(examples)
}

/// Returns the pair whose failing case is `file`.
fn example(root: &Path, file: &Path) -> Result<Example, String> {
    let text = read(file)?;
    let twin = format!("ui-tests/{}", crate::pairs::twin(&root.join("ui-tests"), file)?);
    let header = |key: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix("// ")?.strip_prefix(key)?.strip_prefix(": "));
        value.ok_or_else(|| format!("{}: has no line `// {key}: ...`", file.display()))
    };
    Ok(Example {
        name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        path: file.strip_prefix(root).map_err(|error| error.to_string())?.to_string_lossy().replace('\\', "/"),
        rule: header("rule")?.split(' ').next().unwrap_or_default().to_owned(),
        code: header("code")?.to_owned(),
        program: program(&text),
        repaired: program(&read(&root.join(&twin))?),
        words: read(&file.with_extension("stderr"))?,
        twin,
    })
}

/// Returns the lines of a case without the comments and empty lines at its beginning.
fn program(text: &str) -> Program {
    let is_header = |line: &&str| ["// rule: ", "// code: ", "// twin: "].iter().any(|key| line.starts_with(key));
    let before = text.lines().take_while(is_header).count();
    let before = before + text.lines().skip(before).take_while(|line| line.is_empty()).count();
    Program { lines: text.lines().skip(before).map(str::to_owned).collect(), before }
}

/// Returns the content of a file. The error names the file.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::root;

    const PAGE: &str =
        "# Rules\n\n| R01 | one owner | compiler | `moves` | |\n\n## Why\n\n### R01\n\nTwo would differ.\n";

    #[test]
    fn a_rule_without_a_reason_is_refused() {
        let rules = rules(PAGE).unwrap();
        assert_eq!((rules[0].sentence.as_str(), rules[0].why.as_str()), ("one owner", "Two would differ."));
        for (part, expected) in
            [("Two would differ.", "R01 has no reason"), ("## Why", "no section"), (" | |", "five cells")]
        {
            let found = super::rules(&PAGE.replace(part, "")).unwrap_err();
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn a_rule_has_each_row_that_names_it() {
        let page = "| rule | there | here |\n|---|---|---|\n| R01, R02 | a | b |\n\n\
                    | there | here |\n|---|---|\n| R03 | c |\n";
        let rows = comparisons(page);
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (rows[0].rules.as_slice(), rows[0].there.as_str()),
            (&["R01".to_owned(), "R02".to_owned()][..], "a")
        );
    }

    /// Finds the cases as the UI tests do, so that a new pair is missing in neither place.
    #[test]
    fn every_pair_is_on_the_page_of_its_rule() {
        let root = root().unwrap();
        let book = super::super::Book::generate(root).unwrap();
        let mut pairs = 0;
        for folder in crate::pairs::entries(&root.join("ui-tests/fail")).unwrap() {
            for words in
                crate::pairs::entries(&folder).unwrap().iter().filter(|file| file.extension().unwrap() == "stderr")
            {
                let case = words.with_extension("rs");
                let text = read(&case).unwrap();
                let rule = text.strip_prefix("// rule: ").unwrap().split(' ').next().unwrap().to_lowercase();
                let name = format!("{})", case.strip_prefix(root).unwrap().display());
                assert!(book.pages[&format!("rules/{rule}.md")].contains(&name), "{name}");
                pairs += 1;
            }
        }
        let shown: usize = book.pages.values().map(|page| page.matches("<pre class=\"words\">").count()).sum();
        assert!(pairs > 300, "the cases were not found");
        assert_eq!(shown, pairs);
    }
}
