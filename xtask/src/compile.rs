//! `cargo xtask compile [--runs N] [--only TEXT]`: measures how long the compiler takes for types with
//! `#[global_store]`, and for the same types with serde's two derives. The figures are processor seconds (user time) of
//! one build, less those of a build with nothing to compile. With `--only`, only the cases whose name has the text in
//! it are measured.

use crate::run::{option, root};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A package that is compiled in both ways, and the command that compiles it.
struct Case {
    name: &'static str,
    package: &'static str,
    command: &'static [&'static str],
    /// The goal: the largest ratio of our time to serde's.
    goal: &'static str,
}

const CASES: &[Case] = &[
    Case { name: "100 structs as a library, check", package: "library", command: &["check"], goal: "0.6" },
    Case { name: "100 structs as a library, build", package: "library", command: &["build"], goal: "0.6" },
    Case { name: "100 structs, put and read, debug build", package: "used", command: &["build"], goal: "1.0" },
    Case {
        name: "100 structs, put and read, release build",
        package: "used",
        command: &["build", "--release"],
        goal: "1.2",
    },
    Case { name: "80 enums in a ring, check", package: "ring", command: &["check"], goal: "1.0" },
];

/// Whose attributes the types of a package have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Serde,
}

const SIDES: [Side; 2] = [Side::Ours, Side::Serde];

/// Measures each case in both ways, by turns, and prints the medians and their ratio.
pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let runs: usize = option(arguments, "--runs", "5").parse().map_err(|_| "`--runs` needs a number")?;
    let (folder, only) = (root()?.join("target/compile"), option(arguments, "--only", ""));
    write_packages(&folder)?;
    println!("processor seconds, user, median of {runs} (least to most)\n");
    println!("| what | `#[global_store]` | serde's derives | ratio | goal |\n|---|---|---|---|---|");
    for case in CASES.iter().filter(|case| case.name.contains(&only)) {
        let mut seconds = [Vec::new(), Vec::new()];
        for side in SIDES {
            compile(&folder, case, side)?; // the dependencies
        }
        for _ in 0..runs {
            for (side, seconds) in SIDES.into_iter().zip(&mut seconds) {
                fs::write(source(&folder, case.package, side), text(case.package, side)).map_err(|e| e.to_string())?;
                let whole = compile(&folder, case, side)?;
                let idle = compile(&folder, case, side)?;
                seconds.push(whole.saturating_sub(idle));
            }
        }
        let [ours, serde] = seconds.map(|mut all| {
            all.sort_unstable();
            all
        });
        let median = |all: &[u64]| all[all.len() / 2] as f64 / 100.0;
        let show = |all: &[u64]| {
            format!("{:.2} ({:.2} to {:.2})", median(all), all[0] as f64 / 100.0, all[all.len() - 1] as f64 / 100.0)
        };
        let ratio = median(&ours) / median(&serde);
        println!("| {} | {} | {} | {ratio:.2} | {} |", case.name, show(&ours), show(&serde), case.goal);
    }
    Ok(())
}

/// Runs cargo. Returns the user time of cargo and its children, in hundredths of a second. Fails if cargo fails.
fn compile(folder: &Path, case: &Case, side: Side) -> Result<u64, String> {
    let before = children()?;
    let done = Command::new("cargo")
        .args(case.command)
        .args(["--quiet", "--offline", "--package", &name(case.package, side)])
        .env("CARGO_INCREMENTAL", "0")
        .current_dir(folder)
        .status()
        .map_err(|error| error.to_string())?;
    if !done.success() {
        return Err(format!("{} does not compile", name(case.package, side)));
    }
    Ok(children()? - before)
}

/// Returns the user time of all children that have ended (`cutime`), which Linux counts in hundredths of a second.
fn children() -> Result<u64, String> {
    let stat = fs::read_to_string("/proc/self/stat").map_err(|error| format!("/proc/self/stat: {error}"))?;
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    after_name.split(' ').nth(13).and_then(|time| time.parse().ok()).ok_or_else(|| "no time of children".to_owned())
}

fn name(package: &str, side: Side) -> String {
    format!("{package}-{}", if side == Side::Ours { "ours" } else { "serde" })
}

