//! The functions that this program can run for others: what `#[remote]` has registered, by name and signature.

use super::incoming::Incoming;
use crate::stored::{self, Stored};
use crate::sync::OnceLock;
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::any::type_name;
use std::collections::HashMap;
use std::fmt::Write as _;

/// A remote function as generated code describes it, in a `static`.
pub struct Function {
    name: fn() -> &'static str,
    place: (u32, u32),
    signature: fn(&mut Signature),
    run: fn(&mut Incoming<'_>) -> Result<Vec<u8>>,
    key: OnceLock<Key>,
}

/// What `inventory` collects.
pub struct Registered(pub fn() -> &'static Function);

inventory::collect!(Registered);

/// How a caller names a function to a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    /// The path in its crate.
    pub(super) name: String,
    /// Line and column, which tell apart functions of one path: those in bodies of functions.
    pub(super) place: (u32, u32),
    /// Parameters and return type, with the fingerprints of those that are `Stored`.
    pub(super) signature: String,
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
        place: (u32, u32),
        signature: fn(&mut Signature),
        run: fn(&mut Incoming<'_>) -> Result<Vec<u8>>,
    ) -> Self {
        Self { name, place, signature, run, key: OnceLock::new() }
    }

    pub(super) fn key(&self) -> &Key {
        self.key.get_or_init(|| {
            let mut signature = Signature::default();
            (self.signature)(&mut signature);
            Key { name: (self.name)().to_owned(), place: self.place, signature: signature.text }
        })
    }

    pub(super) fn run(&self, call: &mut Incoming<'_>) -> Result<Vec<u8>> {
        (self.run)(call)
    }
}

impl Signature {
    /// A parameter whose type is `Stored`, after what stands before it: `&`, `&mut ` or nothing.
    pub fn stored<T: Stored>(&mut self, before: &str) {
        let known = stored::of::<T>();
        self.add(format_args!("{before}{}#{:016x}", known.name, known.fingerprint.0));
    }

    /// A parameter that goes by serde.
    pub fn value<T: ?Sized>(&mut self) {
        self.add(format_args!("{}", type_name::<T>()));
    }

    /// What it returns; called last.
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

/// Every function of this program, by its name.
fn all() -> &'static HashMap<&'static str, Vec<&'static Function>> {
    static ALL: OnceLock<HashMap<&'static str, Vec<&'static Function>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: HashMap<_, Vec<_>> = HashMap::new();
        for function in inventory::iter::<Registered>.into_iter().map(|registered| (registered.0)()) {
            all.entry((function.name)()).or_default().push(function);
        }
        all
    })
}

/// The function that the caller means.
pub(super) fn find(key: &Key) -> Result<&'static Function> {
    let named = all().get(&*key.name).map(Vec::as_slice).unwrap_or_default();
    let meant = match named {
        [only] => Some(*only),
        _ => named.iter().copied().find(|function| function.place == key.place),
    };
    match meant {
        Some(function) if function.key().signature == key.signature => Ok(function),
        Some(function) => Err(other_signature(key, function.key())),
        None => Err(unknown(key)),
    }
}

fn unknown(key: &Key) -> Error {
    let mut names: Vec<_> = all().keys().map(|name| format!("`{name}`")).collect();
    names.sort();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let message = format!("the worker has no remote function `{}`; it has {names}", key.name);
    Error::new(ErrorKind::UnknownFunction, message).with_remedy(REBUILD)
}

fn other_signature(ours: &Key, theirs: &Key) -> Error {
    let message =
        format!("the worker's `{}` takes ({}), and the caller's ({})", ours.name, theirs.signature, ours.signature);
    Error::new(ErrorKind::UnknownFunction, message).with_remedy(REBUILD)
}

const REBUILD: &str = "build the worker's program from the same code as the caller's";
