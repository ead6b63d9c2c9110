//! `cargo xtask corpus [CRATE ...]`: puts `#[global_store]` on the serde-derived types of published crates, beside
//! their derives, and stores values of these types. [`change`] decides what is added, and [`report`] prints the table.

mod change;
mod check;
mod fetch;
mod items;
mod report;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

/// The crates that are tried if none is named.
const CRATES: &[&str] = &[
    "lsp-types",
    "openapiv3",
    "cargo_metadata",
    // Each of its versions is a pre-release, which has to be named.
    "bollard-stubs@1.53.1-rc.29.3.1",
    "wgpu-types",
    "geo-types",
    "kurbo",
    "rspotify-model",
    "rustdoc-types",
];

/// The most rounds of checks and additions. Each round repairs errors that the additions of the round
/// before made visible.
const ROUNDS: usize = 12;

fn main() -> ExitCode {
    let named: Vec<String> = std::env::args().skip(1).collect();
    let names = if named.is_empty() { CRATES.iter().map(|name| (*name).to_owned()).collect() } else { named };
    match run(&names) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("corpus: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(names: &[String]) -> Result<(), String> {
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().map_err(|e| e.to_string())?;
    let folder = repository.join("target/corpus");
    let mut fetched = fetch::all(&folder, names)?;
    let space = workspace::Workspace::new(&folder, &repository, &fetched)?;
    let crates = &mut fetched.crates;
    for round in 1..=ROUNDS {
        crates.iter().try_for_each(|krate| krate.write(change::Serde::Kept))?;
        let errors = check::check(&space, crates)?;
        println!("round {round}: {} errors", errors.len());
        report::faults(&errors);
        let changed = crates.iter_mut().map(|krate| krate.repair(&errors)).fold(false, |any, one| any | one);
        if !changed {
            break;
        }
    }
    let alone = alone(&space, crates)?;
    let outcomes = check::run(&space)?;
    report::print(crates, &alone, &outcomes);
    Ok(())
}

/// Takes serde's derives away, checks, and returns the errors at the changed types. Then writes the derives again.
fn alone(space: &workspace::Workspace, crates: &[change::Krate]) -> Result<Vec<check::Fault>, String> {
    crates.iter().try_for_each(|krate| krate.write(change::Serde::TakenAway))?;
    let errors = check::check(space, crates)?;
    crates.iter().try_for_each(|krate| krate.write(change::Serde::Kept))?;
    Ok(errors)
}
