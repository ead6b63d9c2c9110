//! Checks the layers of `ref-core`: which module names which, and where unsafe code, features and calls of the system
//! stand.

use ref_tests::sources::{Graph, Source, rust_files, workspace};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each module of the first level, and the other modules that it may name, from the lowest layer up.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("sync", &[]),
    ("bulk", &["error", "sync"]),
    ("hash", &[]),
    ("id", &["hash"]),
    ("error", &["id", "sync"]),
    ("random", &["id", "error", "sync"]),
    ("schema", &["hash", "sync"]),
    ("event", &["error", "id", "sync"]),
    ("ledger", &["id", "error"]),
    ("codec", &["id", "error", "schema", "bulk", "sync"]),
    ("backend", &["ledger", "id", "hash", "error", "sync", "event"]),
    ("stored", &["id", "schema", "codec", "bulk", "error", "sync"]),
    ("store", &["backend", "ledger", "codec", "stored", "schema", "id", "random", "error", "sync", "event"]),
    ("reactor", &["store", "backend", "error", "sync"]),
    (
        "handle",
        &["reactor", "store", "backend", "ledger", "codec", "bulk", "stored", "schema", "id", "error", "sync", "event"],
    ),
    ("remote", &["handle", "store", "backend", "codec", "stored", "hash", "id", "error", "sync", "event"]),
    ("private", &["remote", "handle", "stored", "codec", "schema", "error"]),
    // `guide` has no code, but the pages of `docs/` for rustdoc.
    ("guide", &[]),
    ("lib", &["*"]),
];

/// Items of the crate's root that any module may name.
const ROOT: &[&str] = &["__test_entry"];

/// The files in which `cfg(feature = ...)` may stand outside of tests.
const FEATURES: &[&str] = &[
    "lib.rs",
    "sync/mod.rs",
    "event/mod.rs",
    "backend/address.rs",
    "backend/bytes.rs",
    "backend/mod.rs",
    "backend/redis/mod.rs",
    "codec/mod.rs",
    "codec/built_in.rs",
    "stored/mod.rs",
    "handle/mod.rs",
    "private.rs",
];

fn sources() -> Vec<Source> {
    let found = ref_tests::sources::sources("ref-core/src");
    assert!(found.len() > 20, "the sources were not found");
    found
}

/// Returns the first-level module that a file belongs to.
fn floor(source: &Source) -> &str {
    source.name.split('/').next().unwrap().trim_end_matches(".rs")
}

