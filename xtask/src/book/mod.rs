//! `cargo xtask book`: the rule book and the guide as an mdBook in `target/book`.
//!
//! Every page is generated: the rules from `docs/rules.md`, their programs from the pairs of UI cases and the `.stderr`
//! of each, and the chapters from `docs/`. So a new pair of cases is in the book without a further step.

mod browser;
mod catalogue;
mod chapters;
mod html;
mod keyboard;
mod links;
mod markdown;
mod program;
mod rule;
mod rustdoc;
mod source;
mod table;
mod words;

pub(crate) use browser::provide_browser;

use crate::run::root;
use chapters::Addresses;
use source::read;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How the address of a file of the repository begins.
const REPOSITORY: &str = "https://github.com/ref-rs/ref/blob/main/";

/// The version of mdBook that the command installs. The ids of headings are made as this version makes them.
const MDBOOK: &str = "0.5.4";

/// The files that mdBook needs beside the pages.
const SETTINGS: [(&str, &str); 3] = [
    ("book.toml", include_str!("book.toml")),
    ("style.css", include_str!("style.css")),
    ("keys.js", include_str!("keys.js")),
];

/// The pages of the book, as Markdown.
#[derive(Clone, Debug)]
struct Book {
    /// Each page by its path, such as `rules/r07.md`. `SUMMARY.md` lists the others in reading order.
    pages: BTreeMap<String, String>,
}

/// Makes the book. With `--check` the pages are only generated and their links checked. With `--look` a browser takes
/// pictures of some pages.
pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => make().map(drop),
        ["--check"] => check(),
        ["--look"] => browser::look(&make()?),
        _ => Err("`cargo xtask book` takes `--check`, `--look` or nothing".to_owned()),
    }
}

/// Generates the pages and checks every link, without mdBook. Returns an error that names each link that leads nowhere.
pub(crate) fn check() -> Result<(), String> {
    println!("\n> cargo xtask book --check");
    let book = generate_checked(root()?)?;
    println!("{} pages, and no link that leads nowhere", book.pages.len());
    Ok(())
}

fn generate_checked(root: &Path) -> Result<Book, String> {
    let book = Book::generate(root)?;
    check_catalogue(root)?;
    let lost = rustdoc::problems(root, &source::rules(&read(&root.join("docs/rules.md"))?)?)?;
    if !lost.is_empty() {
        return Err(format!("links from items to rules are wrong:\n  {}", lost.join("\n  ")));
    }
    match links::problems(&book, root) {
        problems if problems.is_empty() => Ok(book),
        problems => Err(format!("the book has links that lead nowhere:\n  {}", problems.join("\n  "))),
    }
}

/// Compares the catalogue with the cases and with the public items.
fn check_catalogue(root: &Path) -> Result<(), String> {
    let passes = |name: &str| root.join("ui-tests").join(name).with_extension("rs").exists();
    let [page, api] = ["docs/catalogue.md", "docs/api.md"].map(|file| read(&root.join(file)));
    let problems = catalogue::problems(&page?, &api?, &source::examples(root)?, passes);
    if problems.is_empty() { Ok(()) } else { Err(format!("the catalogue is wrong:\n  {}", problems.join("\n  "))) }
}

/// Generates the pages, lets mdBook make HTML of them, and checks that. Returns the folder of the HTML.
fn make() -> Result<PathBuf, String> {
    let root = root()?;
    let book = generate_checked(root)?;
    let folder = root.join("target/book");
    let _none_before = std::fs::remove_dir_all(&folder);
    book.write(&folder)?;
    let status = Command::new(mdbook(root)?).arg("build").arg(&folder).status();
    let status = status.map_err(|error| format!("cannot run mdbook: {error}"))?;
    if !status.success() {
        return Err(format!("`mdbook build` failed: {status}"));
    }
    let html = folder.join("html");
    let problems = html::problems(&html, &book)?;
    if !problems.is_empty() {
        return Err(format!("the pages that mdBook has made are wrong:\n  {}", problems.join("\n  ")));
    }
    println!("\nthe book is made: {}", html.join("index.html").display());
    Ok(html)
}

