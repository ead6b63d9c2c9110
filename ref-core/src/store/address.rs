//! Where a store is, as its user writes it.

use crate::backend;
use crate::backend::server::Server;
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A parsed address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// In this process: nobody else's, or shared by whoever opens the same name.
    Memory(Option<String>),
    /// In this host's shared memory, under a name.
    Shm(String),
    /// In a folder.
    File(PathBuf),
    /// In a Redis server.
    Redis(Server),
}

/// An address that leads to the same store from every process: nothing in it depends on a current folder or on an
/// environment. Paths are bytes, since a folder's name need not be text. Not `Debug`: a server's may have a password in it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Absolute {
    /// The folder of a named store.
    Shm(OsString),
    /// The folder of a user's own store.
    File(OsString),
    /// A server, as its user wrote it.
    Redis(String),
}

impl Address {
    /// The same address with a path that a later change of the current folder does not move.
    pub(crate) fn rooted(self) -> Result<Self> {
        match self {
            Self::File(path) => Ok(Self::File(rooted(&path)?)),
            address => Ok(address),
        }
    }

    /// The address for other processes, which was written as `given`; `None` where no other process gets.
    pub(crate) fn absolute(&self, given: &str) -> Result<Option<Absolute>> {
        match self {
            Self::Memory(_) => Ok(None),
            Self::Shm(name) => Ok(Some(Absolute::Shm(rooted(&backend::named_folder(name)?)?.into()))),
            Self::File(path) => Ok(Some(Absolute::File(rooted(path)?.into()))),
            Self::Redis(_) => Ok(Some(Absolute::Redis(given.to_owned()))),
        }
    }
}

impl Absolute {
    /// The same address as its user would write it.
    pub(crate) fn to_address(&self) -> Result<Address> {
        match self {
            Self::Shm(folder) => {
                let name = PathBuf::from(folder).file_name().map(|name| name.to_string_lossy().into_owned());
                Ok(Address::Shm(name.unwrap_or_default()))
            }
            Self::File(path) => Ok(Address::File(path.into())),
            Self::Redis(given) => given.parse(),
        }
    }
}

fn rooted(path: &std::path::Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| {
        let what = format!("cannot find the current folder, in which {} would be", path.display());
        Error::io(what, error).with_remedy("write the path in full, from `/` on")
    })
}

/// The longest name of a store: it becomes a folder's name, and tools print it.
const LONGEST: usize = 64;

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(name) = text.strip_prefix("shm://") {
            return Ok(Self::Shm(checked_name(text, name)?));
        }
        if let Some(path) = text.strip_prefix("file:") {
            return checked_path(text, path);
        }
        if let Some(server) = Server::parse(text) {
            return Ok(Self::Redis(server?));
        }
        match text.strip_prefix("memory:") {
            Some("") => Ok(Self::Memory(None)),
            Some(name) => Ok(Self::Memory(Some(checked_name(text, name)?))),
            None => Err(unsupported(text, "no backend of this crate has that kind of address")),
        }
    }
}

/// A name that is one harmless folder name everywhere.
fn checked_name(text: &str, name: &str) -> Result<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() {
        return Err(unsupported(text, "a name is missing"));
    }
    if name.len() > LONGEST {
        return Err(unsupported(text, "the name is longer than 64 characters"));
    }
    if name.starts_with('.') || !name.chars().all(plain) {
        let why = "a name consists of ASCII letters, digits, `-`, `_` and `.`, and does not begin with `.`";
        return Err(unsupported(text, why));
    }
    Ok(name.to_owned())
}

fn checked_path(text: &str, path: &str) -> Result<Address> {
    match path {
        "" => Err(unsupported(text, "a path is missing")),
        path if path.contains('\0') => Err(unsupported(text, "a path has no NUL in it")),
        path if path.starts_with('~') => Err(unsupported(text, "only shells know what `~` stands for"))
            .map_err(|error| error.with_remedy("write the path in full, or `./~` for a folder of that name")),
        path => Ok(Address::File(PathBuf::from(path))),
    }
}

pub(super) fn unsupported(text: &str, why: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("cannot open a store at `{}`: {why}", text.escape_debug()))
        .with_remedy("write `memory:`, `memory:NAME`, `shm://NAME`, `file:PATH` or `redis://HOST`")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(None) => f.write_str("memory:"),
            Self::Memory(Some(name)) => write!(f, "memory:{name}"),
            Self::Shm(name) => write!(f, "shm://{name}"),
            Self::Redis(server) => server.fmt(f),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_are_printed_as_they_were_written() {
        for text in
            ["memory:", "memory:lab", "shm://lab-2.x_y", "file:/var/lib/lab", "file:lab", "redis://h:1/2?store=lab"]
        {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn bad_addresses_are_unsupported_and_told_what_works() {
        let long = format!("shm://{}", "n".repeat(65));
        let bad = ["", "lab", "memory", "shm:lab", "shm://", "shm://a/b", "shm://..", "memory:.x", "memory:ä", "file:"];
        for text in bad.into_iter().chain(["ftp://localhost", "file:a\0b", &long]) {
            let error = text.parse::<Address>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{text}");
            assert!(
                error
                    .to_string()
                    .contains("write `memory:`, `memory:NAME`, `shm://NAME`, `file:PATH` or `redis://HOST`"),
                "{error}"
            );
        }
    }
}
