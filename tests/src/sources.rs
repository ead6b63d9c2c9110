//! The sources of a crate, and which of its files each file names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file of Rust, without its unit tests.
pub struct Source {
    /// The file's path from the folder of the sources, such as `backend/shm/mod.rs`.
    pub name: String,
    /// The file's lines without comments, each with its number.
    pub code: Vec<(usize, String)>,
}

/// A path that a file names, from the crate's root, such as `["backend", "shm", "Shm"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The segments after `crate`.
    pub path: Vec<String>,
    /// The name that a `use` gives the path's item in the file: `*` for a glob, and `None` for a path outside of a
    /// `use`.
    pub called: Option<String>,
    /// Whether the path is in a `use` that is public, even if only within the crate.
    pub is_exported: bool,
}

/// Parts of a file's path: a file of `ref-core` with one of them in its path is a test or a model.
const TESTS: [&str; 5] = ["/tests", "tests.rs", "conformance", "/model", "/loom/"];

/// Returns every Rust file below `folder` of the workspace, in the order of the paths, without files of tests and
/// models.
pub fn sources(folder: &str) -> Vec<Source> {
    let root = workspace().join(folder);
    let mut found: Vec<_> = rust_files(&root)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            Source { name, code: code(&fs::read_to_string(&path).unwrap()) }
        })
        .collect();
    found.retain(|source| !TESTS.iter().any(|part| source.name.contains(part)));
    found
}

/// Returns the folder of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns every `.rs` file below `root`, without those in folders called `target`.
pub fn rust_files(root: &Path) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn code(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().zip(1..).take_while(|(line, _)| *line != "mod tests {");
    lines.map(|(line, nth)| (nth, line.split("//").next().unwrap().to_owned())).collect()
}

impl Source {
    /// Returns the path of the file's module: `["backend", "shm"]` for `backend/shm/mod.rs`.
    pub fn module(&self) -> Vec<String> {
        let path = self.name.trim_end_matches(".rs");
        let path = path.strip_suffix("/mod").unwrap_or(path);
        path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
    }

    /// Returns the paths into its own crate that the file names: by `crate::`, by `super::`, or by a module that the
    /// file declares.
    pub fn named(&self) -> Vec<Named> {
        let children: BTreeSet<String> = self.code.iter().filter_map(|(_, line)| declared(line)).collect();
        let mut found = Vec::new();
        for (module, Statements { uses, rest }) in self.statements() {
            for (is_exported, tree) in uses {
                for (path, alias) in expand(&tree) {
                    let from_child = children.contains(&path[0]);
                    let Some(path) = absolute(&module, &path, from_child) else { continue };
                    let called = alias.or_else(|| path.last().cloned());
                    found.push(Named { path, called, is_exported });
                }
            }
            let in_code = paths(&rest, &children).into_iter().filter_map(|path| {
                let from_child = children.contains(&path[0]);
                absolute(&module, &path, from_child)
            });
            found.extend(in_code.map(|path| Named { path, called: None, is_exported: false }));
        }
        found
    }

    /// Returns the file's code by module, since a file may also contain inline modules.
    fn statements(&self) -> BTreeMap<Vec<String>, Statements> {
        let mut found = BTreeMap::<_, Statements>::new();
        // The modules whose bodies are being read. Each inline module has the line that ends its body.
        let mut open = vec![(self.module(), None)];
        let mut inside = false;
        for (_, line) in &self.code {
            let start = line.trim_start();
            if let Some(name) = line.trim_end().strip_suffix(" {").and_then(|line| declared(&format!("{line};"))) {
                let indent = &line[..line.len() - start.len()];
                let path = open.last().unwrap().0.iter().cloned().chain([name]).collect();
                open.push((path, Some(format!("{indent}}}"))));
                continue;
            }
            if open.last().unwrap().1.as_deref() == Some(line.trim_end()) {
                open.pop();
                continue;
            }
            let Statements { uses, rest } = found.entry(open.last().unwrap().0.clone()).or_default();
            let after_pub =
                start.strip_prefix("pub").map(|after| after.trim_start_matches(|c: char| c != ' ').trim_start());
            if let (false, Some(tree)) = (inside, after_pub.unwrap_or(start).strip_prefix("use ")) {
                uses.push((after_pub.is_some(), tree.to_owned()));
                inside = true;
            } else if inside {
                uses.last_mut().unwrap().1.push_str(start);
            } else {
                rest.push_str(line);
                rest.push('\n');
            }
            inside &= !line.contains(';');
        }
        found
    }
}

