//! Programs that must not compile. Each has a twin: a similar program that must compile.
//!
//! `words` compares the compiler's messages with the `.stderr` beside a case, on the compiler that wrote the `.stderr`.
//! `codes` compares error codes with the headers of the cases, on every compiler. `complete` checks that no case, twin,
//! rule or `.stderr` is missing or left over, and `gaps_are_noticed` checks `complete`. `tests/legal.rs` compiles and
//! runs the twins.
//!
//! The argument `trybuild=NAME` restricts `words` and `codes` to the cases whose path contains `NAME`.

mod case;
mod codes;
mod complete;
mod rules;

use case::{Case, Kind};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the folder of the package, which `CARGO_MANIFEST_DIR` names. Cargo sets this variable when it runs a test,
/// and `blessing_writes_words` sets it to the folder of another package.
fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// Returns the failing cases that the arguments name, or all failing cases. Panics if an `.rs` file is no case.
fn failing() -> Vec<Case> {
    let (mut cases, problems) = Case::all(&root());
    report(&problems);
    let names = names();
    let wanted = |case: &Case| names.is_empty() || names.iter().any(|name| case.path.contains(name));
    cases.retain(|case| case.kind == Kind::Fail && wanted(case));
    cases
}

/// Returns the parts of paths to which the arguments restrict this run.
fn names() -> Vec<String> {
    std::env::args().filter_map(|argument| Some(argument.strip_prefix("trybuild=")?.to_owned())).collect()
}

/// Returns whether the compiler has the standard library's source beside it.
fn has_rust_src() -> bool {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = String::from_utf8(output.stdout).unwrap();
    Path::new(sysroot.trim()).join("lib/rustlib/src/rust").exists()
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

// There are only failing cases here, so `trybuild` compiles all of them in one call of `cargo check`. With a passing
// case among them, `trybuild` would build each case by its own call. `check` is enough, since the macros' assertions
// are constants without a type parameter.
//
// Where the component `rust-src` is installed, the compiler quotes more of the standard library than elsewhere. There
// the cases whose `.stderr` quotes it are left to `codes`.
#[test]
#[cfg_attr(not(pinned), ignore = "the words are those of the compiler in rust-toolchain.toml")]
fn words() {
    let runner = trybuild::TestCases::new();
    for case in with_comparable_words(failing()).0 {
        runner.compile_fail(&case.path);
    }
}

/// Returns the cases whose words this installation can compare, and the others.
fn with_comparable_words(cases: Vec<Case>) -> (Vec<Case>, Vec<Case>) {
    let quotes_more = has_rust_src();
    cases.into_iter().partition(|case| !(quotes_more && case.points_into_std(&root())))
}

// On the pinned compiler, `words` compiles most of the cases, and compares more than their codes. A run that is
// restricted to some cases may be the one that writes their `.stderr`, so there they are compiled here as well.
#[test]
fn codes() {
    let cases = failing();
    let cases = if cfg!(pinned) && names().is_empty() {
        let (compared, mut others) = with_comparable_words(cases);
        others.extend(codes::unlike_words(&root(), compared));
        others
    } else {
        cases
    };
    report(&codes::problems(&root(), &cases));
}

#[test]
fn complete() {
    report(&complete::problems(&root(), &root().join("../docs/rules.md")));
}

#[test]
fn gaps_are_noticed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("gaps-{}", std::process::id()));
    report(&complete::gaps(&folder));
}

/// `gaps_are_noticed` does not depend on the variable with which `cargo xtask bless` makes `words` write.
#[test]
fn gaps_are_noticed_while_words_are_blessed() {
    let program = std::env::current_exe().unwrap();
    let run =
        Command::new(program).args(["--exact", "gaps_are_noticed"]).env("TRYBUILD", "overwrite").output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

/// Does what `cargo xtask bless` does, in a package with one case whose `.stderr` is wrong and one that has none.
/// `words` writes both files and succeeds, and afterwards succeeds without writing.
#[test]
fn blessing_writes_words() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bless-{}", std::process::id()));
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"blessed\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n[workspace]\n",
    );
    write("lib.rs", "");
    let case =
        "// rule: R01 a rule\n// code: E0384\n// twin: pass/some/a.rs\n\nfn main() {\n    let a = 1;\n    a = 2;\n}\n";
    write("fail/some/wrong_words.rs", case);
    write("fail/some/wrong_words.stderr", "error: of another compiler\n");
    write("fail/some/no_words.rs", case);
    let words = |blessing: bool| {
        let mut test = Command::new(std::env::current_exe().unwrap());
        test.args(["--exact", "words", "--include-ignored"]).current_dir(&folder).env("CARGO_MANIFEST_DIR", &folder);
        if blessing {
            test.env("TRYBUILD", "overwrite")
        } else {
            test.env_remove("TRYBUILD")
        };
        let output = test.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (passes, said) = words(false);
    assert!(!passes, "wrong words are accepted: {said}");
    let (passes, said) = words(true);
    assert!(passes, "blessing fails: {said}");
    for name in ["wrong_words", "no_words"] {
        let text = std::fs::read_to_string(folder.join(format!("fail/some/{name}.stderr"))).unwrap();
        assert!(text.starts_with("error[E0384]: ") && text.contains(&format!("fail/some/{name}.rs:7")), "{text}");
    }
    let (passes, said) = words(false);
    assert!(passes, "blessed words are refused: {said}");
    std::fs::remove_dir_all(&folder).unwrap();
}
