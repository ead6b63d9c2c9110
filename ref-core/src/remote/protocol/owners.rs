//! Owners that go to another process together: an `Owned`, and a list, an option or a tuple of owners.
//!
//! Such a value is taken apart into its owners, in order, and the lengths of its lists and options. So the code that
//! sends, claims and gives back handles owners one by one, and a value is put together from them.

use super::crossing::stored_type;
use super::passed::{NumberedTicket, in_list, in_tuple, wrong_arguments};
use crate::backend::Caller;
use crate::error::{Error, Refused, Result};
use crate::handle::{Owned, Ownership, Ticket};
use crate::store::Store;
use crate::stored::Stored;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::collections::VecDeque;

/// A type that has the form of one or more owners. The types of their values are not looked at: so the compiler's error
/// for an `Owned` of a type that is not `Stored` is about that type.
#[doc(hidden)]
pub trait OwnerForm {
    /// The types of the values: a tuple for a tuple of owners.
    type Values;
}

/// One or more owners that go to another process together.
#[doc(hidden)]
pub trait Owners: OwnerForm + Sized + Send + 'static {
    /// What a failed call gives back: `Self`, with an `Option` around each `Owned`. The default value is for a call of
    /// which no owner came back.
    type Back: Default + Send + 'static;

    /// Moves the owners, and the lengths, to the end of `into`.
    fn take_apart(self, into: &mut Apart);

    /// Takes a value out of the front of `from`.
    ///
    /// # Errors
    /// `Decode` if an owner or a length is missing.
    fn put_together(from: &mut Apart) -> Result<Self>;

    /// Does what [`put_together`](Self::put_together) does, and puts `None` in the place of each missing owner.
    fn give_back(from: &mut Apart) -> Self::Back;

    /// Calls `visitor` with the type of each owner, in order. Takes the lengths out of the front of `lengths`.
    ///
    /// # Errors
    /// The first error of `visitor`, which then names the index of the owner. `Decode` if a length is missing.
    fn visit(lengths: &mut VecDeque<usize>, visitor: &mut impl VisitOwner) -> Result<()>;

    /// Returns the text of the type in a function's signature.
    fn describe() -> String;
}

/// Code that runs for each owner of a value, with the type of its object.
pub trait VisitOwner {
    /// Visits the next owner.
    ///
    /// # Errors
    /// Those of the visitor. The error ends the visit.
    fn owner<T: Stored + Send + Sync>(&mut self) -> Result<()>;
}

/// The owners of a value, in order, and the lengths of the value's lists and options.
#[derive(Default)]
pub struct Apart {
    pub(in crate::remote) lengths: VecDeque<usize>,
    /// `None` is an owner that is missing.
    pub(in crate::remote) owners: VecDeque<Option<Box<dyn AnyOwner>>>,
}

/// An `Owned` of any type.
pub(in crate::remote) trait AnyOwner: Any + Send {
    fn session(&self) -> &Store;

    /// Sends the owner.
    ///
    /// # Errors
    /// The errors of [`Owned::into_ticket`], with the owner.
    fn send(self: Box<Self>) -> Result<Box<dyn AnyTicket>, Refused<Box<dyn AnyOwner>>>;
}

/// An ownership ticket of any type.
pub(in crate::remote) trait AnyTicket: Send {
    fn text(&self) -> String;

    /// Returns another ticket of the same type, if `text` is one.
    fn read(&self, text: &str) -> Option<Box<dyn AnyTicket>>;

    /// Claims the object for the caller `at`.
    fn claim(self: Box<Self>, store: &Store, at: Caller) -> Result<Box<dyn AnyOwner>>;
}

/// The tickets of a value's owners, in order, and the lengths of the value's lists and options.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::remote) struct SentOwners {
    pub(in crate::remote) lengths: VecDeque<usize>,
    pub(in crate::remote) tickets: Vec<NumberedTicket>,
}

/// The new ticket of an owner that was claimed and is sent back.
#[derive(Serialize, Deserialize)]
pub(in crate::remote) struct SentBack {
    /// The index of the argument.
    pub(in crate::remote) argument: usize,
    /// The index of the owner among the argument's owners.
    pub(in crate::remote) owner: usize,
    pub(in crate::remote) ticket: String,
}

impl Apart {
    pub(in crate::remote) fn of(owners: impl Owners) -> Self {
        let mut apart = Self::default();
        owners.take_apart(&mut apart);
        apart
    }

    fn length(&mut self) -> Result<usize> {
        self.lengths.pop_front().ok_or_else(wrong_arguments)
    }

    fn owner(&mut self) -> Option<Box<dyn AnyOwner>> {
        self.owners.pop_front().flatten()
    }
}

/// Names the owner of that index, among the owners of an `O`, in an error.
pub(in crate::remote) fn at_owner<O: Owners>(lengths: &VecDeque<usize>, index: usize, error: Error) -> Error {
    let mut raise = RaiseAt { left: index, error: Some(error) };
    let raised = O::visit(&mut lengths.clone(), &mut raise);
    raised.err().or(raise.error).unwrap_or_else(wrong_arguments)
}

/// Returns its error at one of the owners.
struct RaiseAt {
    /// How many owners come before that one.
    left: usize,
    error: Option<Error>,
}

