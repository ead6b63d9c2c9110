//! What must not compile, and beside it what must.
//!
//! `words` compares what the compiler says with the `.stderr` beside a case, on the compiler whose words they are.
//! `codes` compares error codes with the headers of the cases, on every compiler. `complete` and `gaps_are_noticed`
//! see to it that no case, twin, rule or `.stderr` is missing or left over.

mod case;
mod codes;
mod complete;
mod rules;

use case::{Case, Kind};
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether the compiler has the standard library's source beside it.
fn has_rust_src() -> bool {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = String::from_utf8(output.stdout).unwrap();
    Path::new(sysroot.trim()).join("lib/rustlib/src/rust").exists()
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

// Both kinds in one `TestCases`: with fail cases alone, trybuild would stop at `cargo check`.
//
// Where the component `rust-src` is installed, the compiler quotes more of the standard library than elsewhere. There
// the cases whose words point into it are left to `codes`.
#[test]
#[cfg_attr(not(pinned), ignore = "the words are those of the compiler in rust-toolchain.toml")]
fn words() {
    let (cases, problems) = Case::all(root());
    report(&problems);
    let runner = trybuild::TestCases::new();
    let quotes_more = has_rust_src();
    for case in &cases {
        match case.kind {
            Kind::Fail if quotes_more && case.points_into_std(root()) => {}
            Kind::Fail => runner.compile_fail(&case.path),
            Kind::Pass => runner.pass(&case.path),
        }
    }
}

#[test]
fn codes() {
    let (cases, problems) = Case::all(root());
    report(&problems);
    report(&codes::problems(root(), &cases));
}

#[test]
fn complete() {
    report(&complete::problems(root(), &root().join("../docs/rules.md")));
}

#[test]
fn gaps_are_noticed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("gaps-{}", std::process::id()));
    report(&complete::gaps(&folder));
}

/// Having the words written anew hides no gap.
#[test]
fn gaps_are_noticed_while_words_are_blessed() {
    let program = std::env::current_exe().unwrap();
    let run =
        Command::new(program).args(["--exact", "gaps_are_noticed"]).env("TRYBUILD", "overwrite").output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}
