//! Published crates: fetched by name from the registry, with cargo's own client.

use crate::change::Krate;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The features of `ref-core` that implement `Stored` for the types of another crate.
const FEATURES: &[&str] = &[
    "bitflags",
    "bytes",
    "chrono",
    "glam",
    "half",
    "indexmap",
    "nalgebra",
    "ndarray",
    "rust_decimal",
    "serde_json",
    "smallvec",
    "time",
    "url",
    "uuid",
];

/// The crates, and the features of `ref-core` for the crates on which they depend.
pub(crate) struct Fetched {
    pub(crate) crates: Vec<Krate>,
    pub(crate) features: Vec<&'static str>,
}

/// Fetches the newest version of each crate, or the version in `NAME@VERSION`, and reads the sources.
pub(crate) fn all(folder: &Path, names: &[String]) -> Result<Fetched, String> {
    let fetched = folder.join("fetched");
    write(&fetched.join("src/lib.rs"), "")?;
    let wanted: Vec<String> = names
        .iter()
        .map(|name| {
            let (name, version) = name.split_once('@').unwrap_or((name, "*"));
            format!("{name} = {{ version = \"{version}\", default-features = false }}")
        })
        .collect();
    let manifest = format!(
        "[package]\nname = \"fetched\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n{}\n[workspace]\n",
        wanted.join("\n")
    );
    write(&fetched.join("Cargo.toml"), &manifest)?;
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1"])
        .current_dir(&fetched)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| error.to_string())?;
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"].as_array().ok_or("no packages")?;
    let features = FEATURES.iter().copied().filter(|name| packages.iter().any(|package| package["name"] == *name));
    let crates = names
        .iter()
        .map(|name| {
            let name = name.split('@').next().unwrap_or(name);
            let package =
                packages.iter().find(|package| package["name"] == name).ok_or(format!("no crate `{name}`"))?;
            let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap_or_default());
            let from = manifest.parent().ok_or("no folder")?;
            let to = folder.join("crates").join(name);
            let _before = fs::remove_dir_all(&to);
            copy(from, &to).map_err(|error| format!("{}: {error}", from.display()))?;
            let has_feature = package["features"].as_object().is_some_and(|all| all.contains_key("serde"));
            Krate::read(name, package["version"].as_str().unwrap_or_default(), to, has_feature)
        })
        .collect::<Result<_, String>>()?;
    Ok(Fetched { crates, features: features.collect() })
}

/// Writes a file, and makes the folders above it, unless the file has this text already.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|before| before == text) {
        return Ok(());
    }
    let folder = path.parent().ok_or("no folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name()))?,
            false => drop(fs::copy(entry.path(), to.join(entry.file_name()))?),
        }
    }
    Ok(())
}
