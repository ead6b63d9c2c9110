//! `cargo xtask bless`: accept what the compiler and the macro say now.

use crate::run::cargo;

pub(crate) fn all() -> Result<(), String> {
    cargo(&["test", "--package", "ref-ui-tests"], &[("TRYBUILD", "overwrite")])?;
    cargo(&["test", "--package", "ref-macros"], &[("INSTA_UPDATE", "always")])?;
    println!("\nnow read `git diff` as a learner would");
    Ok(())
}
