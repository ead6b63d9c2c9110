//! Files without a name in a build without `shm`, which maps no files: no worker writes any.

use super::{Bytes, Pieces};
use crate::error::{Error, ErrorKind, Result};
use std::fs::File;

#[allow(dead_code, reason = "only remote calls receive files")]
pub(crate) fn map_version_file(_file: &File) -> Result<Bytes> {
    Err(Error::new(ErrorKind::Unsupported, "this program cannot map the file of a result")
        .with_remedy("build both programs with the feature `shm`"))
}

#[allow(dead_code, reason = "only workers write such files")]
pub(crate) fn write_version_in_memory(_bytes: Pieces<'_>) -> Option<File> {
    None
}
