//! The error of a call that gives its handle back.

use super::Error;
use std::fmt;

/// Why a consuming call was refused, together with the handle that the call would have consumed.
///
/// A consuming method fails with a plain [`Error`], and drops the handle before it returns: a refused
/// [`commit`](crate::Lease::commit) gives its borrow back at once. The twin of such a method has `_or_return` at the
/// end of its name. The twin does the same, but fails with a `Refused`, which has the handle. `Refused` follows the
/// example of [`std::io::IntoInnerError`].
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
/// A `Refused` is no [`std::error::Error`]. Programs pass errors on, store them and log them. All that time the handle
/// in a `Refused` would be alive, and the object could not be borrowed. In a function that returns an [`Error`], `?`
/// takes the error out and drops the handle. In a function that returns a `Box<dyn Error>` or an error of `anyhow`, `?`
/// does not compile:
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
///
/// Rules: [R21](crate::guide::rules#r21), [R37](crate::guide::rules#r37).
pub struct Refused<H> {
    /// Why the call was refused.
    pub error: Error,
    /// The handle that the call would have consumed.
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

/// No type implements this trait, which exists only for rustc's message.
#[diagnostic::on_unimplemented(
    message = "a `Refused` is no `std::error::Error`, since a handle is alive in it",
    label = "a handle is alive in a `Refused`, so it is no error to pass on: call the method without `_or_return`, or \
             match on it and use its `handle`"
)]
pub trait WithoutHandle {}

impl<H> std::error::Error for Refused<H> where Self: WithoutHandle {}
