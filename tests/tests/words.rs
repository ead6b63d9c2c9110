//! The words of the sources: one name has one meaning in a crate, and a sentence is about a thing that has a name.

use ref_tests::sources::{rust_files, sources, workspace};
use std::collections::BTreeMap;
use std::fs;

/// The source folders of crates, in each of which no two types may have one name.
const CRATES: [&str; 7] =
    ["ref-core/src", "ref-macros/src", "ref-cli/src", "tests/src", "model/src", "xtask/src", "benches/benches"];

/// Words for people. In a comment they stand for a process or for code that has a name.
const PEOPLE: [&str; 4] = ["who", "whoever", "nobody", "somebody"];

/// At most one of this many lines of comments may have such a word.
const LINES_FOR_ONE: usize = 200;

#[test]
fn no_two_types_of_a_crate_have_one_name() {
    let mut twice = Vec::new();
    for folder in CRATES {
        let mut places = BTreeMap::<String, Vec<String>>::new();
        for source in sources(folder).iter().filter(|source| !source.name.starts_with("bin/")) {
            for (line, name) in source.items(&["struct ", "enum ", "trait "]) {
                places.entry(name.to_owned()).or_default().push(format!("{}:{line}", source.name));
            }
        }
        let again = places.into_iter().filter(|(_, places)| places.len() > 1);
        twice.extend(again.map(|(name, places)| format!("{folder}: `{name}` in {}", places.join(", "))));
    }
    assert!(twice.is_empty(), "{} names are there twice:\n{}", twice.len(), twice.join("\n"));
}

#[test]
fn comments_are_about_things_that_have_a_name() {
    let root = workspace();
    let (mut comments, mut people) = (0, Vec::new());
    for file in rust_files(&root) {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        for (line, nth) in text.lines().zip(1..).filter(|(line, _)| line.trim_start().starts_with("//")) {
            comments += 1;
            let mut words = line.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase);
            if words.any(|word| PEOPLE.contains(&word.as_str())) {
                people.push(format!("{name}:{nth}:{line}"));
            }
        }
    }
    assert!(comments > 1000, "the comments were not found");
    let most = comments / LINES_FOR_ONE;
    let told = people.join("\n");
    assert!(people.len() <= most, "{} of {comments} lines of comments, at most {most}:\n{told}", people.len());
}