/// Returns the program of mdBook, and installs it into `target/mdbook` if neither that folder nor `PATH` has it.
fn mdbook(root: &Path) -> Result<PathBuf, String> {
    let folder = root.join("target/mdbook");
    let ours = folder.join("bin/mdbook");
    let is_right = |program: &Path| {
        let said = Command::new(program).arg("--version").output();
        said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim().ends_with(MDBOOK))
    };
    for program in [&ours, Path::new("mdbook")] {
        if is_right(program) {
            return Ok(program.to_owned());
        }
    }
    println!("\n> no mdBook {MDBOOK}: installing it into {}", folder.display());
    let (into, build) = (folder.to_string_lossy(), root.join("target/mdbook-build"));
    let install = ["install", "mdbook", "--locked", "--version", MDBOOK, "--root", &into];
    let features = ["--no-default-features", "--features", "search"];
    crate::run::cargo(&[&install[..], &features].concat(), &[("CARGO_TARGET_DIR", &build.to_string_lossy())])?;
    let _needed_no_more = std::fs::remove_dir_all(&build);
    Ok(ours)
}

impl Book {
    /// Generates the pages from the files under `root`.
    fn generate(root: &Path) -> Result<Self, String> {
        let table = read(&root.join("docs/rules.md"))?;
        let rules = source::rules(&table)?;
        let checkers = source::checkers(&table)?;
        let examples = source::examples(root)?;
        let comparisons = source::comparisons(&read(&root.join("docs/from-proxystore.md"))?);
        let exercises = crate::course::exercise::all(&root.join("course"))?;
        let addresses = Addresses::new(&rules, &table, &read(&root.join("docs/api.md"))?);

        let front = read(&root.join("README.md"))?;
        let mut pages = BTreeMap::from([("index.md".to_owned(), addresses.hold(&front, ""))]);
        let mut summary = format!("# Summary\n\n{}\n# The guide\n\n", entry("", &front, "index.md"));
        for file in chapters::order(&read(&root.join("ref-core/src/guide.rs"))?) {
            let text = read(&root.join("docs").join(file))?;
            let text = if file == "catalogue.md" { catalogue::linked(&text, &examples, rule::address) } else { text };
            if file != "rules.md" {
                summary.push_str(&entry("- ", &text, file));
                pages.insert(file.to_owned(), addresses.hold(&text, ""));
                continue;
            }
            summary.push_str(&format!("\n# The rule book\n\n{}", entry("- ", &text, file)));
            pages.insert(file.to_owned(), addresses.hold(&chapters::table_of_rules(&text), ""));
            for rule in &rules {
                let examples: Vec<_> = examples.iter().filter(|example| example.rule == rule.id).collect();
                let page = rule::page(rule, &checkers, &examples, &comparisons, &exercises);
                summary.push_str(&entry("  - ", &page, &rule.page()));
                pages.insert(rule.page(), addresses.hold(&page, "../"));
            }
            summary.push_str("\n# Promises and reasons\n\n");
        }
        pages.insert("SUMMARY.md".to_owned(), summary);
        Ok(Self { pages })
    }

    /// Writes the pages, and what mdBook needs beside them, into `folder`.
    fn write(&self, folder: &Path) -> Result<(), String> {
        let pages = self.pages.iter().map(|(name, text)| (folder.join("src").join(name), text.as_str()));
        let settings = SETTINGS.iter().map(|(name, text)| (folder.join(name), *text));
        for (path, text) in pages.chain(settings) {
            let failed = |error: std::io::Error| format!("{}: {error}", path.display());
            std::fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
            std::fs::write(&path, text).map_err(failed)?;
        }
        Ok(())
    }
}

/// Returns a line of the summary, which has the first heading of the page as its text.
fn entry(before: &str, page: &str, path: &str) -> String {
    let title = page.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(path);
    format!("{before}[{title}]({path})\n")
}
