//! `cargo xtask api`: writes the page of the public API anew from the sources.

use crate::run::cargo;

const WRITE: [&str; 5] = ["test", "--package", "ref-tests", "--test", "api"];

pub(crate) fn write() -> Result<(), String> {
    cargo(&WRITE, &[("REF_API", "write")])?;
    println!("\nnow read `git diff docs/api.md`: a change there is a change for users");
    Ok(())
}
