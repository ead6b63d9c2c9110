//! What may know what: the layers of `ref-core`, read from its `use crate::` paths.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A module of the first level, and the others that it may name. Floors from the ground up.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("error", &["id", "sync"]),
    ("id", &["error"]),
    ("schema", &["error", "sync"]),
    ("sync", &["error"]),
    ("event", &["error", "sync"]),
    ("ledger", &["id", "error"]),
    ("codec", &["id", "error", "schema"]),
    ("backend", &["ledger", "id", "error", "sync", "event"]),
    ("stored", &["id", "schema", "codec", "error", "sync"]),
    ("store", &["backend", "ledger", "codec", "stored", "schema", "id", "error", "sync", "event"]),
    ("handle", &["store", "backend", "ledger", "codec", "stored", "schema", "id", "error", "sync", "event"]),
    ("remote", &["handle", "store", "backend", "codec", "stored", "id", "error", "sync"]),
    ("private", &["remote", "handle", "stored", "codec", "schema", "error"]),
    // Text: the pages of `docs/`, for rustdoc.
    ("guide", &[]),
    ("lib", &["*"]),
];

/// Items of the crate's root that any module may name.
const ROOT: &[&str] = &["Error", "ErrorKind", "Refused", "Result", "__test_entry"];

/// Where `cfg(feature = ...)` may stand.
const FEATURES: &[&str] = &[
    "lib.rs",
    "sync/mod.rs",
    "event.rs",
    "backend/mod.rs",
    "backend/redis/mod.rs",
    "codec/mod.rs",
    "stored/mod.rs",
    "handle/mod.rs",
    "private.rs",
];

struct Source {
    path: PathBuf,
    /// Its code, without comments and without its tests.
    code: Vec<(usize, String)>,
}

impl Source {
    fn name(&self) -> String {
        self.path.to_string_lossy().replace('\\', "/")
    }

    fn module(&self) -> String {
        let first = self.path.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        first.trim_end_matches(".rs").to_owned()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref-core/src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source { path: path.strip_prefix(&root).unwrap().into(), code: code(&text) });
            }
        }
    }
    assert!(found.len() > 20, "the sources were not found");
    let tests = ["/tests", "conformance", "/model", "/loom/"];
    found.retain(|source| !tests.iter().any(|part| source.name().contains(part)));
    found
}

fn code(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().zip(1..).take_while(|(line, _)| !line.starts_with("#[cfg(test)]\nmod tests"));
    let lines = lines.take_while(|(line, _)| *line != "mod tests {");
    lines.map(|(line, nth)| (nth, line.split("//").next().unwrap().to_owned())).collect()
}

/// The first-level modules that a line of code names.
fn named(line: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // `$crate::` is written for other crates.
    for after in line.replace("$crate::", "").split("crate::").skip(1) {
        let inner = after.strip_prefix('{').map_or(after, |group| group.split('}').next().unwrap());
        let parts = if after.starts_with('{') { inner.split(", ").collect() } else { vec![inner] };
        for part in parts {
            names.insert(part.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned());
        }
    }
    names
}

