//! `cargo xtask book --look`: pictures of some pages in a real browser, wide and narrow, with and without scripts.

use crate::run::{apt, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pages that are looked at.
const PAGES: [&str; 5] = ["index", "rules", "rules/r03", "rules/r22", "guide-handles"];

/// The widths and heights in pixels: a screen on a desk, and a telephone.
const SIZES: [(u32, u32); 2] = [(1280, 1400), (390, 1400)];

/// Takes the pictures of the book in `html`, and prints where they are.
pub(crate) fn look(html: &Path) -> Result<(), String> {
    let browser = browser()?;
    let pictures = html.with_file_name("look");
    std::fs::create_dir_all(&pictures).map_err(|error| format!("{}: {error}", pictures.display()))?;
    for page in PAGES {
        for (width, height) in SIZES {
            for (sandbox, kind) in [("", ""), (" sandbox=\"allow-same-origin\"", "-without-scripts")] {
                let name = format!("{}-{width}{kind}", page.replace('/', "-"));
                let frame = pictures.join(format!("{name}.html"));
                // A window of Chromium is at least 500 pixels wide, and a frame may be narrower. A frame with `sandbox` runs
                // no scripts.
                let source = html.join(format!("{page}.html"));
                let content = format!(
                    "<body style=\"margin:0\"><iframe{sandbox} src=\"{}\" style=\"border:0;width:{width}px;height:{height}px\">",
                    source.display()
                );
                std::fs::write(&frame, content).map_err(|error| format!("{}: {error}", frame.display()))?;
                picture(&browser, &frame, &pictures.join(format!("{name}.png")), (width.max(500), height))?;
                let _needed_no_more = std::fs::remove_file(&frame);
            }
        }
    }
    println!("\nlook at the pictures in {}", pictures.display());
    Ok(())
}

/// Takes a picture of a page.
fn picture(browser: &Path, page: &Path, into: &Path, size: (u32, u32)) -> Result<(), String> {
    let mut command = Command::new(browser);
    command.args([
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--allow-file-access-from-files",
    ]);
    command.arg(format!("--window-size={},{}", size.0, size.1)).arg(format!("--screenshot={}", into.display()));
    run(command.arg("--virtual-time-budget=5000").arg(format!("file://{}", page.display())))?;
    if into.is_file() { Ok(()) } else { Err(format!("{}: the browser took no picture", into.display())) }
}

/// Returns the program of a browser, and installs Debian's Chromium if `PATH` has none.
fn browser() -> Result<PathBuf, String> {
    let found = || {
        let names = ["chromium", "chromium-browser", "google-chrome"].map(PathBuf::from);
        names
            .into_iter()
            .find(|name| Command::new(name).arg("--version").output().is_ok_and(|said| said.status.success()))
    };
    if let Some(browser) = found() {
        return Ok(browser);
    }
    println!("\n> no Chromium: installing it");
    let installed = apt(&["update"])
        .and_then(|()| apt(&["install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"]));
    let why =
        |error: String| format!("there is no Chromium ({error}); `apt-get install chromium`, or put one on the path");
    installed.map_err(why)?;
    found().ok_or_else(|| why("it was installed, and does not start".to_owned()))
}
