//! What the user asks a recording for.

use crate::backend::ARE_BORROWS_RECORDED;
use crate::error::{Error, ErrorKind, Result};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The environment variable that has the folder of the recording. If it is empty or not set, nothing is recorded.
const VARIABLE: &str = "REF_RECORD";

/// What ends the variable of a recording that also has the borrows inside of each process.
const BORROWS: &str = ":borrows";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct AskedRecording {
    pub(super) folder: PathBuf,
    /// Whether borrows inside of a process are recorded.
    pub(super) has_borrows: bool,
}

impl AskedRecording {
    /// Returns what the user has asked for; `None` if nothing is recorded.
    pub(super) fn by_the_user() -> Result<Option<Self>> {
        match std::env::var_os(VARIABLE) {
            Some(value) if !value.is_empty() => Self::read(&value, ARE_BORROWS_RECORDED).map(Some),
            _ => Ok(None),
        }
    }

    fn read(value: &OsStr, can_have_borrows: bool) -> Result<Self> {
        let Some(folder) = value.to_str().and_then(|value| value.strip_suffix(BORROWS)) else {
            return Ok(Self { folder: value.into(), has_borrows: false });
        };
        if !can_have_borrows {
            let what = format!("this build records no borrows inside of a process, which `{VARIABLE}` asks for");
            return Err(Error::new(ErrorKind::Unsupported, what).with_remedy(format!(
                "build the program with the feature `lessons` of `ref-core`, or set {VARIABLE}={folder}"
            )));
        }
        Ok(Self { folder: Path::new(folder).into(), has_borrows: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borrows_that_a_build_cannot_record_are_refused() {
        let read = |value: &str, can| AskedRecording::read(value.as_ref(), can);
        let asked = |folder: &str, has_borrows| AskedRecording { folder: folder.into(), has_borrows };
        assert_eq!(read("run", false).unwrap(), asked("run", false));
        assert_eq!(read("a:borrows/run", false).unwrap(), asked("a:borrows/run", false));
        assert_eq!(read("run:borrows", true).unwrap(), asked("run", true));
        let error = read("run:borrows", false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("feature `lessons`"), "{error}");
        assert!(error.to_string().contains("REF_RECORD=run"), "{error}");
    }
}
