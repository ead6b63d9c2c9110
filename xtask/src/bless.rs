//! `cargo xtask bless`: accept what the compiler and the macro say now.

use crate::run::cargo;

const UI: [&str; 6] = ["test", "--package", "ref-ui-tests", "--test", "ui", "--"];

pub(crate) fn all() -> Result<(), String> {
    // The words alone first: the other tests look at what is written then.
    cargo(&[&UI[..], &["words", "--exact"]].concat(), &[("TRYBUILD", "overwrite")])?;
    cargo(&[&UI[..], &["--skip", "words", "--exact"]].concat(), &[])?;
    cargo(&["test", "--package", "ref-macros"], &[("INSTA_UPDATE", "always")])?;
    println!("\nnow read `git diff` as a learner would");
    Ok(())
}
