//! A handle in transit, typed by its value and by what it grants.

use super::grant::Pass;
use super::sent::Sent;
use super::text::{self, TextKind};
use crate::handle::access::{Access, Many, Shared};
use crate::id::ObjectId;
use crate::stored::Stored;
use crate::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A handle in transit: what [`Loan::ticket`](crate::Loan::ticket) or [`Owned::into_ticket`](crate::Owned::into_ticket)
/// makes and another thread or process redeems.
///
/// It travels as one short line of text ([`to_text`](Ticket::to_text), `FromStr`) or by serde. It does not say where
/// its store is: a process that redeems it has opened that store already.
///
/// A ticket for [`Exclusive`](crate::Exclusive) access or [`Ownership`](crate::Ownership) is a *bearer secret*: whoever
/// has it first can use it, once. So it has no `Display`, and its `Debug` hides the secret; pass it by a pipe or the
/// environment rather than by a command line that others can list.
///
/// An ownership ticket that is not claimed leaves its object in transit, until a deadline some minutes later.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// use ref_core::{Shared, Store, Ticket};
///
/// let store = Store::open("memory:")?;
/// let text = store.put(String::from("to be read elsewhere"))?;
///
/// let loan = text.lend()?;
/// let line = loan.ticket()?.to_text();
/// assert!(line.starts_with("ref-shared-"));
///
/// let ticket: Ticket<String, Shared> = line.parse()?; // in another process
/// let lease = store.redeem(ticket)?;
/// assert_eq!(*lease.borrow()?, "to be read elsewhere");
/// # Ok(())
/// # }
/// ```
#[must_use = "a ticket that nobody redeems grants nothing, and an ownership ticket that nobody claims leaves its object \
              without an owner"]
pub struct Ticket<T, A> {
    pub(crate) pass: Pass,
    /// The word that the loan of an exclusive ticket looks at, if the ticket was made here.
    sent: Option<Sent>,
    marker: PhantomData<fn() -> (T, A)>,
}

impl<T, A> Ticket<T, A> {
    pub(crate) fn new(pass: Pass) -> Self {
        Self { pass, sent: None, marker: PhantomData }
    }

    /// A ticket whose loan asks whether a borrower can come with it.
    pub(in crate::handle) fn with_sent(pass: Pass, sent: Sent) -> Self {
        Self { pass, sent: Some(sent), marker: PhantomData }
    }

    /// Names the object that the ticket is for.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.pass.object
    }
}

impl<T, A: Access> Ticket<T, A> {
    /// Writes the ticket as one line of some hundred letters, digits, `-` and `_`.
    ///
    /// The line is as secret as the ticket.
    #[must_use]
    pub fn to_text(&self) -> String {
        if let Some(sent) = &self.sent {
            sent.set();
        }
        text::write(&self.pass)
    }

    /// Copies the ticket; available for `Shared` access, which many may have.
    // A second `clone` beside the trait's, for its bound: it alone makes rustc say why another ticket has none.
    #[expect(clippy::should_implement_trait)]
    pub fn clone(&self) -> Self
    where
        A: Many,
    {
        Self::new(self.pass.clone())
    }
}

impl<T> Clone for Ticket<T, Shared> {
    fn clone(&self) -> Self {
        Self::new(self.pass.clone())
    }
}

/// Reads what [`Ticket::to_text`] wrote, with or without white space around it.
///
/// The errors are `MalformedTicket` if the text is no ticket or not all of one, `WrongAccess`, `WrongType` and
/// `SchemaMismatch`. The store is not asked: a ticket that has been used or has run out reads well.
impl<T: Stored, A: Access> FromStr for Ticket<T, A> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text::read(text, TextKind::Ticket(A::KIND), crate::stored::of::<T>()).map(Self::new)
    }
}

impl<T, A: Access> Serialize for Ticket<T, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de, T: Stored, A: Access> Deserialize<'de> for Ticket<T, A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl<T, A: Access> fmt::Debug for Ticket<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("object", &format_args!("{}", self.pass.object))
            .field("type", &format_args!("{}", self.pass.known.name))
            .field("access", &A::KIND)
            .finish_non_exhaustive()
    }
}