fn source(folder: &Path, package: &str, side: Side) -> PathBuf {
    folder.join(name(package, side)).join(if package == "used" { "src/main.rs" } else { "src/lib.rs" })
}

fn write_packages(folder: &Path) -> Result<(), String> {
    let packages: Vec<_> =
        ["library", "used", "ring"].into_iter().flat_map(|name| SIDES.map(|side| (name, side))).collect();
    let members: Vec<String> = packages.iter().map(|(package, side)| format!("{:?}", name(package, *side))).collect();
    write(&folder.join("Cargo.toml"), &format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n", members.join(", ")))?;
    fs::copy(root()?.join("Cargo.lock"), folder.join("Cargo.lock")).map_err(|error| error.to_string())?;
    for (package, side) in packages {
        let dependencies = match side {
            Side::Ours => format!("ref-core = {{ path = {:?} }}\n", root()?.join("ref-core")),
            Side::Serde => "serde = { version = \"1.0\", features = [\"derive\"] }\n\
                            bincode = { version = \"=2.0.1\", default-features = false, features = [\"std\", \"serde\"] }\n"
                .to_owned(),
        };
        let manifest = format!(
            "[package]\nname = {:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}",
            name(package, side)
        );
        write(&folder.join(name(package, side)).join("Cargo.toml"), &manifest)?;
        write(&source(folder, package, side), &text(package, side))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().ok_or("no folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// The first line of a package whose structs have fields that nothing reads.
const QUIET: &str = "#![allow(dead_code, reason = \"nothing reads the fields\")]\n";

/// Returns the source of a package.
fn text(package: &str, side: Side) -> String {
    match package {
        "library" => format!("{QUIET}{}", structs(side)),
        "used" => format!("{QUIET}{}{}", structs(side), uses(side)),
        _ => ring(side),
    }
}

fn attribute(side: Side) -> &'static str {
    match side {
        Side::Ours => "#[ref_core::global_store]",
        Side::Serde => "#[derive(serde::Serialize, serde::Deserialize)]",
    }
}

const STRUCTS: usize = 100;
const ENUMS: usize = 80;

/// Returns 100 structs of six fields. Each has the struct before it in a field, except for the first of each ten.
fn structs(side: Side) -> String {
    let mut text = String::new();
    for nth in 0..STRUCTS {
        let before = if nth % 10 == 0 { "bool".to_owned() } else { format!("Option<Box<S{}>>", nth - 1) };
        let _infallible = writeln!(
            text,
            "{}\n#[derive(Default)]\npub struct S{nth} {{\n    a: u64,\n    b: String,\n    c: Vec<f64>,\n    d: Option<u32>,\n    \
             e: (i8, bool),\n    f: {before},\n}}",
            attribute(side)
        );
    }
    text
}

/// Returns a `main` that puts and reads a value of each struct.
fn uses(side: Side) -> String {
    let mut text = match side {
        Side::Ours => "fn main() -> ref_core::Result<()> {\n    let store = ref_core::Store::open(\"memory:\")?;\n",
        Side::Serde => {
            "fn main() -> Result<(), Box<dyn std::error::Error>> {\n    let config = bincode::config::standard();\n"
        }
    }
    .to_owned();
    for nth in 0..STRUCTS {
        let line = match side {
            Side::Ours => format!(
                "    let key = store.put(S{nth}::default())?.detach()?;\n    assert_eq!(store.get(&key)?.a, 0);\n"
            ),
            Side::Serde => format!(
                "    let bytes = bincode::serde::encode_to_vec(&S{nth}::default(), config)?;\n    \
                 assert_eq!(bincode::serde::decode_from_slice::<S{nth}, _>(&bytes, config)?.0.a, 0);\n"
            ),
        };
        text.push_str(&line);
    }
    text + "    Ok(())\n}\n"
}

/// Returns 80 enums in a ring. Each has the next enum in two of its variants, and the last has the first.
fn ring(side: Side) -> String {
    let mut text = String::new();
    for nth in 0..ENUMS {
        let next = (nth + 1) % ENUMS;
        let _infallible = writeln!(
            text,
            "{}\npub enum E{nth} {{\n    Leaf,\n    One(Box<E{next}>),\n    Many {{ all: Vec<E{next}> }},\n}}",
            attribute(side)
        );
    }
    text
}
