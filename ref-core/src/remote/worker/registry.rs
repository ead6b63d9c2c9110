//! The remote functions of this program, which `#[remote]` has registered, each by its key.

use super::incoming::Incoming;
use crate::backend::Caller;
use crate::error::{Error, ErrorKind, Result};
use crate::remote::protocol::function::{FunctionKey, Signature, unknown};
use crate::sync::OnceLock;
use std::any::type_name;
use std::collections::HashMap;

/// A remote function. Generated code has one in a `static` for each `#[remote]`.
pub struct Function {
    name: fn() -> &'static str,
    defined_at: DefinedAt,
    signature: fn(&mut Signature),
    run: fn(&mut Incoming<'_>) -> Result<Vec<u8>>,
    key: OnceLock<FunctionKey>,
}

/// Where a function was written.
pub struct DefinedAt {
    /// The name and version of the package, if cargo has built the program.
    pub package: [Option<&'static str>; 2],
    /// The file, line and column of the function. If a macro writes the function, these are those of the macro's use.
    /// The key does not contain the path of the file, since two builds of the same code may be in two folders.
    pub at: Caller,
}

/// An entry of the list that `inventory` collects when the program starts.
pub struct Registered(pub fn() -> &'static Function);

inventory::collect!(Registered);

impl Function {
    /// Makes the value of a function's `static`, in generated code.
    pub const fn new(
        name: fn() -> &'static str,
        defined_at: DefinedAt,
        signature: fn(&mut Signature),
        run: fn(&mut Incoming<'_>) -> Result<Vec<u8>>,
    ) -> Self {
        Self { name, defined_at, signature, run, key: OnceLock::new() }
    }

    pub(in crate::remote) fn key(&self) -> &FunctionKey {
        self.key.get_or_init(|| {
            let mut signature = Signature::default();
            (self.signature)(&mut signature);
            let DefinedAt { package, at } = self.defined_at;
            let (package, line_column) =
                (package.map(|part| part.unwrap_or("unknown")).join(" "), (at.line(), at.column()));
            FunctionKey { name: (self.name)().to_owned(), package, line_column, signature: signature.text }
        })
    }

    /// Returns where the function was written.
    pub(super) fn defined_at(&self) -> Caller {
        self.defined_at.at
    }

    pub(super) fn run(&self, call: &mut Incoming<'_>) -> Result<Vec<u8>> {
        (self.run)(call)
    }
}

/// Returns the path of a function, from the function itself.
pub fn name_of<F>(_: &F) -> &'static str {
    type_name::<F>()
}

/// Returns all functions of this program, by their keys. Several functions may have the same key: [`keys`] and [`find`]
/// return an error for them.
fn all() -> &'static HashMap<&'static FunctionKey, Vec<&'static Function>> {
    static ALL: OnceLock<HashMap<&'static FunctionKey, Vec<&'static Function>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: HashMap<_, Vec<_>> = HashMap::new();
        for function in inventory::iter::<Registered>.into_iter().map(|registered| (registered.0)()) {
            all.entry(function.key()).or_default().push(function);
        }
        all
    })
}

/// Returns the keys of this program's functions, sorted.
///
/// # Errors
/// `DuplicateFunction` if two functions have the same key: a call of one could run the other.
pub(in crate::remote) fn keys() -> Result<Vec<&'static FunctionKey>> {
    let twice = all().values().filter(|functions| functions.len() > 1).min_by_key(|functions| functions[0].key());
    if let Some(functions) = twice {
        return Err(duplicate(functions));
    }
    let mut keys: Vec<_> = all().keys().copied().collect();
    keys.sort();
    Ok(keys)
}

/// Returns the function with that key.
///
/// # Errors
/// `UnknownFunction` if no function has the key, `DuplicateFunction` if several have it.
pub(super) fn find(key: &FunctionKey) -> Result<&'static Function> {
    match all().get(key).map(Vec::as_slice) {
        Some([only]) => Ok(only),
        Some(functions) => Err(duplicate(functions)),
        None => Err(unknown(key, &all().keys().copied().collect::<Vec<_>>())),
    }
}

fn duplicate(functions: &[&Function]) -> Error {
    let key = functions[0].key();
    let mut files: Vec<_> = functions.iter().map(|function| function.defined_at.at.file()).collect();
    files.sort_unstable();
    files.dedup();
    let (files, (line, column), count) = (files.join(", "), key.line_column, functions.len());
    let message = format!("{count} remote functions are `{}` of {files}:{line}:{column}", key.name);
    Error::new(ErrorKind::DuplicateFunction, message).with_remedy(
        "give each a name of its own; a macro that makes them takes the names as arguments, or puts each into a module",
    )
}
