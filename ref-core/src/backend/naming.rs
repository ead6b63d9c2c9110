//! The names of published objects, and the errors for them.

use crate::error::{AccessKind, Conflict, Error, ErrorKind, HeldAs, Result};
use crate::id::ObjectId;
use crate::sync::Arc;
use std::fmt;

/// The length of the longest name of an object, in bytes. A name of this length fits into the name of one file.
const LONGEST: usize = 200;

/// The name of a published object, which is checked: parts of ASCII letters, digits and `-_.@+:`, with `/` between
/// them. No part is empty or begins with `.`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectName(Arc<str>);

impl ObjectName {
    /// Returns `text` as a name. The error is `MalformedName` if `text` is none.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let why = match text {
            "" => "it is empty",
            text if text.len() > LONGEST => "it is longer than 200 characters",
            text if !text.split('/').all(is_part) => {
                "a name consists of ASCII letters, digits and `-_.@+:`, in parts with `/` between them, of which none is \
                 empty or begins with `.`"
            }
            text => return Ok(Self(text.into())),
        };
        let shown: String = text.chars().take(LONGEST).collect();
        Err(Error::new(ErrorKind::MalformedName, format!("`{}` is no name of an object: {why}", shown.escape_debug()))
            .with_remedy("write a name such as `carts/ann`"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_part(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@+:".contains(c);
    !part.is_empty() && !part.starts_with('.') && part.chars().all(plain)
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the error for a name that leads to the object `led`.
pub(super) fn name_taken(name: &ObjectName, led: ObjectId) -> Error {
    let (asked, held) = (AccessKind::Own, HeldAs::Published);
    Error::new(ErrorKind::NameTaken, format!("the name `{name}` leads to another object"))
        .with_conflict(Conflict { object: led, asked, held, holders: Vec::new(), count: 0 })
        .with_remedy("remove that object first, or publish this one under another name")
}

/// Returns the error for a store with as many names as `StoreOptions::max_names` permits.
pub(super) fn too_many_names(most: u32) -> Error {
    Error::new(ErrorKind::TooManyNames, format!("the store has {most} names, which is the limit"))
        .with_remedy("remove objects that are not needed, or open the store with a larger `StoreOptions::max_names`")
}

#[cfg(test)]
mod tests {
    use super::ObjectName;
    use crate::error::ErrorKind;

    #[test]
    fn a_name_is_parts_of_harmless_letters() {
        let (longest, too_long) = ("n".repeat(200), "n".repeat(201));
        for name in ["index", "carts/ann", "a/b/c", "-", "ann@example.org", "v1.2+x:y_z", &longest] {
            assert_eq!(ObjectName::parse(name).unwrap().as_str(), name);
        }
        for name in ["", "/", "a/", "/a", "a//b", ".", "..", "a/..", ".a", "a b", "ä", "a\0", "a,b", "a%b", &too_long]
        {
            assert_eq!(ObjectName::parse(name).unwrap_err().kind(), ErrorKind::MalformedName, "{name}");
        }
    }
}
