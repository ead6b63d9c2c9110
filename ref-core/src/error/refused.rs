//! A refusal that gives the handle back.

use super::Error;
use std::fmt;

/// Why a consuming call was refused, and the handle that it would have consumed.
///
/// A consuming method fails with a plain [`Error`], and what it consumed is dropped before it returns: a refused
/// [`commit`](crate::Lease::commit) gives its borrow back at once. Its twin with `_or_return` at the end of its name does
/// the same and fails with a `Refused`, which has the handle. The idea is [`std::io::IntoInnerError`]'s.
///
/// ```
/// # use ref_core::{Store, Result};
/// # fn main() -> Result<()> {
/// let store = Store::open("memory:")?;
/// let text = store.put(String::from("kept"))?;
/// match text.into_inner_or_return() {
///     Ok(text) => assert_eq!(text, "kept"),
///     Err(refused) => {
///         eprintln!("{refused}");
///         let text_again = refused.handle; // nothing was lost
///         drop(text_again);
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// It is no [`std::error::Error`], since an error that is passed on, stored or logged would keep a handle alive: the
/// object could not be borrowed for as long. `?` makes an [`Error`] of it where the function returns one, and does not
/// compile where it returns a `Box<dyn Error>` or an error of `anyhow`:
///
/// ```compile_fail,E0277
/// # use ref_core::{Exclusive, Lease};
/// fn work(lease: Lease<u64, Exclusive>) -> Result<(), Box<dyn std::error::Error>> {
///     lease.commit_or_return()?;
///     Ok(())
/// }
/// ```
///
/// ```
/// # use ref_core::{Exclusive, Lease};
/// fn work(lease: Lease<u64, Exclusive>) -> Result<(), Box<dyn std::error::Error>> {
///     lease.commit()?;
///     Ok(())
/// }
/// ```
pub struct Refused<H> {
    /// Why.
    pub error: Error,
    /// What the call would have consumed, as it was.
    pub handle: H,
}

impl<H> Refused<H> {
    pub(crate) fn new(error: Error, handle: H) -> Self {
        Self { error, handle }
    }
}

impl<H> From<Refused<H>> for Error {
    fn from(refused: Refused<H>) -> Self {
        refused.error
    }
}

impl<H> fmt::Display for Refused<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<H> fmt::Debug for Refused<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}

/// A refusal in which no handle is alive. Holds for no type: it is for rustc's words.
#[diagnostic::on_unimplemented(
    message = "a `Refused` is no `std::error::Error`, since a handle is alive in it",
    label = "a handle is alive in a `Refused`, so it is no error to pass on: call the method without `_or_return`",
    note = "or match on it, and use its `handle`"
)]
pub trait WithoutHandle {}

impl<H> std::error::Error for Refused<H> where Self: WithoutHandle {}