#[test]
fn modules_name_lower_floors_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = floor(&source);
        let Some((_, allowed)) = MAY_NAME.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{} is in no floor of the table", source.name));
            continue;
        };
        for named in source.named() {
            let Some(name) = named.path.first() else { continue };
            let fine = name == module || ROOT.contains(&name.as_str()) || allowed.contains(&name.as_str());
            if !fine && !allowed.contains(&"*") {
                wrong.push(format!("{} names `{}`", source.name, named.path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A backend is a folder of `backend`, and names no other backend.
#[test]
fn backends_do_not_name_each_other() {
    let sources = sources();
    let folder = |name: &str| name.strip_prefix("backend/")?.split_once('/').map(|(folder, _)| folder.to_owned());
    let backends: BTreeSet<String> = sources.iter().filter_map(|source| folder(&source.name)).collect();
    assert!(backends.contains("shm") && backends.len() >= 3, "the backends were not found, but {backends:?}");
    let mut wrong = Vec::new();
    for (source, own) in sources.iter().filter_map(|source| Some((source, folder(&source.name)?))) {
        for named in source.named() {
            let [first, other, ..] = &named.path[..] else { continue };
            if first == "backend" && backends.contains(other) && *other != own {
                wrong.push(format!("{} names `{}`", source.name, named.path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each room of `remote`, with the rooms that it may not name. The rooms of the caller and of a pool's member may name
/// one file of the worker's room, the registry: a program compares its worker's functions with its own.
const ROOMS: &[(&str, &[&str])] = &[
    ("remote/panics.rs", &["protocol", "caller", "worker", "generated", "member", "entry"]),
    ("remote/protocol/", &["caller", "worker", "generated", "member", "entry"]),
    ("remote/worker/", &["caller", "generated", "member", "entry"]),
    ("remote/caller/", &["worker", "generated", "member", "entry"]),
    ("remote/member/", &["worker", "generated", "entry"]),
];

#[test]
fn rooms_of_remote_name_lower_rooms_only() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (room, higher) in ROOMS {
        let mut inside = sources.iter().filter(|source| source.name.starts_with(room)).peekable();
        assert!(inside.peek().is_some(), "{room} was not found");
        for (source, named) in inside.flat_map(|source| source.named().into_iter().map(move |named| (source, named))) {
            let [first, name, rest @ ..] = &named.path[..] else { continue };
            let is_registry = name == "worker" && rest.first().is_some_and(|file| file == "registry");
            if first == "remote"
                && higher.contains(&name.as_str())
                && !(is_registry && ["remote/caller/", "remote/member/"].contains(room))
            {
                wrong.push(format!("{} names `{}`", source.name, named.path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_are_read_as_the_compiler_reads_them() {
    let code = "mod child;\npub(crate) use child::{Thing, deep::Other as Another};\nuse super::super::{\n    store,\n    codec::*,\n};\nfn f() {\n    super::shm::look($crate::no, crate::id::Key, child::go, grand_child::no);\n}";
    let code = code.lines().map(str::to_owned).zip(1..).map(|(line, nth)| (nth, line)).collect();
    let source = Source { name: "backend/redis/mod.rs".into(), code };
    let mut found = Vec::new();
    for named in source.named() {
        let called = named.called.unwrap_or_default();
        found.push(format!("{} {called} {}", named.path.join("::"), named.is_exported));
    }
    let expected = [
        "backend::redis::child::Thing Thing true",
        "backend::redis::child::deep::Other Another true",
        "store store false",
        "codec * false",
        "id::Key  false",
        "backend::shm::look  false",
        "backend::redis::child::go  false",
    ];
    assert_eq!(found, expected);
}

/// Returns the public methods of a source, each as its name and the rest of its signature.
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
    let of_handles = |source: &&Source| source.name.starts_with("handle/") || source.name == "remote/caller/scope.rs";
    for source in sources.iter().filter(of_handles) {
        let methods = methods(source);
        let has = |name: &str| methods.iter().any(|(other, _)| other == name);
        for (name, rest) in &methods {
            let plain = name.strip_suffix("_or_return");
            assert_eq!(rest.contains("Refused<"), plain.is_some(), "{}: `{name}`", source.name);
            assert!(plain.is_none_or(has), "{}: `{name}` has no plain form", source.name);
            let consumes = ["(self", "(mut self"].iter().any(|receiver| rest.starts_with(receiver));
            if consumes && rest.contains("-> Result<") && plain.is_none() {
                assert!(has(&format!("{name}_or_return")), "{}: `{name}` gives nothing back", source.name);
                pairs += 1;
            }
        }
    }
    assert!(pairs > 10, "the methods were not found");
}

/// Returns the type of an `impl` block without a trait, by the first line of the block.
fn inherent(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("impl").filter(|rest| !rest.contains(" for "))?;
    let types = if rest.starts_with('<') { rest.split_once("> ")?.1 } else { rest.trim_start() };
    types.split(|c: char| !c.is_alphanumeric()).next()
}

/// To a program that makes a handle by hand, rustc proposes each function of the handle's type that returns the type and
/// has no `self`, also those that the program may not call. So the private ones are functions of a module.
#[test]
fn no_private_function_is_proposed_to_make_a_handle() {
    let (sources, mut seen) = (sources(), 0);
    let of_handles = || sources.iter().filter(|source| source.name.starts_with("handle/"));
    let lines = || of_handles().flat_map(|source| source.code.iter().map(move |(_, line)| (&source.name, line)));
    let handles: BTreeSet<&str> = lines()
        .filter_map(|(_, line)| line.strip_prefix("pub struct ")?.split(|c: char| !c.is_alphanumeric()).next())
        .collect();
    let mut block = None;
    for (file, line) in lines() {
        if !line.is_empty() && !line.starts_with(' ') {
            block = inherent(line).filter(|name| handles.contains(name));
        }
        let (Some(name), Some((seen_by, rest))) = (block, line.split_once("fn ")) else { continue };
        seen += 1;
        let makes = rest.contains("-> Self") || rest.contains(&format!("-> {name}<"));
        let is_private = !seen_by.contains("pub ") && line.starts_with("    ") && !line.starts_with("     ");
        assert!(!(is_private && makes && !rest.contains("self")), "{file}: `{name}` is made by `{}`", line.trim());
    }
    assert!(handles.len() > 10 && seen > 100, "the handles were not found");
}

#[test]
fn unsafe_code_stays_under_shared_memory_and_in_bulk() {
    let may = |source: &&Source| source.name.starts_with("backend/shm/") || source.name.starts_with("bulk/");
    for source in sources().iter().filter(|source| !may(source)) {
        for (nth, line) in &source.code {
            assert!(!line.contains("unsafe "), "{}:{nth} has unsafe code", source.name);
        }
    }
}

#[test]
fn features_are_asked_for_at_the_doors() {
    for source in sources().iter().filter(|source| !FEATURES.contains(&source.name.as_str())) {
        for (nth, line) in &source.code {
            let asks = line.contains("feature = ") && !line.contains("all(test");
            assert!(!asks, "{}:{nth} asks for a feature", source.name);
        }
    }
}

/// Only the files in `doors`, and code behind a `cfg` of the feature `shm`, name the operating system's modules. So a
/// build without `shm` and `remote` on Linux is the same as a build on another system, but for the Unix sockets of Redis
/// servers.
#[test]
fn the_operating_system_is_asked_under_shared_memory_and_remote_only() {
    let doors =
        ["backend/shm/", "backend/redis/socket.rs", "remote/", "sync/crash.rs", "sync/signals.rs", "sync/stepped.rs"];
    for source in sources().iter().filter(|source| !doors.iter().any(|door| source.name.starts_with(door))) {
        let mut lines = source.code.iter().zip(std::iter::once("").chain(source.code.iter().map(|(_, line)| &**line)));
        let asks = |line: &str| {
            ["std::os::", "rustix::", "memmap2::", "libc::", "cfg(unix)", "cfg(windows)"]
                .iter()
                .any(|name| line.contains(name))
        };
        let wrong = lines.find(|((_, line), before)| asks(line) && !before.contains("#[cfg(all(feature = \"shm\""));
        assert!(wrong.is_none(), "{} asks the operating system: {wrong:?}", source.name);
    }
    for source in sources() {
        for (nth, line) in source.code.iter().filter(|(_, line)| line.contains("target_os")) {
            let doors = ["feature = \"shm\", target", "feature = \"remote\", target", "feature = \"remote\"), target"];
            let both = doors.iter().any(|door| line.contains(&format!("{door}_os = \"linux\")")));
            assert!(both, "{}:{nth} tells systems apart other than by `shm` and `remote`", source.name);
        }
    }
}

#[test]
fn atomics_locks_and_clocks_come_through_sync() {
    for source in sources().iter().filter(|source| !source.name.starts_with("sync/")) {
        for (nth, line) in &source.code {
            let around =
                ["std::sync::", "core::sync::", "std::time::Instant"].iter().find(|name| line.contains(**name));
            assert!(around.is_none(), "{}:{nth} goes around `sync`", source.name);
        }
    }
}

#[test]
fn files_can_be_read_in_one_go() {
    for source in sources() {
        let lines = source.code.len();
        assert!(lines <= 450, "{} has {lines} lines of code", source.name);
    }
}

#[test]
fn the_macro_does_not_depend_on_the_library() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref-macros/Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap();
    assert!(!dependencies.contains("ref-core"), "ref-macros knows `::ref_core` as a path only");
}

/// For generated code the reason is a comment above the attribute, since users do not see that code.
#[test]
fn every_lint_that_is_allowed_has_its_reason() {
    let attributes = [concat!("[", "allow("), concat!(", ", "allow("), concat!("    ", "allow(")];
    for path in rust_files(&workspace()) {
        let text = fs::read_to_string(&path).unwrap();
        let mut before = "";
        for (line, nth) in text.lines().zip(1..) {
            let code = line.split("//").next().unwrap();
            let allows = attributes.iter().any(|attribute| code.contains(attribute));
            let generated =
                path.starts_with(workspace().join("ref-macros/src")) && before.trim_start().starts_with("//");
            let has_reason = code.contains("reason = ") || generated;
            assert!(!allows || has_reason, "{}:{nth} allows a lint without a reason", path.display());
            before = line;
        }
    }
}

/// Without circles the files have an order in which each can be read after all the files that it names.
#[test]
fn no_files_name_each_other_in_a_circle() {
    let circles = Graph::new(&sources()).circles();
    assert!(circles.is_empty(), "\n{}\n", circles.join("\n"));
}