/// The code of one module.
#[derive(Default)]
struct Statements {
    /// The module's `use` statements; the `bool` says whether the statement is public, even if only within the crate.
    uses: Vec<(bool, String)>,
    /// All other lines.
    rest: String,
}

/// Returns the name of the module that a line such as `mod lend;` declares.
fn declared(line: &str) -> Option<String> {
    let (before, name) = line.trim().strip_suffix(';')?.rsplit_once("mod ")?;
    (before.is_empty() || before.starts_with("pub")).then(|| name.to_owned())
}

/// Returns the paths of a `use` tree, each with its alias, or with `*` if the path is a glob.
fn expand(tree: &str) -> Vec<(Vec<String>, Option<String>)> {
    let tree = tree.trim().trim_end_matches(';').trim();
    let Some((front, group)) = tree.split_once('{') else {
        let (path, alias) =
            tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias.to_owned())));
        let mut path: Vec<String> = path.split("::").map(|part| part.trim().to_owned()).collect();
        let alias = alias.or_else(|| path.last().filter(|last| *last == "*").cloned());
        path.retain(|part| part != "*" && part != "self");
        return if path.is_empty() { Vec::new() } else { vec![(path, alias)] };
    };
    let group = group.trim_end().strip_suffix('}').unwrap();
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for c in group.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 { parts.push(String::new()) } else { parts.last_mut().unwrap().push(c) }
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.flat_map(|part| expand(&format!("{front}{part}"))).collect()
}

/// Returns the paths in `code` that begin with `crate::`, with `super::` or with a module that the file declares.
fn paths(code: &str, children: &BTreeSet<String>) -> Vec<Vec<String>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for root in ["crate", "super"].into_iter().chain(children.iter().map(String::as_str)) {
        for (at, _) in code.match_indices(&format!("{root}::")) {
            // `$crate` is written for other crates, and `super::super` is one path.
            if code[..at].ends_with(|c: char| is_word(c) || c == '$' || c == ':') {
                continue;
            }
            let end = code[at..].find(|c: char| !is_word(c) && c != ':').map_or(code.len(), |length| at + length);
            let path = code[at..end].split("::").filter(|part| !part.is_empty());
            found.push(path.map(str::to_owned).collect());
        }
    }
    found
}

/// Returns the path from the crate's root to the item that `path` means in `module`, or `None` for a path into another
/// crate.
fn absolute(module: &[String], path: &[String], from_child: bool) -> Option<Vec<String>> {
    let supers = path.iter().take_while(|part| *part == "super").count();
    let (front, rest) = match path[0].as_str() {
        "crate" => (&[][..], &path[1..]),
        "super" => (&module[..module.len().checked_sub(supers)?], &path[supers..]),
        _ if from_child => (module, path),
        _ => return None,
    };
    Some(front.iter().chain(rest).cloned().collect())
}

