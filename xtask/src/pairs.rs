//! Finds the UI cases and their twins. The build script of the command `ref` has this file too.

use std::path::{Path, PathBuf};

/// Returns the path that the case at `file` names as its twin. Returns an error if the case names none, or there is no
/// such file.
pub(crate) fn twin(folder: &Path, file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("// twin: "));
    let twin = line.ok_or_else(|| format!("{}: has no line `// twin: pass/...`", file.display()))?;
    if folder.join(twin).exists() {
        Ok(twin.to_owned())
    } else {
        Err(format!("{}: has no twin {twin}", file.display()))
    }
}

/// Returns the paths in `folder`, in order.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let found = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found: Vec<_> = found.map_while(|entry| Some(entry.ok()?.path())).collect();
    found.sort();
    Ok(found)
}
