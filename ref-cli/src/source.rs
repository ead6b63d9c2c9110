//! The lines of source files that a store names.

use crate::text::plain;
use ref_core::inspect::ObjectHolder;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A line that a store names, with its text if the source is at hand.
pub(crate) struct Line {
    pub(crate) path: String,
    pub(crate) number: usize,
    pub(crate) text: Option<String>,
}

/// The folders in which sources are looked for.
pub(crate) struct Places {
    folders: Vec<PathBuf>,
}

/// The largest source that is read, in bytes.
const LARGEST: u64 = 4 << 20;

impl Places {
    /// Looks in these folders, then in the current one and those above it.
    pub(crate) fn new(mut folders: Vec<PathBuf>) -> Self {
        let current = std::env::current_dir().unwrap_or_default();
        folders.extend(current.ancestors().map(Path::to_owned));
        Self { folders }
    }

    /// Returns the line `at`, such as `src/main.rs:12`. Also looks in the folder in which the holder's process is, and
    /// in those above it, if the holder is on this host.
    pub(crate) fn find(&self, at: &str, holder: &ObjectHolder) -> Line {
        let (path, number) = at.rsplit_once(':').unwrap_or((at, ""));
        let number = number.parse().unwrap_or(1);
        let theirs = std::fs::read_link(format!("/proc/{}/cwd", holder.process.pid)).unwrap_or_default();
        let theirs =
            theirs.ancestors().map(Path::to_owned).filter(|_| holder.is_alive && holder.process.host.is_none());
        let mut folders = self.folders.iter().cloned().chain(theirs);
        let text = folders.find_map(|folder| line(&folder.join(path), number));
        Line { path: plain(path), number, text }
    }
}

/// Returns a line of a Rust source, without what a terminal would obey. A store may name any file: only regular files of
/// a moderate size whose name ends with `.rs` are read.
fn line(path: &Path, number: usize) -> Option<String> {
    let is_source = path.extension().is_some_and(|extension| extension == "rs");
    if !is_source || !path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST) {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    let line = text.lines().nth(number.checked_sub(1)?)?;
    Some(plain(&line.replace('\t', "    "))).filter(|line| !line.trim().is_empty())
}
