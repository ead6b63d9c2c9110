//! The keys by which a caller names functions to a worker. No two functions of one program may have the same key.

use super::portable::Portable;
use crate::error::{Error, ErrorKind, Result};
use crate::remote::panics::ignoring_panic;
use crate::stored::{self, Stored};
use serde::{Deserialize, Serialize};
use std::any::type_name;
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
    /// The types of the parameters and of the result. A parameter's `Stored` type is followed by its fingerprint. A
    /// plain type is followed by the names of its fields or variants.
    pub(in crate::remote) signature: String,
}

/// A function's signature, which generated code writes type by type.
#[derive(Default)]
pub struct Signature {
    pub(in crate::remote) text: String,
}

impl Signature {
    /// Adds a parameter of a `Stored` type. `before` stands before the type: `&`, `&mut ` or `owned `.
    ///
    /// A panic of the type's `Stored::describe` is ignored here, so that other functions can be called. A call of the
    /// function with this parameter runs `describe` again.
    pub fn stored<T: Stored>(&mut self, before: &str) {
        match ignoring_panic(stored::of::<T>) {
            Some(known) => self.add(format_args!("{before}{}#{:016x}", known.name, known.fingerprint.0)),
            None => self.add(format_args!("{before}{}#undescribed", type_name::<T>())),
        }
    }

    /// Adds a `&str` parameter.
    pub fn text(&mut self) {
        self.add(format_args!("str"));
    }

    /// Adds a parameter that is sent by serde.
    pub(in crate::remote) fn plain<T: Portable>(&mut self) {
        self.add(format_args!("{}{}", type_name::<T>(), T::names()));
    }

    /// Adds a `&[T]` parameter.
    pub(in crate::remote) fn list<T: Portable>(&mut self) {
        self.add(format_args!("{}{}", type_name::<[T]>(), T::names()));
    }

    /// Adds the names of the fields or variants of a type in the result, which is sent by serde. Generated code calls
    /// this after [`returns`](Signature::returns).
    pub(in crate::remote) fn returned<T: Portable>(&mut self) {
        self.text.push_str(&T::names());
    }

    /// Adds the return type. Generated code calls this after it has added all parameters.
    pub fn returns<T: ?Sized>(&mut self) {
        let _a_string_takes_all = write!(self.text, " -> {}", type_name::<T>());
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

    fn signature<T: Portable>() -> String {
        let mut signature = Signature::default();
        signature.plain::<T>();
        signature.list::<T>();
        signature.returns::<T>();
        signature.returned::<T>();
        signature.text.replace("before::", "").replace("after::", "")
    }

    #[test]
    fn fields_in_another_order_are_another_signature() {
        let (before, after) = (signature::<before::Move>(), signature::<after::Move>());
        assert_ne!(before, after);
        assert_eq!(
            before.matches("Move { from, to }").count() + before.matches("Move] { from, to }").count(),
            3,
            "{before}"
        );
        assert_eq!(before.replace("from, to", "to, from"), after);
    }
}
