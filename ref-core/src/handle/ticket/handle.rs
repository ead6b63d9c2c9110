//! The typed ticket.

use super::grant::Pass;
use super::sent::Sent;
use super::text::{self, TextKind};
use crate::error::{Error, Result};
use crate::handle::access::{Access, Many, Shared};
use crate::id::ObjectId;
use crate::store::functions::{FunctionsOf, functions};
use crate::stored::{self, Stored};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A handle in transit, for another thread or process. [`Loan::ticket`](crate::Loan::ticket) and
/// [`OwnedLoan::ticket`](crate::OwnedLoan::ticket) make a ticket that is [redeemed](crate::Store::redeem).
/// [`Owned::into_ticket`](crate::Owned::into_ticket) makes a ticket that is [claimed](crate::Store::claim).
///
/// A ticket can be passed on as one line of text ([`to_text`](Ticket::to_text), `FromStr`) or by serde. The ticket does
/// not say where its store is: the process that redeems or claims the ticket must have opened the store.
///
/// A ticket for [`Exclusive`](crate::Exclusive) access or [`Ownership`](crate::Ownership) is a *bearer secret*: any
/// process that has its text can use it, and at most one use succeeds. For this reason no ticket has a `Display`, and
/// `Debug` hides the secret. Pass the text by a pipe or in the environment, and not on a command line, which other
/// users can list.
///
/// The object of an ownership ticket is in transit until the ticket is claimed. If the ticket is not claimed within
/// [`StoreOptions::ticket_timeout`](crate::StoreOptions::ticket_timeout), the object is removed.
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
///
/// Rules: [R10](crate::guide::rules#r10), [R11](crate::guide::rules#r11), [R14](crate::guide::rules#r14),
/// [R20](crate::guide::rules#r20).
#[must_use = "pass it on or use it: a ticket that is not redeemed grants nothing, and an ownership ticket that is not \
              claimed leaves its object without an owner"]
pub struct Ticket<T, A> {
    pub(crate) pass: Pass,
    /// A clone of the `Sent` in the terms of the loan that made this ticket. `None` if the ticket is not exclusive or
    /// was read from text.
    sent: Option<Sent>,
    pub(crate) functions: FunctionsOf<T>,
    access: PhantomData<fn() -> A>,
}

pub(in crate::handle) fn new_ticket<T, A>(pass: Pass, functions: FunctionsOf<T>) -> Ticket<T, A> {
    Ticket { pass, sent: None, functions, access: PhantomData }
}

/// Makes a ticket of an exclusive loan. The loan learns from `sent` whether the ticket may still be redeemed.
pub(in crate::handle) fn ticket_with_sent<T, A>(pass: Pass, sent: Sent, functions: FunctionsOf<T>) -> Ticket<T, A> {
    Ticket { pass, sent: Some(sent), functions, access: PhantomData }
}

impl<T, A> Ticket<T, A> {
    /// Returns the id of the object that the ticket is for.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.pass.object
    }
}

impl<T, A: Access> Ticket<T, A> {
    /// Returns the ticket as one line of letters, digits, `-` and `_`: about a hundred, and more if the type's name is
    /// long.
    ///
    /// The line of an exclusive or ownership ticket is a secret.
    #[must_use]
    pub fn to_text(&self) -> String {
        if let Some(sent) = &self.sent {
            sent.set();
        }
        text::write(&self.pass)
    }

    /// Copies the ticket. Available for `Shared` access, which several borrowers may have.
    // This method hides `Clone::clone`. By the bound of this method, rustc says why a ticket for other access has no
    // `clone`.
    #[expect(clippy::should_implement_trait)]
    pub fn clone(&self) -> Self
    where
        A: Many,
    {
        new_ticket(self.pass.clone(), self.functions)
    }
}

impl<T> Clone for Ticket<T, Shared> {
    fn clone(&self) -> Self {
        new_ticket(self.pass.clone(), self.functions)
    }
}

/// Parses the line that [`Ticket::to_text`] returned, with or without white space around it.
///
/// The errors are `MalformedTicket` if the text is neither a ticket nor a key, or is damaged; `WrongAccess` if the text
/// is a ticket for other access, or a key; `WrongType` or `SchemaMismatch` if the ticket is for an object of another
/// type. Parsing does not ask the store, so a ticket that was used or has expired is parsed without an error.
impl<T: Stored, A: Access> FromStr for Ticket<T, A> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let pass = text::read(text, TextKind::Ticket(A::KIND), stored::of::<T>())?;
        Ok(new_ticket(pass, functions::<T>))
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