#[test]
fn modules_name_lower_floors_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.module();
        let Some((_, allowed)) = MAY_NAME.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{} is in no floor of the table", source.name()));
            continue;
        };
        for (nth, line) in &source.code {
            for name in named(line) {
                let fine = name == module || ROOT.contains(&name.as_str()) || allowed.contains(&name.as_str());
                if !fine && !allowed.contains(&"*") && !name.is_empty() {
                    wrong.push(format!("{}:{nth} names `{name}`", source.name()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The public methods of a source, each as its name and the rest of its signature.
fn methods(source: &Source) -> Vec<(String, String)> {
    let code: String = source.code.iter().map(|(_, line)| format!("{} ", line.trim())).collect();
    let signatures = code.split("pub fn ").skip(1).filter_map(|from| from.split(" {").next());
    let parts = signatures.map(|all| all.split_at(all.find(['<', '(']).unwrap_or(all.len())));
    parts.map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect()
}

#[test]
fn what_consumes_a_handle_and_can_fail_comes_twice() {
    let mut pairs = 0;
    let sources = sources();
    let of_handles = |source: &&Source| source.name().starts_with("handle/") || source.name() == "remote/scope.rs";
    for source in sources.iter().filter(of_handles) {
        let methods = methods(source);
        let has = |name: &str| methods.iter().any(|(other, _)| other == name);
        for (name, rest) in &methods {
            let plain = name.strip_suffix("_or_return");
            assert_eq!(rest.contains("Refused<"), plain.is_some(), "{}: `{name}`", source.name());
            assert!(plain.is_none_or(has), "{}: `{name}` has no plain form", source.name());
            let consumes = ["(self", "(mut self"].iter().any(|receiver| rest.starts_with(receiver));
            if consumes && rest.contains("-> Result<") && plain.is_none() {
                assert!(has(&format!("{name}_or_return")), "{}: `{name}` gives nothing back", source.name());
                pairs += 1;
            }
        }
    }
    assert!(pairs > 10, "the methods were not found");
}

#[test]
fn unsafe_code_stays_under_shared_memory() {
    for source in sources().iter().filter(|source| !source.name().starts_with("backend/shm/")) {
        for (nth, line) in &source.code {
            assert!(!line.contains("unsafe "), "{}:{nth} has unsafe code", source.name());
        }
    }
}

#[test]
fn features_are_asked_for_at_the_doors() {
    for source in sources().iter().filter(|source| !FEATURES.contains(&source.name().as_str())) {
        for (nth, line) in &source.code {
            let asks = line.contains("feature = ") && !line.contains("all(test");
            assert!(!asks, "{}:{nth} asks for a feature", source.name());
        }
    }
}

/// So a build without `shm` and `remote` is, on Linux, what a build is elsewhere.
#[test]
fn the_operating_system_is_asked_under_shared_memory_and_remote_only() {
    let doors = ["backend/shm/", "remote/", "sync/crash.rs", "sync/stepped.rs"];
    for source in sources().iter().filter(|source| !doors.iter().any(|door| source.name().starts_with(door))) {
        let mut lines = source.code.iter().zip(std::iter::once("").chain(source.code.iter().map(|(_, line)| &**line)));
        let asks = |line: &str| {
            ["std::os::", "rustix::", "memmap2::", "libc::", "cfg(unix)", "cfg(windows)"]
                .iter()
                .any(|name| line.contains(name))
        };
        let wrong = lines.find(|((_, line), before)| asks(line) && !before.contains("#[cfg(all(feature = \"shm\""));
        assert!(wrong.is_none(), "{} asks the operating system: {wrong:?}", source.name());
    }
    for source in sources() {
        for (nth, line) in source.code.iter().filter(|(_, line)| line.contains("target_os")) {
            let doors = ["feature = \"shm\", target", "feature = \"remote\", target", "feature = \"remote\"), target"];
            let both = doors.iter().any(|door| line.contains(&format!("{door}_os = \"linux\")")));
            assert!(both, "{}:{nth} tells systems apart other than by `shm` and `remote`", source.name());
        }
    }
}

#[test]
fn atomics_locks_and_clocks_come_through_sync() {
    for source in sources().iter().filter(|source| !source.name().starts_with("sync/")) {
        for (nth, line) in &source.code {
            let around =
                ["std::sync::", "core::sync::", "std::time::Instant"].iter().find(|name| line.contains(**name));
            assert!(around.is_none(), "{}:{nth} goes around `sync`", source.name());
        }
    }
}

#[test]
fn files_can_be_read_in_one_go() {
    for source in sources() {
        let lines = source.code.len();
        assert!(lines <= 450, "{} has {lines} lines of code", source.name());
    }
}

#[test]
fn the_macro_does_not_depend_on_the_library() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref-macros/Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap();
    assert!(!dependencies.contains("ref-core"), "ref-macros knows `::ref_core` as a path only");
}