/// For each file of a crate, the other files of the crate that it names.
pub struct Graph {
    /// For each file, by its name: the files that it names, each with the paths that lead there.
    edges: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Graph {
    /// Reads the `sources` of one crate. If a path leads to a name that a file only re-exports by a `use`, the file
    /// that defines the name counts. A file that re-exports names of its own submodules does not count as naming them.
    pub fn new(sources: &[Source]) -> Self {
        let files: BTreeMap<_, _> = sources.iter().map(|source| (source.module(), source)).collect();
        let named: BTreeMap<_, _> = sources.iter().map(|source| (source.name.as_str(), source.named())).collect();
        let mut edges = BTreeMap::<_, BTreeMap<_, BTreeSet<_>>>::new();
        for source in sources {
            let module = source.module();
            for name in &named[source.name.as_str()] {
                let passes_on = name.is_exported && name.path.starts_with(&module);
                let target = definition(&files, &named, &name.path, 0);
                if !passes_on && target != source.name {
                    let names = edges.entry(source.name.clone()).or_default().entry(target).or_default();
                    names.insert(name.path.join("::"));
                }
            }
        }
        Self { edges }
    }

    /// Returns one text for each group of files in which each file leads to every other. The text has the files, and
    /// the paths by which they name each other.
    pub fn circles(&self) -> Vec<String> {
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.edges.keys().map(|file| (file.as_str(), self.reached(file))).collect();
        let leads = |one: &str, other: &str| reached.get(one).is_some_and(|files| files.contains(other));
        let (mut told, mut circles) = (BTreeSet::new(), Vec::new());
        for &file in reached.keys().filter(|file| leads(file, file)) {
            let circle: Vec<&str> =
                reached.keys().copied().filter(|other| leads(file, other) && leads(other, file)).collect();
            if !told.insert(circle[0]) {
                continue;
            }
            let mut text = format!("a circle of {} files: {}", circle.len(), circle.join(", "));
            for from in &circle {
                for (to, names) in self.edges[*from].iter().filter(|(to, _)| circle.contains(&to.as_str())) {
                    text.push_str(&format!(
                        "\n    {from} -> {to}: {}",
                        names.iter().cloned().collect::<Vec<_>>().join(", ")
                    ));
                }
            }
            circles.push(text);
        }
        circles
    }

    fn reached(&self, file: &str) -> BTreeSet<&str> {
        let (mut found, mut next) = (BTreeSet::new(), vec![file]);
        while let Some(file) = next.pop() {
            for to in self.edges.get(file).into_iter().flat_map(BTreeMap::keys) {
                if found.insert(to.as_str()) {
                    next.push(to);
                }
            }
        }
        found
    }
}

/// Returns the name of the file that defines the item at `path`.
fn definition(
    files: &BTreeMap<Vec<String>, &Source>,
    named: &BTreeMap<&str, Vec<Named>>,
    path: &[String],
    depth: usize,
) -> String {
    let (file, rest) = (0..=path.len()).rev().find_map(|n| Some((files.get(&path[..n])?, &path[n..]))).unwrap();
    let Some(name) = rest.first().filter(|_| depth < 8) else { return file.name.clone() };
    let passed_on = named[file.name.as_str()].iter().filter(|named| named.path != path);
    for named_there in passed_on {
        let target = match named_there.called.as_deref() {
            Some("*") => [&named_there.path[..], &rest[..1]].concat(),
            Some(called) if called == name => named_there.path.clone(),
            _ => continue,
        };
        let target = definition(files, named, &target, depth + 1);
        let source = files.values().find(|source| source.name == target).unwrap();
        if named_there.called.as_deref() != Some("*") || source.defines(name) {
            return target;
        }
    }
    file.name.clone()
}

impl Source {
    /// Returns whether this file defines an item of that name.
    fn defines(&self, name: &str) -> bool {
        self.items(&["struct ", "enum ", "trait ", "fn ", "const ", "static ", "type ", "macro_rules! "])
            .any(|(_, item)| item == name)
    }

    /// Returns the names of the items of these kinds, each with the number of its line. The bodies of `macro_rules!`
    /// are skipped, since they define no items of this file.
    pub fn items(&self, kinds: &[&str]) -> impl Iterator<Item = (usize, &str)> {
        // The line that ends the macro whose body is being read.
        let mut end = None;
        let written = self.code.iter().filter(move |(_, line)| {
            let in_body = end.is_some();
            if end.as_deref() == Some(line.as_str()) {
                end = None;
            } else if line.trim_start().starts_with("macro_rules!") && line.ends_with('{') {
                end = Some(format!("{}}}", &line[..line.len() - line.trim_start().len()]));
            }
            !in_body
        });
        written.filter_map(move |(nth, line)| {
            let kind = kinds.iter().find(|kind| {
                let before = line.split(**kind).next().unwrap().trim();
                line.contains(**kind)
                    && ["", "pub", "pub(crate)", "pub(super)", "unsafe", "pub unsafe"].contains(&before)
            })?;
            let after = line.split(*kind).nth(1).unwrap();
            after.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(|name| (*nth, name))
        })
    }
}
