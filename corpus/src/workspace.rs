//! The workspace of the changed crates, and the program that has them all.

use crate::change::Krate;
use crate::fetch::{Fetched, write};
use std::fs;
use std::path::{Path, PathBuf};

/// The workspace.
pub(crate) struct Workspace {
    pub(crate) folder: PathBuf,
}

impl Workspace {
    /// Writes the manifests, and the source of the program `runner`.
    pub(crate) fn new(folder: &Path, repository: &Path, fetched: &Fetched) -> Result<Self, String> {
        let Fetched { crates, features } = fetched;
        let members: Vec<String> = crates.iter().map(|krate| format!("\"crates/{}\"", krate.name)).collect();
        let root = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [\"runner\", {}]\n[profile.dev]\ndebug = false\n",
            members.join(", ")
        );
        write(&folder.join("Cargo.toml"), &root)?;
        let mut runner =
            "[package]\nname = \"runner\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n".to_owned();
        runner += &format!("corpus-support = {{ path = {:?} }}\n", repository.join("corpus/support"));
        for krate in crates {
            let serde = if krate.has_feature { ", features = [\"serde\"]" } else { "" };
            runner += &format!("{} = {{ path = \"../crates/{}\"{serde} }}\n", krate.name, krate.name);
            manifest(krate, repository, features)?;
        }
        write(&folder.join("runner/Cargo.toml"), &runner)?;
        let uses: String = crates.iter().map(|krate| format!("use {} as _;\n", krate.name.replace('-', "_"))).collect();
        write(
            &folder.join("runner/src/main.rs"),
            &format!("{uses}\nfn main() {{\n    corpus_support::run_all();\n}}\n"),
        )?;
        Ok(Self { folder: folder.to_owned() })
    }
}

/// Adds `ref-core` and `corpus-support` to the manifest of a crate. Removes the sections of its tests, examples,
/// benchmarks, programs and dev-dependencies, and those of its profiles, lints and workspace.
fn manifest(krate: &Krate, repository: &Path, features: &[&str]) -> Result<(), String> {
    let path = krate.folder.join("Cargo.toml");
    let published = fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let unwanted = ["[dev-dependencies", "[[test", "[[bench", "[[example", "[[bin", "[profile", "[lints", "[workspace"];
    let is_dev = |line: &str| line.contains(".dev-dependencies");
    let mut keeps = true;
    let mut kept = String::new();
    for line in published.lines() {
        if line.starts_with('[') {
            keeps = !unwanted.iter().any(|begin| line.starts_with(begin)) && !is_dev(line);
        }
        if keeps {
            kept += &format!("{line}\n");
        }
    }
    let (library, support) = (repository.join("ref-core"), repository.join("corpus/support"));
    kept += &format!("\n[dependencies.ref-core]\npath = {library:?}\nfeatures = {features:?}\n");
    kept += &format!("\n[dependencies.corpus-support]\npath = {support:?}\n");
    let _lock = fs::remove_file(krate.folder.join("Cargo.lock"));
    write(&path, &kept)
}
