//! `cargo xtask cli`: the lints and the tests of the command `ref`. `cargo xtask test` leaves the command out, since no
//! other crate needs its dependencies. `--look`: the page of `ref history` in a real browser.

use crate::book::provide_browser;
use crate::run::{cargo, run};
use std::path::Path;
use std::process::Command;

/// The package of the command.
pub(crate) const PACKAGE: &str = "ref-cli";

/// The recording that is drawn, and the folder of the pages.
const RECORDING: &str = "ref-cli/tests/recording";
const PAGES: &str = "target/history";

/// Lints and tests the command, or looks at its page.
pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            crate::redis::provide()?;
            cargo(&["clippy", "--package", PACKAGE, "--all-targets", "--", "--deny", "warnings"], &[])?;
            cargo(&["clippy", "--package", PACKAGE, "--no-default-features", "--", "--deny", "warnings"], &[])?;
            cargo(&["test", "--package", PACKAGE], &[])
        }
        ["--look"] => look(),
        _ => Err("`cargo xtask cli` takes `--look` or nothing".to_owned()),
    }
}

/// Makes the page of the kept recording, and uses it in a browser as `history.js` says. Takes a picture of it.
fn look() -> Result<(), String> {
    let browser = provide_browser()?;
    let pages = Path::new(PAGES);
    let failed = |error: std::io::Error| format!("{}: {error}", pages.display());
    std::fs::create_dir_all(pages).map_err(failed)?;
    let [page, used, taken] = ["page.html", "used.html", "page.png"].map(|name| pages.join(name));
    let html = page.to_string_lossy();
    cargo(&["run", "--package", PACKAGE, "--", "history", RECORDING, "--html", &html], &[])?;
    let text = std::fs::read_to_string(&page).map_err(failed)?;
    let script = include_str!("history.js");
    std::fs::write(&used, text.replace("</html>", &format!("<script>{script}</script></html>"))).map_err(failed)?;
    let address = |path: &Path| path.canonicalize().map(|path| format!("file://{}", path.display())).map_err(failed);
    let start = || {
        let mut command = Command::new(&browser);
        command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,700"]);
        command
    };
    let output = start().arg("--dump-dom").arg(address(&used)?).output().map_err(failed)?;
    let page = String::from_utf8_lossy(&output.stdout);
    let title = page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title);
    match title {
        Some(title) if title.starts_with("right: ") => println!("{title}"),
        Some(title) => return Err(format!("the page of `ref history`: {title}")),
        None => return Err(format!("the browser shows no page: {}", String::from_utf8_lossy(&output.stderr))),
    }
    run(start().arg(format!("--screenshot={}", taken.display())).arg(address(&pages.join("page.html"))?))?;
    println!("look at {}", taken.display());
    Ok(())
}
