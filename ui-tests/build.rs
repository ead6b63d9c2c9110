//! Sets `cfg(pinned)` if the compiler is the one in `rust-toolchain.toml`, and writes the source of one program that
//! has all passing cases.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../rust-toolchain.toml");
    println!("cargo::rerun-if-changed=pass");
    println!("cargo::rustc-check-cfg=cfg(pinned)");
    if let (Some(wanted), Some(used)) = (wanted(), used())
        && used == wanted
    {
        println!("cargo::rustc-cfg=pinned");
    }
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    write_legal(Path::new("pass"), &folder).expect("the cases can be read, and the program written");
}

/// Returns the version that `rust-toolchain.toml` names.
fn wanted() -> Option<String> {
    let file = std::fs::read_to_string("../rust-toolchain.toml").ok()?;
    let line = file.lines().find_map(|line| line.strip_prefix("channel = "))?;
    Some(line.trim_matches('"').to_owned())
}

/// Returns the version of the compiler that builds this package. A nightly's version ends in `-nightly`.
fn used() -> Option<String> {
    let output = Command::new(std::env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    line.split_whitespace().nth(1).map(str::to_owned)
}

/// Writes `legal.rs` for `tests/legal.rs`: each passing case as a module, and the list `CASES` of their `main`
/// functions.
///
/// A module is a copy of its case with a function added at its end, since `main` is private. So the compiler's line
/// numbers are those of the case.
fn write_legal(pass: &Path, folder: &Path) -> std::io::Result<()> {
    let (mut modules, mut list) = (String::new(), String::new());
    for path in cases(pass)? {
        let case = path.with_extension("").to_string_lossy().replace('\\', "/");
        let module = case.replace("pass/", "").replace('/', "__");
        let copy = folder.join(format!("{module}.rs"));
        let text = std::fs::read_to_string(&path)?;
        let start = "pub(crate) fn start() -> impl std::process::Termination {\n    main()\n}\n";
        std::fs::write(&copy, format!("{text}\n{start}"))?;
        let _ = writeln!(modules, "#[path = {copy:?}]\nmod {module};");
        let _ = writeln!(list, "    (\"{case}.rs\", || {module}::start().report()),");
    }
    let list = format!("const CASES: &[(&str, fn() -> std::process::ExitCode)] = &[\n{list}];\n");
    std::fs::write(folder.join("legal.rs"), modules + &list)
}

/// Returns every `FOLDER/CASE.rs` below `pass`, in order.
fn cases(pass: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(pass)? {
        let folder = folder?.path();
        if folder.is_dir() {
            for file in std::fs::read_dir(folder)? {
                found.push(file?.path());
            }
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    found.sort();
    Ok(found)
}
