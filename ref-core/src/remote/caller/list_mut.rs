//! The lists that can be lent to a remote function as `&mut [T]`.

use super::call::Call;
use super::effect::{Effect, malformed};
use super::lend::{GIVE_BACK_TIMEOUT, sealed, take_back};
use crate::backend::{Caller, VersionFile};
use crate::codec::plain;
use crate::error::Result;
use crate::handle::Owned;
use crate::remote::protocol::carried::{ReceivedFiles, of_store, split_list};
use crate::remote::protocol::crossing::Crossing;
use crate::remote::protocol::passed::{NumberedTicket, PassedAs, in_list};
use crate::stored::Stored;
use crate::sync::Arc;
use std::any::Any;

/// A list that can be lent for `'s` as the `&mut [T]` parameter of a [`#[remote]`](macro@crate::remote) function.
///
/// | argument | is sent as |
/// |---|---|
/// | `&mut [Owned<T>]`, `&mut Vec<Owned<T>>`, `&mut [Owned<T>; N]` | an exclusive ticket for each owner: the worker reads the objects in their stores |
/// | `&mut [T]`, `&mut Vec<T>`, `&mut [T; N]` | a copy of the list |
///
/// The worker sends all new values back with the function's result. The elements get their new values together, when
/// the result is read. If the call fails, no element is changed, and the loans of the owners end. If an owner cannot be
/// lent, or the worker cannot read an object, the error names the index of the element.
///
/// The list stays borrowed for `'s`, as an argument that is [lent](super::LendMut) as a `&mut T` does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent as `&mut [{T}]`",
    label = "lend `&mut [{T}]`, `&mut Vec<{T}>`, `&mut [Owned<{T}>]` or `&mut Vec<Owned<{T}>>`"
)]
pub trait LendListMut<'s, T>: sealed::LendableMut {
    #[doc(hidden)]
    fn __add_list_mut(self, call: &mut Call<'s>, at: Caller, crossing: &Crossing<T>);
}

