//! The functions that this program can run for others: what `#[remote]` has registered, by a key that no two share.

use super::incoming::Incoming;
use super::panics::forgiven;
use super::portable::Portable;
use crate::stored::{self, Stored};
use crate::sync::OnceLock;
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::any::type_name;
use std::collections::HashMap;
use std::fmt::{self, Write as _};

/// A remote function as generated code describes it, in a `static`.
pub struct Function {
    name: fn() -> &'static str,
    origin: Origin,
    signature: fn(&mut Signature),
    run: fn(&mut Incoming<'_>) -> Result<Vec<u8>>,
    key: OnceLock<Key>,
}

/// Where a function was written.
pub struct Origin {
    /// Name and version of its package, where cargo has built it.
    pub package: [Option<&'static str>; 2],
    /// The path of its file; not in its key, since two builds of one code may stand in two folders.
    pub file: &'static str,
    /// Line and column: of a function that a macro writes, those of the macro's use.
    pub place: (u32, u32),
}

/// What `inventory` collects.
pub struct Registered(pub fn() -> &'static Function);

inventory::collect!(Registered);

/// How a caller names a function to a worker. Two functions of one program never share one: `Workers::start` sees to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Key {
    /// The path in its crate.
    pub(super) name: String,
    /// Name and version of its package, which tell apart two versions of one library.
    package: String,
    /// Line and column, which tell apart functions of one path: those in blocks.
    place: (u32, u32),
    /// Parameters and return type, with the fingerprints of those that are `Stored` and the names in the others.
    signature: String,
}

/// A function's parameters and return type, being written down.
#[derive(Default)]
pub struct Signature {
    text: String,
}

impl Function {
    /// For generated code.
    pub const fn new(
        name: fn() -> &'static str,
        origin: Origin,
        signature: fn(&mut Signature),
        run: fn(&mut Incoming<'_>) -> Result<Vec<u8>>,
    ) -> Self {
        Self { name, origin, signature, run, key: OnceLock::new() }
    }

    pub(super) fn key(&self) -> &Key {
        self.key.get_or_init(|| {
            let mut signature = Signature::default();
            (self.signature)(&mut signature);
            let Origin { package: [package, version], place, .. } = self.origin;
            let package = [package, version].map(|part| part.unwrap_or("unknown")).join(" ");
            Key { name: (self.name)().to_owned(), package, place, signature: signature.text }
        })
    }

    pub(super) fn run(&self, call: &mut Incoming<'_>) -> Result<Vec<u8>> {
        (self.run)(call)
    }
}

impl Signature {
    /// A parameter whose type is `Stored`, after what stands before it: `&`, `&mut ` or nothing. A description that panics is
    /// no other function's fate: calls of this one meet with it again.
    pub fn stored<T: Stored>(&mut self, before: &str) {
        match forgiven(stored::of::<T>) {
            Some(known) => self.add(format_args!("{before}{}#{:016x}", known.name, known.fingerprint.0)),
            None => self.add(format_args!("{before}{}#undescribed", type_name::<T>())),
        }
    }

    /// A parameter that is text.
    pub fn text(&mut self) {
        self.add(format_args!("str"));
    }

    /// A parameter that goes by serde.
    pub(super) fn plain<T: Portable>(&mut self) {
        self.add(format_args!("{}{}", type_name::<T>(), T::names()));
    }

    /// A list of what goes by serde.
    pub(super) fn list<T: Portable>(&mut self) {
        self.add(format_args!("{}{}", type_name::<[T]>(), T::names()));
    }

    /// Adds the names of a type that comes back by serde, after [`returns`](Signature::returns).
    pub(super) fn returned<T: Portable>(&mut self) {
        self.text.push_str(&T::names());
    }

    /// What it returns; called after the parameters.
    pub fn returns<T: ?Sized>(&mut self) {
        let _ = write!(self.text, " -> {}", type_name::<T>());
    }

