//! Checks that the tests, rules, files and pages that the documents name exist, that the documents name every invariant
//! and every kind of error, and that the form of the documents is right.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of the functions that a document writes as `KEY::function`.
const PLACES: &[(&str, &[&str])] = &[
    ("processes", &["tests/tests/processes.rs"]),
    ("deaths", &["tests/tests/deaths.rs"]),
    ("inspected", &["ref-core/src/backend/shm/tests/inspected.rs"]),
    ("folders", &["tests/tests/folders.rs"]),
    ("full", &["tests/tests/full.rs"]),
    ("removed", &["tests/tests/removed.rs"]),
    ("fork", &["tests/tests/fork.rs"]),
    ("bulk", &["tests/tests/bulk.rs"]),
    ("arrays", &["ref-core/src/stored/tests/arrays.rs"]),
    ("copied", &["tests/tests/copied.rs"]),
    ("decoys", &["tests/tests/decoys.rs"]),
    ("detached", &["tests/tests/detached.rs"]),
    ("timed", &["tests/tests/handles/timed.rs"]),
    ("keys", &["tests/tests/handles/keys.rs"]),
    ("named", &["tests/tests/named.rs", "tests/tests/handles/named.rs"]),
    ("lent", &["tests/tests/lent.rs"]),
    ("builds", &["tests/tests/builds.rs"]),
    ("described", &["tests/tests/described.rs"]),
    ("difference", &["ref-core/src/schema/difference.rs"]),
    ("earlier", &["tests/tests/handles/earlier.rs", "tests/tests/handles/earlier_kinds.rs"]),
    ("limits", &["tests/tests/limits.rs"]),
    ("cycles", &["tests/tests/cycles.rs"]),
    ("holders", &["ref-core/src/backend/shm/tests/holders.rs"]),
    ("crash", &["ref-core/src/backend/shm/tests/crash.rs"]),
    ("promises", &["tests/tests/handles/promises.rs"]),
    ("places", &["ref-core/src/backend/shm/tests/places.rs"]),
    (
        "model",
        &["model/tests/protocol.rs", "model/tests/mutants.rs", "model/tests/points.rs", "model/tests/requests.rs"],
    ),
    ("architecture", &["tests/tests/architecture.rs"]),
    ("auto_traits", &["tests/tests/auto_traits.rs"]),
    ("decoders", &["tests/tests/decoders.rs"]),
    ("hostile", &["ref-core/src/backend/shm/tests/hostile.rs"]),
    ("moments", &["ref-core/src/backend/shm/tests/moments.rs"]),
    ("slices", &["ref-core/src/stored/tests/slices.rs"]),
    ("kinds", &["ref-core/src/stored/tests/kinds.rs"]),
    ("foreign", &["ref-core/src/stored/tests/foreign.rs"]),
    ("foreign_numbers", &["ref-core/src/stored/tests/foreign_numbers.rs"]),
    ("preempt", &["ref-core/src/backend/shm/tests/preempt.rs"]),
    ("refused", &["ref-core/src/backend/shm/tests/refused.rs"]),
    ("reboot", &["tests/tests/reboot.rs"]),
    ("normal_end", &["tests/tests/normal_end.rs"]),
    ("clock", &["ref-core/src/backend/shm/clock.rs"]),
    ("opens", &["tests/tests/opens.rs"]),
    ("remote_builds", &["tests/tests/remote_builds.rs"]),
    ("parts", &["tests/tests/parts.rs"]),
    ("times", &["tests/tests/times.rs"]),
    ("quickstart", &["tests/tests/quickstart.rs"]),
    ("world", &["tests/tests/world.rs"]),
    (
        "calls",
        &[
            "ref-core/src/backend/redis/calls/tests/many.rs",
            "ref-core/src/backend/redis/calls/tests/mod.rs",
            "ref-core/src/backend/redis/calls/tests/waits.rs",
        ],
    ),
    (
        "calling",
        &[
            "tests/tests/remote/again.rs",
            "tests/tests/remote/awaited.rs",
            "tests/tests/remote/earlier_builds.rs",
            "tests/tests/remote/addresses.rs",
            "tests/tests/remote/calls.rs",
            "tests/tests/remote/carried.rs",
            "tests/tests/remote/pooled.rs",
            "tests/tests/remote/pooled_ends.rs",
            "tests/tests/remote/pooled_hosts.rs",
            "tests/tests/remote/pooled_servers.rs",
            "tests/tests/remote/failures.rs",
            "tests/tests/remote/forks.rs",
            "tests/tests/remote/keeping.rs",
            "tests/tests/remote/kills.rs",
            "tests/tests/remote/lists.rs",
            "tests/tests/remote/many.rs",
            "tests/tests/remote/ownership.rs",
            "tests/tests/remote/points.rs",
            "tests/tests/remote/programs.rs",
            "tests/tests/remote/progress.rs",
            "tests/tests/remote/recycling.rs",
            "tests/tests/remote/results.rs",
            "tests/tests/remote/scopes.rs",
            "tests/tests/remote/servers.rs",
            "tests/tests/remote/signals.rs",
            "tests/tests/remote/together.rs",
            "tests/tests/remote/unwinding.rs",
            "tests/tests/remote/unwritten.rs",
            "tests/tests/remote/workers.rs",
        ],
    ),
    ("runtime", &["tests/tests/runtime.rs"]),
    ("exclusive", &["tests/tests/handles/exclusive.rs"]),
    ("forgotten", &["tests/tests/handles/forgotten.rs"]),
    ("limited", &["tests/tests/handles/limited.rs"]),
    ("owner", &["tests/tests/handles/owner.rs"]),
    ("passed_on", &["tests/tests/handles/passed_on.rs"]),
    ("reentrant", &["tests/tests/handles/reentrant.rs"]),
    ("shared", &["tests/tests/handles/shared.rs"]),
    ("memory", &["ref-core/src/backend/memory/tests.rs"]),
    (
        "redis",
        &[
            "tests/tests/redis/requests.rs",
            "tests/tests/redis/bystanders.rs",
            "tests/tests/redis/described.rs",
            "tests/tests/redis/removed.rs",
            "tests/tests/redis/repeated.rs",
            "tests/tests/redis/replicas.rs",
            "tests/tests/redis/unanswered.rs",
            "tests/tests/redis/waits.rs",
            "tests/tests/redis/causes.rs",
            "tests/tests/redis/sessions.rs",
            "tests/tests/redis/shared.rs",
            "tests/tests/redis/servers.rs",
            "tests/tests/redis/faults.rs",
            "tests/tests/redis/hosts.rs",
            "tests/tests/redis/named.rs",
            "tests/tests/redis/promised.rs",
            "tests/tests/redis/inspected.rs",
            "ref-core/src/backend/redis/connect.rs",
            "ref-core/src/backend/redis/tests/readers.rs",
            "ref-core/src/backend/redis/tests/scripts.rs",
            "ref-core/src/backend/redis/tests/sessions.rs",
        ],
    ),
    (
        "codec",
        &[
            "ref-core/src/codec/tests/mod.rs",
            "ref-core/src/codec/tests/opaque.rs",
            "ref-core/src/codec/tests/bincode.rs",
        ],
    ),
    ("function", &["ref-core/src/remote/protocol/function.rs"]),
    ("shape", &["ref-core/src/remote/protocol/shape.rs"]),
    ("cells", &["ref-core/src/backend/shm/tests/cells.rs"]),
    ("retired", &["ref-core/src/backend/shm/tests/retired.rs"]),
    ("recycled", &["tests/tests/recycled.rs"]),
    ("packed", &["ref-core/src/backend/shm/packed.rs"]),
    (
        "loom",
        &[
            "ref-core/src/backend/shm/loom/cells.rs",
            "ref-core/src/backend/shm/loom/lent.rs",
            "ref-core/src/backend/shm/loom/unowned.rs",
            "ref-core/src/backend/shm/loom/ownership.rs",
        ],
    ),
    ("futures", &["tests/tests/handles/futures.rs"]),
    ("woken", &["tests/tests/handles/woken.rs"]),
    ("attempt", &["ref-core/src/reactor/attempt.rs"]),
    ("async_programs", &["tests/tests/async_programs.rs"]),
    ("invariants", &["ref-core/src/ledger/model/invariants.rs"]),
    (
        "conformance",
        &[
            "ref-core/src/backend/conformance/bytes.rs",
            "ref-core/src/backend/conformance/loans.rs",
            "ref-core/src/backend/conformance/looks.rs",
            "ref-core/src/backend/conformance/inspected.rs",
            "ref-core/src/backend/conformance/deaths.rs",
            "ref-core/src/backend/conformance/names.rs",
            "ref-core/src/backend/conformance/queues.rs",
            "ref-core/src/backend/conformance/histories.rs",
            "ref-core/src/backend/conformance/threads.rs",
            "ref-core/src/backend/conformance/times.rs",
        ],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the text of every document, with its path from the root.
fn documents() -> Vec<(String, String)> {
    let pages = fs::read_dir(root().join("docs")).unwrap();
    let pages = pages.map(|page| format!("docs/{}", page.unwrap().file_name().to_string_lossy()));
    let pages = pages.filter(|page| page.ends_with(".md"));
    let others = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "course/README.md"];
    pages.chain(others.map(str::to_owned)).map(|path| (path.clone(), read(path))).collect()
}

/// Returns the texts between backquotes, outside of code blocks.
fn quoted(text: &str) -> Vec<&str> {
    let prose = text.split("\n```").step_by(2);
    prose.flat_map(|part| part.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_test_that_a_document_names_is_one() {
    let mut missing = Vec::new();
    let mut named = 0;
    for (document, text) in documents() {
        for name in quoted(&text) {
            let Some((key, function)) = name.split_once("::") else { continue };
            let Some((_, files)) = PLACES.iter().find(|(place, _)| *place == key) else {
                // Only tests have names as long as a sentence.
                let is_test = function.matches('_').count() > 2;
                missing.extend(is_test.then(|| format!("{document}: no place for `{name}`")));
                continue;
            };
            // Names such as `deaths::f` and `conformance::` only explain how to read the others.
            let is_type = function.starts_with(char::is_uppercase);
            if is_type || matches!(function, "" | "f") {
                continue;
            }
            named += 1;
            if !files.iter().any(|file| read(file).contains(&format!("fn {function}("))) {
                missing.push(format!("{document}: `{name}`"));
            }
        }
    }
    assert!(named > 50, "the names were not found");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_invariant_is_in_the_table_and_in_the_model() {
    let table = read("docs/rules.md");
    let model = read("ref-core/src/ledger/model/invariants.rs");
    let rows: BTreeSet<&str> = table.lines().filter_map(|line| line.strip_prefix("| I")?.split(' ').next()).collect();
    let sentences: BTreeSet<&str> = model.split("\"I").skip(1).filter_map(|rest| rest.split(':').next()).collect();
    assert_eq!(rows, sentences);
    let lists = model.split("const STATES").nth(1).unwrap().split("\n/// ").next().unwrap();
    let words = lists.split(|c: char| !c.is_ascii_lowercase() && c != '_');
    for function in words.filter(|word| word.contains('_') && model.contains(&format!("\nfn {word}("))) {
        assert!(table.contains(&format!("`invariants::{function}`")), "docs/rules.md does not name `{function}`");
    }
}

#[test]
fn every_kind_of_error_is_on_the_page_of_failures() {
    let page = read("docs/failure.md");
    let table = read("ref-core/src/error/kind.rs");
    let rows = table.split("\n    pub enum ErrorKind {").nth(1).unwrap().lines().map(str::trim);
    let kinds: Vec<_> = rows.filter_map(|row| row.strip_suffix(',')?.split_once(" = ")).collect();
    assert!(kinds.len() > 20, "the kinds were not found");
    let named = quoted(&page);
    let missing: Vec<_> = kinds.iter().filter(|(kind, _)| !named.contains(kind)).collect();
    assert!(missing.is_empty(), "docs/failure.md does not name {missing:?}");

    let retryable = page.split("`Error::is_retryable` returns true for ").nth(1).unwrap().split(':').next().unwrap();
    let of_the_table = kinds.iter().filter(|(_, repeated)| *repeated == "Retryable").map(|(kind, _)| *kind);
    assert_eq!(quoted(retryable).into_iter().collect::<BTreeSet<_>>(), of_the_table.collect());
}

#[test]
fn the_readme_names_rules_that_exist() {
    let table = read("docs/rules.md");
    let readme = read("README.md");
    let is_id = |word: &&str| {
        word.strip_prefix(['R', 'I']).is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
    };
    let ids: BTreeSet<&str> = readme.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_id).collect();
    assert!(ids.len() > 10, "the ids were not found");
    for id in ids {
        assert!(table.contains(&format!("\n| {id} |")), "README.md names {id}, which docs/rules.md does not have");
    }
}

#[test]
fn every_page_is_in_the_guide_and_every_link_leads_to_a_page() {
    let guide = read("ref-core/src/guide.rs");
    for (document, text) in documents().iter().filter(|(document, _)| document.starts_with("docs/")) {
        let page = document.trim_start_matches("docs/");
        assert!(guide.contains(&format!("= \"{page}\",")), "{document} is not in guide.rs");
        for line in text.lines().filter(|line| line.starts_with('[')) {
            let Some((name, file)) = line.trim_start_matches('[').split_once("]: ") else { continue };
            assert!(root().join("docs").join(file).exists(), "{document} links to {file}");
            assert!(
                guide.contains(&format!("{name} = \"{file}\",")),
                "{document}: [{name}] is another page in guide.rs"
            );
        }
        let mut links: BTreeSet<&str> = text.split("][").skip(1).filter_map(|rest| rest.split(']').next()).collect();
        links.retain(|name| !text.contains(&format!("\n[{name}]: ")));
        assert!(links.is_empty(), "{document} does not say where {links:?} lead");
    }
}

#[test]
fn every_file_that_a_document_names_exists() {
    let mut missing = Vec::new();
    for (document, text) in documents() {
        for name in quoted(&text) {
            let is_path =
                name.contains('/') && !name.contains([' ', '<', '{', '*', ':', '$', '(']) && !name.contains("NAME");
            let ours = ["ref-core/", "ref-macros/", "tests/", "ui-tests/", "docs/", "examples/", "xtask/"];
            if is_path && ours.iter().any(|folder| name.starts_with(folder)) && !root().join(name).exists() {
                missing.push(format!("{document}: `{name}`"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_sentence_of_a_document_has_a_subject_with_a_name() {
    let vague = ["whoever", "nobody", "somebody", "anybody", "everybody"];
    let mut wrong = Vec::new();
    // The list of public items consists of sentences of the sources, so it is left out here.
    for (document, text) in documents().iter().filter(|(document, _)| document != "docs/api.md") {
        for (number, [_, line, _]) in prose(text) {
            // Text between backquotes does not count: it may be the name of a test.
            let words = line.split('`').step_by(2).flat_map(|part| part.split(|c: char| !c.is_ascii_alphabetic()));
            let found = words.filter(|word| vague.contains(&word.to_ascii_lowercase().as_str()));
            wrong.extend(found.map(|word| format!("{document}:{number}: {word}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the lines of a document outside of code blocks, each with its number, the line before and the line after.
fn prose(text: &str) -> Vec<(usize, [&str; 3])> {
    let lines: Vec<_> = text.lines().collect();
    let at = |number: Option<usize>| number.and_then(|number| lines.get(number)).copied().unwrap_or_default();
    let mut in_code = false;
    let numbered = lines.iter().enumerate().filter(|(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    numbered.map(|(n, line)| (n + 1, [at(n.checked_sub(1)), *line, at(Some(n + 1))])).collect()
}

/// Returns what is wrong with a line beside its neighbours, or `None` if nothing is wrong.
fn seam([before, line, after]: [&str; 3]) -> Option<&'static str> {
    let is_row = |line: &str| line.starts_with('|');
    if !is_row(line) && line.len() > 120 {
        Some("more than 120 columns")
    } else if line.starts_with('#') && !(before.is_empty() && after.is_empty()) {
        Some("a heading without an empty line before and after")
    } else if is_row(line) && before.is_empty() && !after.starts_with("|---") {
        Some("a table without a head")
    } else if !line.is_empty() && !before.is_empty() && is_row(line) != is_row(before) {
        Some("a table that begins or ends in a paragraph")
    } else {
        None
    }
}

#[test]
fn no_document_is_a_patchwork() {
    let mut wrong = Vec::new();
    for (document, text) in documents() {
        let (mut paragraphs, mut cells) = (BTreeSet::new(), BTreeSet::new());
        for (number, lines) in prose(&text) {
            let line = lines[1];
            let is_new = if let Some(row) = line.strip_prefix("| ") {
                // A row is known by its first cell: two branches may have changed the other cells of one row.
                cells.insert(row.split(" | ").next())
            } else {
                cells.clear();
                line.len() < 40 || paragraphs.insert(line)
            };
            let twice = (!is_new).then_some("it stands there twice");
            wrong.extend(seam(lines).or(twice).map(|what| format!("{document}:{number}: {what}: {line}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