#[diagnostic::do_not_recommend]
impl<'s, T: Send + 's> LendListMut<'s, T> for &'s mut [T] {
    fn __add_list_mut(self, call: &mut Call<'s>, _: Caller, crossing: &Crossing<T>) {
        call.argue(|call| {
            let bytes = (crossing.write_all)(self)?;
            call.then(CopiedList { list: self, read_all: crossing.read_all, values: Vec::new() });
            Ok((PassedAs::Value, bytes))
        });
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T: Stored + Send + Sync> LendListMut<'s, T> for &'s mut [Owned<T>] {
    fn __add_list_mut(self, call: &mut Call<'s>, at: Caller, _: &Crossing<T>) {
        call.argue(|call| {
            let mut lent = LentOwners { owners: Vec::new(), values: Vec::new(), old: Vec::new() };
            let lend = |(index, owner)| lent.lend(owner, call, at).map_err(|error| in_list(index, error));
            let tickets = self.iter_mut().enumerate().map(lend).collect::<Result<Vec<_>>>()?;
            let bytes = plain::write(&tickets)?;
            call.renew_by(|| {
                let owners = lent.owners.iter().zip(&tickets);
                let each: Vec<_> = owners.map(|(owner, ticket)| (ticket.store, owner.lend_out_again(at))).collect();
                Box::new(move || {
                    let again =
                        each.iter().map(|(store, renew)| Ok(NumberedTicket { store: *store, ticket: renew()? }));
                    plain::write(&again.collect::<Result<Vec<_>>>()?)
                })
            });
            call.then(lent);
            Ok((PassedAs::Tickets, bytes))
        });
    }
}

/// Implements [`LendListMut`] for lists that are lent as the slice of their elements is.
macro_rules! as_slices {
    ($([$($generics:tt)*] $list:ty: $of:ty;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<'s, $($generics)*> LendListMut<'s, T> for &'s mut $list {
            fn __add_list_mut(self, call: &mut Call<'s>, at: Caller, crossing: &Crossing<T>) {
                <&'s mut [$of] as LendListMut<'s, T>>::__add_list_mut(self, call, at, crossing);
            }
        }
    )+};
}

as_slices! {
    [T: Send + 's] Vec<T>: T;
    [T: Send + 's, const N: usize] [T; N]: T;
    [T: Stored + Send + Sync] Vec<Owned<T>>: Owned<T>;
    [T: Stored + Send + Sync, const N: usize] [Owned<T>; N]: Owned<T>;
}

/// A list of values of this process that was copied to the worker. The worker sends the new values.
struct CopiedList<'s, T> {
    list: &'s mut [T],
    read_all: fn(&[u8]) -> Result<Vec<T>>,
    /// The new values, after [`read`](Effect::read). After [`apply`](Effect::apply), the old values.
    values: Vec<T>,
}

impl<T> Effect for CopiedList<'_, T> {
    fn is_changed(&self) -> bool {
        true
    }

    fn read(&mut self, part: &[u8], files: &mut ReceivedFiles) -> Result<()> {
        self.values = files.read_plain(part, self.read_all)?;
        if self.values.len() == self.list.len() { Ok(()) } else { Err(malformed()) }
    }

    fn apply(&mut self) {
        self.list.swap_with_slice(&mut self.values);
    }
}

/// Objects that the worker changes. The worker sends the new values.
///
/// The drop ends the loans that were not ended before. So the loans end if an element after theirs cannot be lent, or
/// user code panics while the list is being lent.
struct LentOwners<'s, T: Stored + Send + Sync> {
    /// The owners that are lent.
    owners: Vec<&'s mut Owned<T>>,
    /// The new values, after [`read`](Effect::read), each with the file that can become a version of its object.
    values: Vec<(T, Option<Arc<VersionFile>>)>,
    /// The old values that were loaded, after [`apply`](Effect::apply).
    old: Vec<Box<T>>,
}

impl<'s, T: Stored + Send + Sync> LentOwners<'s, T> {
    fn lend(&mut self, owner: &'s mut Owned<T>, call: &mut Call<'s>, at: Caller) -> Result<NumberedTicket> {
        let store = call.number(owner.store())?;
        let (ticket, loaded) = owner.lend_out(at)?;
        self.owners.push(owner);
        // The old value's destructor is user code and may panic. Then the drop of `self` ends the loan.
        drop(loaded);
        Ok(NumberedTicket { store, ticket: ticket.to_text() })
    }
}

impl<T: Stored + Send + Sync> Effect for LentOwners<'_, T> {
    fn is_changed(&self) -> bool {
        true
    }

    fn read(&mut self, part: &[u8], files: &mut ReceivedFiles) -> Result<()> {
        for (index, owner) in self.owners.iter_mut().enumerate() {
            owner.end_loan(GIVE_BACK_TIMEOUT).map_err(|error| in_list(index, error))?;
        }
        let parts = split_list(part)?;
        if parts.len() != self.owners.len() {
            return Err(malformed());
        }
        for (index, (part, owner)) in parts.into_iter().zip(&self.owners).enumerate() {
            let (value, file) = files.read_changed(part).map_err(|error| in_list(index, error))?;
            self.values.push((value, of_store::<T>(file, owner.store())));
        }
        Ok(())
    }

    fn apply(&mut self) {
        let changed = self.owners.drain(..).zip(self.values.drain(..));
        self.old.extend(changed.filter_map(|(owner, (new, file))| owner.replace(Box::new(new), file)));
    }

    fn undo(&mut self) -> Option<Box<dyn Any + Send>> {
        self.owners.drain(..).for_each(take_back);
        None
    }
}

impl<T: Stored + Send + Sync> Drop for LentOwners<'_, T> {
    fn drop(&mut self) {
        let _none_moved = self.undo();
    }
}