    fn add(&mut self, parameter: std::fmt::Arguments<'_>) {
        let comma = if self.text.is_empty() { "" } else { ", " };
        let _ = write!(self.text, "{comma}{parameter}");
    }
}

/// The path of a function, of which generated code has the function.
pub fn name_of<F>(_: &F) -> &'static str {
    type_name::<F>()
}

/// Every function of this program, by its key. More than one for a key is an error for each of them.
fn all() -> &'static HashMap<&'static Key, Vec<&'static Function>> {
    static ALL: OnceLock<HashMap<&'static Key, Vec<&'static Function>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: HashMap<_, Vec<_>> = HashMap::new();
        for function in inventory::iter::<Registered>.into_iter().map(|registered| (registered.0)()) {
            all.entry(function.key()).or_default().push(function);
        }
        all
    })
}

/// The keys of this program's functions, in order.
///
/// # Errors
/// `DuplicateFunction` if two functions have one key: a call of one would run the other.
pub(super) fn keys() -> Result<Vec<&'static Key>> {
    let twice = all().values().filter(|functions| functions.len() > 1).min_by_key(|functions| functions[0].key());
    if let Some(functions) = twice {
        return Err(duplicate(functions));
    }
    let mut keys: Vec<_> = all().keys().copied().collect();
    keys.sort();
    Ok(keys)
}

/// The function that the caller means.
pub(super) fn find(key: &Key) -> Result<&'static Function> {
    match all().get(key).map(Vec::as_slice) {
        Some([only]) => Ok(only),
        Some(functions) => Err(duplicate(functions)),
        None => Err(unknown(key, &all().keys().copied().collect::<Vec<_>>())),
    }
}

/// Whether a worker that has `theirs` can run every function of this program, and no other in the place of one.
pub(super) fn agree(theirs: &[Key]) -> Result<()> {
    let theirs: Vec<_> = theirs.iter().collect();
    let (other, missing): (Vec<_>, Vec<_>) = keys()?
        .into_iter()
        .filter(|ours| !theirs.contains(ours))
        .partition(|ours| theirs.iter().any(|their| their.name == ours.name));
    other.into_iter().chain(missing).next().map_or(Ok(()), |ours| Err(unknown(ours, &theirs)))
}

/// The error of a worker that lacks `ours`, with what the worker has in its place.
fn unknown(ours: &Key, theirs: &[&Key]) -> Error {
    let named: Vec<_> = theirs.iter().filter(|their| their.name == ours.name).collect();
    let nearest = named.iter().find(|their| their.signature == ours.signature).or(named.first());
    let message = match nearest {
        Some(their) => other(ours, their),
        None => missing(ours, theirs),
    };
    Error::new(ErrorKind::UnknownFunction, message).with_remedy(REBUILD)
}

fn missing(ours: &Key, theirs: &[&Key]) -> String {
    let mut names: Vec<_> = theirs.iter().map(|key| format!("`{}`", key.name)).collect();
    names.sort();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("the worker has no remote function `{}`; it has {names}", ours.name)
}

fn other(ours: &Key, theirs: &Key) -> String {
    if ours.signature != theirs.signature {
        return format!(
            "the worker's `{}` takes ({}), and the caller's ({})",
            ours.name, theirs.signature, ours.signature
        );
    }
    format!("the worker's `{}` is {theirs}, and the caller's {ours}", ours.name)
}

fn duplicate(functions: &[&Function]) -> Error {
    let key = functions[0].key();
    let mut files: Vec<_> = functions.iter().map(|function| function.origin.file).collect();
    files.sort_unstable();
    files.dedup();
    let (files, (line, column), count) = (files.join(", "), key.place, functions.len());
    let message = format!("{count} remote functions are `{}` of {files}:{line}:{column}", key.name);
    Error::new(ErrorKind::DuplicateFunction, message).with_remedy(
        "give each a name of its own; a macro that makes them takes the names as arguments, or puts each into a module",
    )
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.place;
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