impl VisitOwner for RaiseAt {
    fn owner<T: Stored + Send + Sync>(&mut self) -> Result<()> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => self.error.take().map_or(Ok(()), Err),
        }
    }
}

impl<T: Stored + Send + Sync> AnyOwner for Owned<T> {
    fn session(&self) -> &Store {
        self.store()
    }

    fn send(self: Box<Self>) -> Result<Box<dyn AnyTicket>, Refused<Box<dyn AnyOwner>>> {
        match self.into_ticket_or_return() {
            Ok(ticket) => Ok(Box::new(ticket)),
            Err(Refused { error, handle }) => Err(Refused::new(error, Box::new(handle))),
        }
    }
}

impl<T: Stored + Send + Sync> AnyTicket for Ticket<T, Ownership> {
    fn text(&self) -> String {
        self.to_text()
    }

    fn read(&self, text: &str) -> Option<Box<dyn AnyTicket>> {
        Some(Box::new(text.parse::<Self>().ok()?))
    }

    fn claim(self: Box<Self>, store: &Store, at: Caller) -> Result<Box<dyn AnyOwner>> {
        Ok(Box::new(store.claim_at(*self, at)?))
    }
}

impl<T> OwnerForm for Owned<T> {
    type Values = T;
}

impl<O: OwnerForm> OwnerForm for Vec<O> {
    type Values = O::Values;
}

impl<O: OwnerForm> OwnerForm for Option<O> {
    type Values = O::Values;
}

impl<T: Stored + Send + Sync> Owners for Owned<T> {
    type Back = Option<Self>;

    fn take_apart(self, into: &mut Apart) {
        into.owners.push_back(Some(Box::new(self)));
    }

    fn put_together(from: &mut Apart) -> Result<Self> {
        Self::give_back(from).ok_or_else(wrong_arguments)
    }

    fn give_back(from: &mut Apart) -> Option<Self> {
        let owner: Box<dyn Any + Send> = from.owner()?;
        owner.downcast().ok().map(|owned| *owned)
    }

    fn visit(_: &mut VecDeque<usize>, visitor: &mut impl VisitOwner) -> Result<()> {
        visitor.owner::<T>()
    }

    fn describe() -> String {
        format!("owned {}", stored_type::<T>())
    }
}

impl<O: Owners> Owners for Vec<O> {
    type Back = Vec<O::Back>;

    fn take_apart(self, into: &mut Apart) {
        into.lengths.push_back(self.len());
        self.into_iter().for_each(|owners| owners.take_apart(into));
    }

    fn put_together(from: &mut Apart) -> Result<Self> {
        (0..from.length()?).map(|_| O::put_together(from)).collect()
    }

    fn give_back(from: &mut Apart) -> Vec<O::Back> {
        (0..from.length().unwrap_or(0)).map(|_| O::give_back(from)).collect()
    }

    fn visit(lengths: &mut VecDeque<usize>, visitor: &mut impl VisitOwner) -> Result<()> {
        let length = lengths.pop_front().ok_or_else(wrong_arguments)?;
        (0..length).try_for_each(|index| O::visit(lengths, visitor).map_err(|error| in_list(index, error)))
    }

    fn describe() -> String {
        format!("Vec<{}>", O::describe())
    }
}

/// An option is sent as a list of at most one element.
impl<O: Owners> Owners for Option<O> {
    type Back = Option<O::Back>;

    fn take_apart(self, into: &mut Apart) {
        into.lengths.push_back(usize::from(self.is_some()));
        self.into_iter().for_each(|owners| owners.take_apart(into));
    }

    fn put_together(from: &mut Apart) -> Result<Self> {
        (from.length()? > 0).then(|| O::put_together(from)).transpose()
    }

    fn give_back(from: &mut Apart) -> Option<O::Back> {
        (from.length().unwrap_or(0) > 0).then(|| O::give_back(from))
    }

    fn visit(lengths: &mut VecDeque<usize>, visitor: &mut impl VisitOwner) -> Result<()> {
        match lengths.pop_front().ok_or_else(wrong_arguments)? {
            0 => Ok(()),
            _ => O::visit(lengths, visitor),
        }
    }

    fn describe() -> String {
        format!("Option<{}>", O::describe())
    }
}

macro_rules! tuples {
    ($(($($name:ident $nth:tt),+);)+) => {$(
        impl<$($name: OwnerForm),+> OwnerForm for ($($name,)+) {
            type Values = ($($name::Values,)+);
        }

        impl<$($name: Owners),+> Owners for ($($name,)+) {
            type Back = ($($name::Back,)+);

            fn take_apart(self, into: &mut Apart) {
                $(self.$nth.take_apart(into);)+
            }

            fn put_together(from: &mut Apart) -> Result<Self> {
                Ok(($($name::put_together(from)?,)+))
            }

            fn give_back(from: &mut Apart) -> Self::Back {
                ($($name::give_back(from),)+)
            }

            fn visit(lengths: &mut VecDeque<usize>, visitor: &mut impl VisitOwner) -> Result<()> {
                $($name::visit(lengths, visitor).map_err(|error| in_tuple($nth, error))?;)+
                Ok(())
            }

            fn describe() -> String {
                format!("({})", [$($name::describe()),+].join(", "))
            }
        }
    )+};
}

tuples! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
}
