//! The keys by which a caller names functions to a worker. No two functions of one program may have the same key.

use super::crossing::stored_type;
use crate::error::{Error, ErrorKind, Result};
use crate::stored::Stored;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};

/// The key that names a function in messages. `Workers::start` fails if two functions of a program have the same key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::remote) struct FunctionKey {
    /// The function's path, which begins with its crate's name.
    pub(in crate::remote) name: String,
    /// The name and version of the package. These tell two versions of one library apart.
    pub(in crate::remote) package: String,
    /// The function's line and column. These tell functions of the same path apart, such as functions in two blocks.
    pub(in crate::remote) line_column: (u32, u32),
    /// The types of the parameters and of the result. A type that is sent by its store encoding is followed by its
    /// fingerprint, and a type that is sent by serde by the names of its fields or variants.
    pub(in crate::remote) signature: String,
}

/// A function's signature, which generated code writes type by type.
#[derive(Default)]
pub struct Signature {
    pub(in crate::remote) text: String,
}

impl Signature {
    /// Adds a parameter of a `Stored` type. `before` stands before the type: `&` or `&mut `.
    pub fn stored<T: Stored>(&mut self, before: &str) {
        self.add(format_args!("{before}{}", stored_type::<T>()));
    }

    /// Adds a `&str` parameter.
    pub fn text(&mut self) {
        self.add(format_args!("str"));
    }

    /// Adds a parameter by value. `described` is the text of its type.
    pub(in crate::remote) fn value(&mut self, described: &str) {
        self.add(format_args!("{described}"));
    }

    /// Adds a list. `before` stands before the list: `&` or `&mut `. `described` is the text of an element's type.
    pub(in crate::remote) fn list(&mut self, before: &str, described: &str) {
        self.add(format_args!("{before}[{described}]"));
    }

    /// Adds the result. `described` is the text of its type. This comes after all parameters.
    pub(in crate::remote) fn returns(&mut self, described: &str) {
        self.text.extend([" -> ", described]);
    }

    fn add(&mut self, parameter: std::fmt::Arguments<'_>) {
        let comma = if self.text.is_empty() { "" } else { ", " };
        let _a_string_takes_all = write!(self.text, "{comma}{parameter}");
    }
}

/// Checks that a worker with the functions `theirs` can run every one of `ours`.
///
/// # Errors
/// `UnknownFunction` if the worker lacks one of `ours`. The error names one such function, if possible one whose name
/// the worker has under another key.
pub(in crate::remote) fn agree(ours: &[&FunctionKey], theirs: &[FunctionKey]) -> Result<()> {
    let theirs: Vec<_> = theirs.iter().collect();
    let (other, missing): (Vec<_>, Vec<_>) = ours
        .iter()
        .filter(|ours| !theirs.contains(ours))
        .partition(|ours| theirs.iter().any(|their| their.name == ours.name));
    other.into_iter().chain(missing).next().map_or(Ok(()), |ours| Err(unknown(ours, &theirs)))
}

/// Returns the error for a worker that lacks the function `ours`. If the worker has functions of that name, the error
/// describes one of them, if possible one of the same signature. Otherwise the error names all functions of the worker.
pub(in crate::remote) fn unknown(ours: &FunctionKey, theirs: &[&FunctionKey]) -> Error {
    let named: Vec<_> = theirs.iter().filter(|their| their.name == ours.name).collect();
    let nearest = named.iter().find(|their| their.signature == ours.signature).or(named.first());
    let message = match nearest {
        Some(their) => other(ours, their),
        None => missing(ours, theirs),
    };
    Error::new(ErrorKind::UnknownFunction, message).with_remedy(REBUILD)
}

fn missing(ours: &FunctionKey, theirs: &[&FunctionKey]) -> String {
    let mut names: Vec<_> = theirs.iter().map(|key| format!("`{}`", key.name)).collect();
    names.sort();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("the worker has no remote function `{}`; it has {names}", ours.name)
}

fn other(ours: &FunctionKey, theirs: &FunctionKey) -> String {
    if ours.signature != theirs.signature {
        return format!(
            "the worker's `{}` takes ({}), and the caller's ({})",
            ours.name, theirs.signature, ours.signature
        );
    }
    format!("the worker's `{}` is {theirs}, and the caller's {ours}", ours.name)
}

impl fmt::Display for FunctionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column;
        write!(f, "of package `{}`, line {line}, column {column}", self.package)
    }
}

const REBUILD: &str = "build the worker's program from the same code as the caller's";

#[cfg(test)]
mod tests {
    use super::super::crossing::Crossing;
    use super::*;

    mod before {
        #[derive(serde::Serialize, serde::Deserialize)]
        pub(super) struct Move {
            from: u32,
            to: u32,
        }
    }

    mod after {
        #[derive(serde::Serialize, serde::Deserialize)]
        pub(super) struct Move {
            to: u32,
            from: u32,
        }
    }

    fn signature<T: serde::Serialize + serde::de::DeserializeOwned>() -> String {
        let (mut signature, described) = (Signature::default(), (Crossing::<T>::by_serde().describe)());
        signature.value(&described);
        signature.list("&", &described);
        signature.returns(&described);
        signature.text.replace("before::", "").replace("after::", "")
    }

    #[test]
    fn fields_in_another_order_are_another_signature() {
        let (before, after) = (signature::<before::Move>(), signature::<after::Move>());
        assert_ne!(before, after);
        assert_eq!(before.matches("Move { from, to }").count(), 3, "{before}");
        assert_eq!(before.replace("from, to", "to, from"), after);
    }

    #[test]
    fn the_encoding_is_part_of_the_signature() {
        let (stored, serde) = (Crossing::<u64>::by_store(), Crossing::<u64>::by_serde());
        assert_ne!((stored.describe)(), (serde.describe)());
        assert!((stored.describe)().starts_with("u64#"));
    }
}
