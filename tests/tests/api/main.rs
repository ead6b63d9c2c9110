//! Checks that the page of the public API, `docs/api.md`, lists what the crate exports.
//!
//! The page is made from the sources: `source` reads the tree of modules and finds what a path means, `public` collects
//! the items that users can name, and `page` makes the text. `cargo xtask api` writes the page anew; read the
//! difference before you commit the page.

mod page;
mod public;
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The page that is made from the present sources.
static MADE: LazyLock<String> = LazyLock::new(|| page::of(&public::of_the_crate(&root())));

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_page_of_the_public_api_is_what_the_crate_exports() {
    let path = root().join("docs/api.md");
    if std::env::var_os("REF_API").is_some_and(|what| what == "write") {
        fs::write(&path, &*MADE).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    let differs = MADE.lines().zip(written.lines()).find(|(made, written)| made != written);
    assert!(
        *MADE == written,
        "docs/api.md is not up to date: run `cargo xtask api`. The first difference: {differs:?}"
    );
}

#[test]
fn what_users_need_is_found_wherever_it_is_defined() {
    // The list below has a method in another file than its type, a variant, a field, a macro of `ref-macros`, and
    // functions of a module.
    for known in ["fn lend(&self)", "`Timeout`", "`pid: u32`", "`global_store`", "`fn init()`", "`test_entry`"] {
        assert!(MADE.contains(known), "{known} is not on the page");
    }
    // Only code that the macros of `ref-core` write names `__private` and `generated`.
    assert!(!MADE.contains("__private") && !MADE.contains("generated"), "something hidden is on the page");
}
