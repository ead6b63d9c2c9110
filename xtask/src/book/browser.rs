//! `cargo xtask book --look`: some pages in a real browser, wide and narrow. The keyboard has to reach all of a page.
//! Pictures are taken with scripts and without.

use super::keyboard;
use crate::run::{apt, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pages that are looked at.
const PAGES: [&str; 5] = ["index", "rules", "rules/r03", "rules/r22", "guide-handles"];

/// The widths and heights in pixels: a screen on a desk, and a telephone.
const SIZES: [(u32, u32); 2] = [(1280, 1400), (390, 1400)];

/// Goes through pages of the book in `html` by the keyboard, takes pictures of them, and prints where the pictures are.
pub(crate) fn look(html: &Path) -> Result<(), String> {
    let browser = provide_browser()?;
    let driver = provide(&["chromedriver"], "chromium-driver")?;
    for (width, _) in SIZES {
        for page in PAGES {
            println!("> {page}, {width} pixels wide, by the keyboard");
            keyboard::check(&driver, html, &format!("{page}.html"), width)?;
        }
    }
    let pictures = html.with_file_name("look");
    std::fs::create_dir_all(&pictures).map_err(|error| format!("{}: {error}", pictures.display()))?;
    for page in PAGES {
        for size in SIZES {
            for scripts in [true, false] {
                picture(&browser, &html.join(format!("{page}.html")), &pictures, size, scripts)?;
            }
        }
    }
    println!("\nlook at the pictures in {}", pictures.display());
    Ok(())
}

/// Takes a picture of a page into the folder `pictures`, named after the page and the width.
///
/// A window of Chromium is at least 500 pixels wide, and a frame in the window may be narrower. A frame with `sandbox`
/// runs no scripts.
fn picture(
    browser: &Path,
    page: &Path,
    pictures: &Path,
    (width, height): (u32, u32),
    scripts: bool,
) -> Result<(), String> {
    let (sandbox, kind) = if scripts { ("", "") } else { ("sandbox=\"allow-same-origin\"", "-without-scripts") };
    let name = page.file_stem().unwrap_or_default().to_string_lossy();
    let [frame, into] = ["html", "png"].map(|end| pictures.join(format!("{name}-{width}{kind}.{end}")));
    let style = format!("border:0;width:{width}px;height:{height}px");
    let content = format!("<body style=\"margin:0\"><iframe {sandbox} src=\"{}\" style=\"{style}\">", page.display());
    std::fs::write(&frame, content).map_err(|error| format!("{}: {error}", frame.display()))?;
    let mut command = Command::new(browser);
    command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]);
    command.args(["--allow-file-access-from-files", "--virtual-time-budget=5000"]);
    command.arg(format!("--window-size={},{height}", width.max(500))).arg(format!("--screenshot={}", into.display()));
    run(command.arg(format!("file://{}", frame.display())))?;
    let _needed_no_more = std::fs::remove_file(&frame);
    if into.is_file() { Ok(()) } else { Err(format!("{}: the browser took no picture", into.display())) }
}

/// Returns a browser, and installs it if there is none.
pub(crate) fn provide_browser() -> Result<PathBuf, String> {
    provide(&["chromium", "chromium-browser", "google-chrome"], "chromium")
}

/// Returns the first of the programs that `PATH` has, and installs Debian's package if it has none of them.
fn provide(names: &[&str], package: &str) -> Result<PathBuf, String> {
    let starts = |name: &&&str| Command::new(name).arg("--version").output().is_ok_and(|said| said.status.success());
    let found = || names.iter().find(starts).map(PathBuf::from);
    if let Some(program) = found() {
        return Ok(program);
    }
    println!("\n> no `{package}`: installing it");
    let installed = apt(&["update"])
        .and_then(|()| apt(&["install", "--yes", "--no-install-recommends", package, "fonts-dejavu-core"]));
    let why = |error: String| format!("there is no `{package}` ({error}); `apt-get install {package}`");
    installed.map_err(why)?;
    found().ok_or_else(|| why("it was installed, and does not start".to_owned()))
}
