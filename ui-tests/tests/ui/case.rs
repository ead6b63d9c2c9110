//! A case: one program, with a header that names its rule.

use std::path::{Path, PathBuf};

/// Whether the case must compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Fail,
    Pass,
}

/// A program under `fail/` or `pass/`.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) kind: Kind,
    /// The case's path from this package's folder, such as `fail/aliasing/two_exclusive_borrows.rs`.
    pub(crate) path: String,
    /// The case's rule, such as `R03 one exclusive borrow at a time`.
    pub(crate) rule: String,
    /// The error's code, the name of a lint, or `none` for an error without a code, such as one from a macro. The text
    /// is empty for a passing case.
    pub(crate) code: String,
    /// The path of the case's legal twin. The text is empty for a passing case.
    pub(crate) twin: String,
    /// All lines after the header.
    pub(crate) body: Vec<String>,
}

impl Case {
    /// Returns all cases, in the order of their paths, and what is wrong with the `.rs` files that are no cases.
    pub(crate) fn all(root: &Path) -> (Vec<Self>, Vec<String>) {
        let (mut cases, mut problems) = (Vec::new(), Vec::new());
        for (kind, folder) in [(Kind::Fail, "fail"), (Kind::Pass, "pass")] {
            for path in files(&root.join(folder)) {
                let name = relative(root, &path);
                if path.extension().is_none_or(|extension| extension != "rs") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                match Self::parse(kind, &name, &text) {
                    Ok(case) => cases.push(case),
                    Err(problem) => problems.push(format!("{name}: {problem}")),
                }
            }
        }
        (cases, problems)
    }

    fn parse(kind: Kind, path: &str, text: &str) -> Result<Self, String> {
        let [_, _folder, _file] = path.split('/').collect::<Vec<_>>()[..] else {
            return Err("must stand in a folder of `fail` or `pass`, and in none below that: it is not run here".into());
        };
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_/".contains(c);
        if !path.trim_end_matches(".rs").chars().all(is_plain) {
            return Err("must have a name of lower-case words with `_` between them".into());
        }
        let mut lines = text.lines();
        let mut header = |key: &str| {
            let prefix = format!("// {key}: ");
            let value = lines.next().and_then(|line| line.strip_prefix(&prefix)).unwrap_or_default();
            if value.is_empty() { Err(format!("must have `{prefix}...` in its header")) } else { Ok(value.to_owned()) }
        };
        let rule = header("rule")?;
        let (code, twin) = match kind {
            Kind::Fail => (header("code")?, header("twin")?),
            Kind::Pass => (String::new(), String::new()),
        };
        Ok(Self { kind, path: path.to_owned(), rule, code, twin, body: lines.map(str::to_owned).collect() })
    }

    /// Returns whether the case's `.stderr` quotes the standard library.
    pub(crate) fn points_into_std(&self, root: &Path) -> bool {
        let words = root.join(&self.path).with_extension("stderr");
        std::fs::read_to_string(words).is_ok_and(|words| words.contains("$RUST"))
    }

    /// Returns the number of the case's rule, such as `R03`.
    pub(crate) fn rule_id(&self) -> &str {
        self.rule.split(' ').next().unwrap_or_default()
    }

    /// Returns the name of the case's folder, such as `aliasing`.
    pub(crate) fn folder(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}

/// Returns all files under `folder`, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the path from `root` to `path`, with `/` on every system.
pub(crate) fn relative(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap().components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
