//! A refusal that gives the handle back.

use super::Error;
use std::fmt;

/// Why a consuming call was refused, and the handle that it would have consumed.
///
/// The idea is [`std::io::IntoInnerError`]'s: an error must not destroy a value. `?` turns a
/// `Refused<H>` into an [`Error`] (or a `Box<dyn Error>`) and gives the handle up, which drops it.
///
/// ```
/// # use ref_core::{Store, Result};
/// # fn main() -> Result<()> {
/// let store = Store::open("memory:")?;
/// let text = store.put(String::from("kept"))?;
/// match text.into_inner() {
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

/// A handle that borrows nothing: an error may carry it anywhere, also into a `Box<dyn Error>`.
///
/// A [`Loan`](crate::Loan) is not one, since it borrows its owner; `?` turns its refusal into an error without it.
pub trait Unborrowed {}

impl<H: Unborrowed> std::error::Error for Refused<H> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}
